"""Sign in, sign in again, sign out."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from baltoro.access import Principal
from baltoro.accounts import PasswordHasher, end_session, find_session, refresh_session, sign_in, start_session
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import AuthenticationFailed, RateLimited
from baltoro.storage.database import Database
from baltoro.web.cookies import form_token, no_session_cookie, session_cookie, session_secret, with_form_cookie
from baltoro.web.csrf import anonymous_form, signed_in_form
from baltoro.web.errors import json_error
from baltoro.web.frame import signed_in
from baltoro.web.local_path import local_path
from baltoro.web.render import host_of, page, see_other

_NOTICES = {"password": "Your new password is set. Sign in with it.", "setup": "The administrator exists. Sign in."}


def address_of(request: Request[Any, Any, Any]) -> str:
    """The address that connected. Proxy headers count only where the server was told to trust the proxy."""
    return request.client.host if request.client else ""


@get("/account/login")
async def sign_in_page(
    request: Request[Any, Any, Any], visitor: NamedDependency[Principal | None], public_url: NamedDependency[str]
) -> Response[Any]:
    """The form. Somebody who is signed in already goes on at once."""
    back = local_path(request.query_params.get("next"))
    if visitor is not None:
        return Redirect(back)
    notice = _NOTICES.get(request.query_params.get("done", ""), "")
    return _form(request, public_url, back=back, notice=notice)


def _form(
    request: Request[Any, Any, Any],
    public_url: str,
    *,
    back: str,
    email: str = "",
    error: str = "",
    notice: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response[bytes]:
    token = form_token(request, public_url)
    response = page(
        request,
        "account/login.html",
        status_code=status,
        form_token=token,
        next=back,
        email=email,
        error=error,
        notice=notice,
        host=host_of(public_url),
    )
    return with_form_cookie(response, token, public_url)


@post("/account/login", status_code=HTTPStatus.OK)
async def do_sign_in(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    hasher: NamedDependency[PasswordHasher],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Check the pair and begin a session. One message for every pair that does not hold."""
    form = await anonymous_form(request, public_url)
    back, email = local_path(form.get("next")), form.get("email", "")
    try:
        user = await sign_in(database, hasher, email, form.get("password", ""), at=clock())
    except AuthenticationFailed as error:
        return _form(request, public_url, back=back, email=email, error=error.message, status=HTTPStatus.UNAUTHORIZED)
    except RateLimited as error:
        return _form(
            request, public_url, back=back, email=email, error=error.message, status=HTTPStatus.TOO_MANY_REQUESTS
        )
    earlier = session_secret(request, public_url)
    async with database.transaction() as tx:
        # A session from before does not survive: whoever planted its cookie must not share the new one.
        old = await find_session(tx, earlier, at=clock()) if earlier else None
        if old is not None:
            await end_session(tx, old.id)
        _, secret = await start_session(
            tx,
            user.id,
            ip_address=address_of(request),
            user_agent=request.headers.get("user-agent", ""),
            at=clock(),
        )
    return see_other(back, session_cookie(secret, public_url))


@post("/account/sign-in-again", status_code=HTTPStatus.OK)
async def sign_in_again(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    hasher: NamedDependency[PasswordHasher],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Prove once more who you are; the session gets a new id, and the page its new token."""
    asker = signed_in(visitor)
    form = await signed_in_form(request, asker, public_url)
    try:
        await sign_in(database, hasher, asker.email, form.get("password", ""), at=clock())
    except AuthenticationFailed:
        return json_error("The password is wrong.", HTTPStatus.FORBIDDEN)
    except RateLimited as error:
        return json_error(error.message, HTTPStatus.TOO_MANY_REQUESTS)
    async with database.transaction() as tx:
        session = await find_session(tx, session_secret(request, public_url), at=clock())
        if session is None:
            return json_error("Your sign-in has ended. Reload the page.", HTTPStatus.UNAUTHORIZED)
        session, secret = await refresh_session(tx, session, at=clock())
    return Response(
        {"csrf_token": session.csrf_token},
        headers={"Cache-Control": "no-store"},
        cookies=[session_cookie(secret, public_url)],
    )


@post("/account/logout", status_code=HTTPStatus.OK)
async def sign_out(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """End the session, here and in the database."""
    if visitor is not None:
        await signed_in_form(request, visitor, public_url)
        if visitor.session_id is not None:
            async with database.transaction() as tx:
                await end_session(tx, visitor.session_id)
    return see_other("/account/login", no_session_cookie(public_url), headers={"Clear-Site-Data": '"cache"'})


HANDLERS: list[ControllerRouterHandler] = [sign_in_page, do_sign_in, sign_in_again, sign_out]
