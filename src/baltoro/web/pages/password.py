"""Choose a password with a one-time link."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from baltoro.accounts import LinkPurpose, LinkUsed, PasswordHasher, find_link, set_password, use_link
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Invalid
from baltoro.storage.database import Database
from baltoro.web.cookies import form_token, no_session_cookie, with_form_cookie
from baltoro.web.csrf import anonymous_form
from baltoro.web.render import host_of, page, see_other


def _form(request: Request[Any, Any, Any], public_url: str, link: str, error: Invalid | None) -> Response[bytes]:
    token = form_token(request, public_url)
    errors = {name: sentences[0] for name, sentences in error.field_errors.items()} if error else {}
    response = page(
        request,
        "account/password.html",
        status_code=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        form_token=token,
        action=f"/account/password/{link}",
        errors=errors,
        error="" if errors or error is None else error.message,
        host=host_of(public_url),
    )
    return with_form_cookie(response, token, public_url)


@get("/account/password/{link:str}")
async def password_page(
    request: Request[Any, Any, Any],
    link: FromPath[str],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """The form, while the link works."""
    async with database.reading() as tx:
        await find_link(tx, link, LinkPurpose.PASSWORD, at=clock())
    return _form(request, public_url, link, None)


@post("/account/password/{link:str}", status_code=HTTPStatus.OK)
async def do_set_password(
    request: Request[Any, Any, Any],
    link: FromPath[str],
    database: NamedDependency[Database],
    hasher: NamedDependency[PasswordHasher],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Set it; every session of the person ends. A password that breaks a rule leaves the link unused."""
    form = await anonymous_form(request, public_url)
    try:
        async with database.transaction() as tx:
            used = await use_link(tx, link, LinkPurpose.PASSWORD, at=clock())
            if used.user_id is None:
                raise LinkUsed
            await set_password(tx, hasher, used.user_id, form.get("password", ""), at=clock())
    except Invalid as error:
        if not error.field_errors:
            raise
        return _form(request, public_url, link, error)
    return see_other("/account/login?done=password", no_session_cookie(public_url))


HANDLERS: list[ControllerRouterHandler] = [password_page, do_set_password]
