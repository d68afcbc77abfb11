"""Errors as pages: what failed, what to do, and the request id that the server's log has too."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.exceptions import HTTPException

from baltoro.foundation.errors import BaltoroError, ErrorKind
from baltoro.foundation.logs import get_logger
from baltoro.web.local_path import local_path
from baltoro.web.render import page, see_other

_STATUS: Mapping[ErrorKind, HTTPStatus] = {
    ErrorKind.VALIDATION: HTTPStatus.BAD_REQUEST,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.UNSUPPORTED_MEDIA: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_AUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.AUTHENTICATION_FAILED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.LIMIT_REACHED: HTTPStatus.BAD_REQUEST,
    ErrorKind.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADINGS = {
    HTTPStatus.NOT_FOUND: "This page does not exist",
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page does not work that way",
    HTTPStatus.SERVICE_UNAVAILABLE: "The server cannot answer now",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The server made a mistake",
}
_GONE = (
    "It may have been deleted, or you may not see it. Ask whoever gave you the link, or an admin of the organization."
)
_MISTAKE = (
    "Nothing was lost that it had confirmed. Try again; if it lasts, give the request id to whoever runs this server."
)
_log = get_logger()


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether a script of ours asks, which reads a small JSON object instead of a page."""
    return request.headers.get("accept", "") == "application/json"


def json_error(message: str, status: HTTPStatus, **more: object) -> Response[Any]:
    """An error for a script of ours."""
    return Response({"error": message, **more}, status_code=status, headers={"Cache-Control": "no-store"})


def answer_page_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page for an error. Somebody who is not signed in is led to the sign-in page, and from there back."""
    if isinstance(error, BaltoroError):
        status, message = _STATUS[error.kind], error.message
        if error.kind is ErrorKind.NOT_AUTHENTICATED and not wants_json(request):
            return _to_sign_in(request)
    elif isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        status, message = HTTPStatus(error.status_code), ""
    else:
        status, message = HTTPStatus.INTERNAL_SERVER_ERROR, ""
        _log.error("web.failed", path=request.url.path, exc_info=error)
    if wants_json(request):
        return json_error(message or _HEADINGS.get(status, status.phrase), status)
    response = _page_of(request, status, message)
    if isinstance(error, BaltoroError) and error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


def _page_of(request: Request[Any, Any, Any], status: HTTPStatus, message: str) -> Response[bytes]:
    hint = {HTTPStatus.NOT_FOUND: _GONE, HTTPStatus.INTERNAL_SERVER_ERROR: _MISTAKE}.get(status, "")
    return page(
        request,
        "error.html",
        status_code=status,
        status=int(status),
        heading=_HEADINGS.get(status, "This did not work"),
        message=hint if status is HTTPStatus.NOT_FOUND else message or hint,
        request_id=request.scope.get("state", {}).get("request_id", "-"),
        host=request.headers.get("host", ""),
    )


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = local_path(target) if request.method == "GET" else "/"
    address = "/account/login" if back == "/" else f"/account/login?{urlencode({'next': back})}"
    return see_other(address)
