"""What the doors ask for by name, and who is asking."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.di import NamedDependency, Provide

from baltoro.access import Principal, PrincipalKind
from baltoro.accounts import find_session, needs_touch, touch_session
from baltoro.api import PushDoor
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import NotAllowed, NotAuthenticated
from baltoro.organizations import principal_of_user
from baltoro.server.services import Services
from baltoro.storage.database import Database
from baltoro.tokens import Authenticator

_SAFE = {"GET", "HEAD", "OPTIONS"}
_TOLD_BY_SERVICES = (
    "settings",
    "public_url",
    "clock",
    "database",
    "vault",
    "hasher",
    "authenticator",
    "metric_store",
    "ingest",
    "live",
    "blobs",
)


def session_cookie_name(public_url: str) -> str:
    """`__Host-` makes browsers insist on Secure and on this host; plain http on loopback cannot carry it."""
    return "__Host-baltoro_session" if public_url.startswith("https://") else "baltoro_session"


async def provide_visitor(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Principal | None:
    """The person behind the session cookie, or nobody."""
    secret = request.cookies.get(session_cookie_name(public_url))
    if not secret:
        return None
    async with database.reading() as tx:
        session = await find_session(tx, secret, at=clock())
        if session is None:
            return None
        visitor = await principal_of_user(tx, session.user_id, kind=PrincipalKind.SESSION, session=session)
    if needs_touch(session, clock()):
        async with database.transaction() as tx:
            await touch_session(tx, session, at=clock())
    return visitor


async def provide_asker(
    request: Request[Any, Any, Any],
    authenticator: NamedDependency[Authenticator],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Principal:
    """Who asks: the token in the header; without one, the person behind the session cookie.

    Raises:
        NotAuthenticated: neither.
        AuthenticationFailed: a token that does not hold.
        NotAllowed: a cookie on an unsafe method without the proof that our own page sent it (CSRF).
    """
    header = request.headers.get("authorization")
    if header is not None:
        return await authenticator.authenticate(
            header, ip_address=client_address(request), user_agent=request.headers.get("user-agent", "")
        )
    visitor = await provide_visitor(request, database, clock, public_url)
    if visitor is None:
        raise NotAuthenticated(
            "Authentication credentials were not provided. Send an API token: `Authorization: Token …`."
        )
    if request.method not in _SAFE:
        _require_own_page(request, visitor, public_url)
    return visitor


async def provide_ask_again(
    request: Request[Any, Any, Any],
    authenticator: NamedDependency[Authenticator],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Callable[[], Awaitable[Principal]]:
    """Asks who is asking once more, for streams that stay open: a token may be revoked, a session ended meanwhile."""
    return lambda: provide_asker(request, authenticator, database, clock, public_url)


def _require_own_page(request: Request[Any, Any, Any], visitor: Principal, public_url: str) -> None:
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    foreign = origin is not None and origin != public_url and urlsplit(origin).netloc != host
    token = request.headers.get("x-csrf-token", "")
    if foreign or not hmac.compare_digest(token.encode(), (visitor.csrf_token or "").encode()) or not token:
        raise NotAllowed("This request did not come from a page of this server. Reload the page and try again.")


def client_address(request: Request[Any, Any, Any]) -> str:
    """The address that connected. Proxy headers count only where uvicorn was told to trust the proxy."""
    return request.client.host if request.client else ""


def dependencies(services: Services) -> dict[str, Provide]:
    """The named dependencies of the whole application."""

    def constant(value: object) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    return {
        **{name: constant(getattr(services, name)) for name in _TOLD_BY_SERVICES},
        "push_door": constant(
            PushDoor(
                authenticator=services.authenticator,
                push_targets=services.push_targets,
                ingest=services.ingest,
                database=services.database,
                settings=services.settings,
                clock=services.clock,
            )
        ),
        "visitor": Provide(provide_visitor),
        "asker": Provide(provide_asker),
        "ask_again": Provide(provide_ask_again),
    }
