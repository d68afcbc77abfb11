"""Proof that an unsafe request comes from a page of ours: the browser's own word on its origin, and a secret token."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from baltoro.access import Principal
from baltoro.foundation.errors import NotAllowed
from baltoro.web.cookies import form_token

Form = Mapping[str, str]


class ForeignRequest(NotAllowed):
    """It may have been sent by another site, or by a page from before the last sign-in."""

    def __init__(self) -> None:
        super().__init__("This request did not come from a current page of this server. Reload the page and try again.")


async def signed_in_form(request: Request[Any, Any, Any], visitor: Principal, public_url: str) -> Form:
    """The fields of a form that a signed-in person sent.

    Raises:
        ForeignRequest: another origin, or not the token of this session.
    """
    form = await _fields(request)
    _require_own_origin(request, public_url)
    token = request.headers.get("x-csrf-token") or form.get("csrf_token", "")
    _require_equal(token, visitor.csrf_token or "")
    return form


async def anonymous_form(request: Request[Any, Any, Any], public_url: str) -> Form:
    """The fields of a form that somebody sent before signing in; its token is that of the browser's form cookie.

    Raises:
        ForeignRequest: another origin, no cookie, or another token than the cookie's.
    """
    form = await _fields(request)
    _require_own_origin(request, public_url)
    _require_equal(form.get("csrf_token", ""), form_token(request, public_url))
    return form


async def _fields(request: Request[Any, Any, Any]) -> Form:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _require_own_origin(request: Request[Any, Any, Any], public_url: str) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is None and origin is None:
        raise ForeignRequest
    if site is not None and site != "same-origin":
        raise ForeignRequest
    # A page reached under another name of this server is ours too: a browser never lies about Host to another site.
    if origin is not None and origin != public_url and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise ForeignRequest


def _require_equal(given: str, expected: str) -> None:
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForeignRequest
