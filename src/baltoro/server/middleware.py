"""What happens to every request before a door sees it, in plain ASGI."""

import re
import secrets

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9_-]{8,64}$")
_DOUBLE_SLASH = re.compile(r"/{2,}")

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def collapsed_slashes(app: ASGIApp) -> ASGIApp:
    """`//v1/tests` is `/v1/tests`: k6 sends it when `K6_CLOUD_HOST` ends with a slash (k6 0.30 … 1.1)."""

    async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
        if "//" in scope["path"]:
            path = _DOUBLE_SLASH.sub("/", scope["path"])
            scope["path"] = path
            scope["raw_path"] = path.encode()
        await app(scope, receive, send)

    return wrapper


def head_as_get(app: ASGIApp) -> ASGIApp:
    """HEAD is GET without the body. uvicorn drops the body itself, for its own scope still says HEAD."""

    async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] == "HEAD":
            scope = scope.copy()
            scope["method"] = "GET"
        await app(scope, receive, send)

    return wrapper


def identified(app: ASGIApp, *, https: bool) -> ASGIApp:
    """Give each request an id, in the answer and in log lines, and the headers that keep browsers strict."""
    fixed = list(SECURITY_HEADERS)
    if https:
        fixed.append((b"strict-transport-security", b"max-age=31536000"))

    async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given if _REQUEST_ID.match(given) else secrets.token_urlsafe(9).encode()
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        structlog.contextvars.bind_contextvars(request_id=request_id.decode())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id),
                    *((name, value) for name, value in fixed if name not in present),
                ]
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")

    return wrapper
