"""The error envelope of /v1, /v3 and /loadtests, which k6 and the public clients decode.

`{"error": {"message", "code", "detail_code"?, "field_errors"?, "errors"?}}`: `code` is an integer, `field_errors` holds
lists of sentences. k6 discards the whole message when a type differs, so nothing else may answer an error here.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from baltoro.foundation.errors import BaltoroError, ErrorKind
from baltoro.foundation.logs import get_logger

MEDIA_TYPE = "application/json"
"""Exactly so: public clients compare it for equality, and a charset parameter breaks them."""

_UNKNOWN, _GENERAL, _VALIDATION, _NOT_FOUND, _NOT_ALLOWED, _NOT_AUTHENTICATED, _AUTHENTICATION_FAILED = range(7)
_METHOD_NOT_ALLOWED = 7

STATUS: Mapping[ErrorKind, tuple[HTTPStatus, int]] = {
    ErrorKind.VALIDATION: (HTTPStatus.BAD_REQUEST, _VALIDATION),
    ErrorKind.LIMIT_REACHED: (HTTPStatus.BAD_REQUEST, _VALIDATION),
    ErrorKind.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _VALIDATION),
    ErrorKind.UNSUPPORTED_MEDIA: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _VALIDATION),
    ErrorKind.NOT_FOUND: (HTTPStatus.NOT_FOUND, _NOT_FOUND),
    ErrorKind.NOT_ALLOWED: (HTTPStatus.FORBIDDEN, _NOT_ALLOWED),
    ErrorKind.NOT_AUTHENTICATED: (HTTPStatus.UNAUTHORIZED, _NOT_AUTHENTICATED),
    ErrorKind.AUTHENTICATION_FAILED: (HTTPStatus.UNAUTHORIZED, _AUTHENTICATION_FAILED),
    ErrorKind.CONFLICT: (HTTPStatus.CONFLICT, _GENERAL),
    ErrorKind.RATE_LIMITED: (HTTPStatus.TOO_MANY_REQUESTS, _GENERAL),
    ErrorKind.UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, _GENERAL),
}
"""Kind of error -> HTTP status and the API's own code."""

_RATE_LIMITED_DETAIL = 700
# What Litestar itself refuses. Anything else of its 4xx is a validation error.
_CODE_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: _NOT_AUTHENTICATED,
    HTTPStatus.FORBIDDEN: _NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: _NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: _METHOD_NOT_ALLOWED,
}
_SENTENCE_OF_STATUS = {
    HTTPStatus.NOT_FOUND: "Not found.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too large.",
}
_log = get_logger()


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, as the envelope says it. What does not apply is left out."""

    message: str
    code: int
    detail_code: int | None = None
    field_errors: dict[str, list[str]] = {}
    errors: list[str] = []


class Envelope(msgspec.Struct, frozen=True):
    """The body of every error."""

    error: Fault


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to anything that was raised below a door of this dialect."""
    if isinstance(error, BaltoroError):
        return _answer_ours(error)
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _answer_framework(request, error)
    request_id = str(request.scope.get("state", {}).get("request_id", ""))
    _log.error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    fault = Fault(f"Something went wrong on the server. Its log has more, under the request id {request_id}.", _UNKNOWN)
    return _respond(HTTPStatus.INTERNAL_SERVER_ERROR, fault, {})


def error_body(error: BaltoroError) -> tuple[HTTPStatus, bytes]:
    """Status and body of an error, for places that have no request at hand."""
    status, code = STATUS[error.kind]
    detail = error.detail_code
    if error.kind is ErrorKind.RATE_LIMITED and detail is None:
        detail = _RATE_LIMITED_DETAIL
    message = f"{error.message} {error.hint}".rstrip()
    fault = Fault(message, code, detail, error.field_errors, error.errors)
    return status, msgspec.json.encode(Envelope(fault))


def _answer_ours(error: BaltoroError) -> Response[bytes]:
    status, body = error_body(error)
    headers: dict[str, str] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Token realm="baltoro"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return _response(status, body, headers)


def _answer_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    status = HTTPStatus(error.status_code)
    code = _CODE_OF_STATUS.get(status, _VALIDATION)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() in {"allow", "retry-after"}}
    field_errors = _field_errors(error.extra)
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        message = f"{request.method} is not possible here."
    elif field_errors:
        message = "Invalid request."
    else:
        message = _SENTENCE_OF_STATUS.get(status, "Invalid request.")
    return _respond(status, Fault(message, code, None, field_errors), headers)


def _field_errors(extra: Any) -> dict[str, list[str]]:
    """Litestar's list of what did not fit, by field. It never quotes the refused value."""
    found: dict[str, list[str]] = {}
    for problem in extra if isinstance(extra, Sequence) and not isinstance(extra, str) else ():
        if isinstance(problem, Mapping) and "key" in problem and "message" in problem:
            found.setdefault(str(problem["key"]), []).append(str(problem["message"]))
    return found


def _respond(status: HTTPStatus, fault: Fault, headers: dict[str, str]) -> Response[bytes]:
    return _response(status, msgspec.json.encode(Envelope(fault)), headers)


def _response(status: HTTPStatus, body: bytes, headers: dict[str, str]) -> Response[bytes]:
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", **headers})
