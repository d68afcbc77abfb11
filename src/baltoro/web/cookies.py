"""The two cookies that prove something: the session, and the one that ties a form to the browser that got it."""

import secrets
from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie

from baltoro.accounts import SESSION_ABSOLUTE

_FORM_LIFE_S = 60 * 60 * 12


def _is_https(public_url: str) -> bool:
    return public_url.startswith("https://")


def _name(name: str, public_url: str) -> str:
    # `__Host-`: browsers then insist on Secure, on this very host, and on Path=/. Plain http cannot carry it.
    return f"__Host-{name}" if _is_https(public_url) else name


def session_cookie(secret: str, public_url: str) -> Cookie:
    """The cookie of a session just begun or renewed."""
    return Cookie(
        key=_name("baltoro_session", public_url),
        value=secret,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(public_url),
        max_age=int(SESSION_ABSOLUTE.total_seconds()),
    )


def session_secret(request: Request[Any, Any, Any], public_url: str) -> str:
    """What the browser sent as the session's cookie; empty without one."""
    return request.cookies.get(_name("baltoro_session", public_url), "")


def no_session_cookie(public_url: str) -> Cookie:
    """What a browser is told when the session ends."""
    return Cookie(
        key=_name("baltoro_session", public_url),
        value="",
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(public_url),
        max_age=0,
    )


def form_token(request: Request[Any, Any, Any], public_url: str) -> str:
    """The secret that this browser's forms carry before anybody has signed in."""
    return request.cookies.get(_name("baltoro_form", public_url)) or secrets.token_urlsafe(24)


def with_form_cookie(response: Response[bytes], token: str, public_url: str) -> Response[bytes]:
    """The response, telling the browser the token of its forms."""
    response.set_cookie(
        Cookie(
            key=_name("baltoro_form", public_url),
            value=token,
            path="/",
            httponly=True,
            samesite="strict",
            secure=_is_https(public_url),
            max_age=_FORM_LIFE_S,
        )
    )
    return response
