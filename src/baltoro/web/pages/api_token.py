"""The account's API token: generate, see, copy, regenerate. The page itself never holds the token."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from baltoro.access import Principal, RecentSignInNeeded
from baltoro.foundation.clock import Clock
from baltoro.foundation.secrets import Vault
from baltoro.storage.database import Database
from baltoro.tokens import (
    ApiToken,
    Authenticator,
    account_token,
    find_account_token,
    regenerate_account_token,
    reveal_account_token,
)
from baltoro.web.csrf import signed_in_form
from baltoro.web.errors import json_error
from baltoro.web.frame import framed, load_frame, signed_in
from baltoro.web.render import see_other

_NOTICES = {
    "generated": "Your API token is ready. See or copy it below.",
    "regenerated": "You have a new API token. The old one has stopped working.",
}
_DOTS = "•" * 24


class ShownToken(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of the token without showing it."""

    masked: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_ip: str | None
    last_used_agent: str | None


def _shown(token: ApiToken) -> ShownToken:
    return ShownToken(
        masked=token.prefix[:5] + _DOTS,
        created_at=token.regenerated_at or token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        last_used_ip=token.last_used_ip,
        last_used_agent=token.last_used_agent,
    )


@get("/account/api-token")
async def token_page(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """Whether there is a token, and when it was used; not its value."""
    asker, at = signed_in(visitor), clock()
    async with database.reading() as tx:
        frame = await load_frame(tx, asker, public_url, at=at)
        token = await find_account_token(tx, asker)
    return framed(
        request,
        "api_token.html",
        frame,
        crumbs=[("Account settings", None), ("API token", None)],
        token=None if token is None else _shown(token),
        is_fresh=asker.signed_in_recently(at),
        notice=_NOTICES.get(request.query_params.get("done", ""), ""),
    )


@post("/account/api-token/generate", status_code=HTTPStatus.OK)
async def generate(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Make the first token. An existing one stays."""
    asker = signed_in(visitor)
    await signed_in_form(request, asker, public_url)
    if asker.user_id is not None:
        async with database.transaction() as tx:
            await account_token(tx, vault, asker.user_id, create=True, at=clock())
    return _back("generated")


@post("/account/api-token/regenerate", status_code=HTTPStatus.OK)
async def regenerate(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    vault: NamedDependency[Vault],
    authenticator: NamedDependency[Authenticator],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Replace the token; the old one dies with the commit."""
    asker = signed_in(visitor)
    await signed_in_form(request, asker, public_url)
    async with database.transaction() as tx:
        token, _ = await regenerate_account_token(tx, vault, asker, at=clock())
    authenticator.forget(token.id)
    return _back("regenerated")


@post("/account/api-token/reveal", status_code=HTTPStatus.OK)
async def reveal(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """The token, for the page's eye and copy buttons; only after a recent sign-in."""
    asker = signed_in(visitor)
    await signed_in_form(request, asker, public_url)
    try:
        async with database.reading() as tx:
            _, secret = await reveal_account_token(tx, vault, asker, at=clock())
    except RecentSignInNeeded as error:
        return json_error(error.message, HTTPStatus.FORBIDDEN, sign_in_again=True)
    return Response({"token": secret}, headers={"Cache-Control": "no-store"})


def _back(done: str) -> Redirect:
    return see_other(f"/account/api-token?done={done}")


HANDLERS: list[ControllerRouterHandler] = [token_page, generate, regenerate, reveal]
