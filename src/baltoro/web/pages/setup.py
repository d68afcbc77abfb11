"""The first administrator, made with the one-time link that the server prints."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from baltoro.accounts import LinkPurpose, PasswordHasher, find_link, start_session, use_link
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Conflict, Invalid
from baltoro.organizations import register_user
from baltoro.storage.database import Database
from baltoro.web.cookies import form_token, session_cookie, with_form_cookie
from baltoro.web.csrf import anonymous_form
from baltoro.web.pages.login import address_of
from baltoro.web.render import host_of, page, see_other

_FIELDS = ("email", "first_name", "last_name")


def _form(
    request: Request[Any, Any, Any],
    public_url: str,
    link: str,
    values: dict[str, str],
    error: Invalid | Conflict | None,
) -> Response[bytes]:
    token = form_token(request, public_url)
    errors = {name: sentences[0] for name, sentences in error.field_errors.items()} if error else {}
    response = page(
        request,
        "account/setup.html",
        status_code=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        form_token=token,
        action=f"/setup/{link}",
        values=values,
        errors=errors,
        error="" if errors or error is None else error.message,
        host=host_of(public_url),
    )
    return with_form_cookie(response, token, public_url)


@get("/setup/{link:str}")
async def setup_page(
    request: Request[Any, Any, Any],
    link: FromPath[str],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """The form, while the link works."""
    async with database.reading() as tx:
        await find_link(tx, link, LinkPurpose.SETUP, at=clock())
    return _form(request, public_url, link, dict.fromkeys(_FIELDS, ""), None)


@post("/setup/{link:str}", status_code=HTTPStatus.OK)
async def do_setup(
    request: Request[Any, Any, Any],
    link: FromPath[str],
    database: NamedDependency[Database],
    hasher: NamedDependency[PasswordHasher],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Make the administrator and sign them in. A mistake in the form leaves the link unused."""
    form = await anonymous_form(request, public_url)
    values = {name: form.get(name, "") for name in _FIELDS}
    try:
        async with database.transaction() as tx:
            await use_link(tx, link, LinkPurpose.SETUP, at=clock())
            registration = await register_user(
                tx, hasher, **values, password=form.get("password", ""), is_instance_admin=True, at=clock()
            )
            _, secret = await start_session(
                tx,
                registration.user.id,
                ip_address=address_of(request),
                user_agent=request.headers.get("user-agent", ""),
                at=clock(),
            )
    except (Invalid, Conflict) as error:
        if not error.field_errors:
            raise
        return _form(request, public_url, link, values, error)
    return see_other("/", session_cookie(secret, public_url))


HANDLERS: list[ControllerRouterHandler] = [setup_page, do_setup]
