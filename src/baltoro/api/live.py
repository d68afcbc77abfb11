"""The live stream of a run, for pages and terminals."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from litestar import Request, Router, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ASGIApp, Receive, Scope, Send

from baltoro.access import Principal
from baltoro.api.errors import answer_error
from baltoro.api.ids import parameter_id, path_id
from baltoro.api.paging import list_parameters
from baltoro.foundation.errors import BaltoroError, Invalid
from baltoro.foundation.ids import RunId
from baltoro.reports import LiveReports, RunView
from baltoro.runs import run_for
from baltoro.storage.database import Database

_CHECK_S = 3.5
_GREETING = b"retry: 2000\n\n"
_COMMENT = b": still here\n\n"
ABORT = "abort_connection"
"""Key in the request's state: ends the connection at once, whatever still waits to be sent on it."""


@get("/events", media_type="text/event-stream")
async def events(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    ask_again: NamedDependency[Callable[[], Awaitable[Principal]]],
    live: NamedDependency[LiveReports],
) -> Stream:
    """Updates of one run as server-sent events; goes on where `Last-Event-ID` says."""
    text = (await list_parameters(request)).text("run")
    if not text:
        raise Invalid("Which run? Add ?run=ID.", field_errors={"run": ["This parameter is required."]})
    async with database.reading() as tx:
        run = await run_for(tx, asker, RunId(parameter_id(text, "run")))
    rights = _Rights(database, ask_again, run.id)
    return Stream(
        _events(
            live,
            rights,
            run.id,
            last_event_id=request.headers.get("last-event-id"),
            drop=request.scope.get("state", {}).get(ABORT),
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@get("/runs/{run_id:str}/live")
async def snapshot(
    run_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    live: NamedDependency[LiveReports],
) -> RunView:
    """The whole picture of a run at this moment, for who cannot hold a stream open."""
    async with database.reading() as tx:
        run = await run_for(tx, asker, RunId(path_id(run_id)))
        return await live.snapshot(tx, run)


class _Rights:
    """Whether the viewer may still watch: a token may be revoked, a member removed, while the stream is open."""

    def __init__(self, database: Database, ask_again: Callable[[], Awaitable[Principal]], run_id: RunId) -> None:
        self._database = database
        self._ask_again = ask_again
        self._run_id = run_id
        self._checked_at = time.monotonic()

    async def still_hold(self) -> bool:
        """Looked at again every few seconds."""
        now = time.monotonic()
        if now - self._checked_at < _CHECK_S:
            return True
        self._checked_at = now
        try:
            asker = await self._ask_again()
            async with self._database.reading() as tx:
                await run_for(tx, asker, self._run_id)
        except BaltoroError:
            return False
        return True


async def _events(
    live: LiveReports,
    rights: _Rights,
    run_id: RunId,
    *,
    last_event_id: str | None,
    drop: Callable[[], None] | None,
) -> AsyncGenerator[bytes, None]:
    yield _GREETING
    async with aclosing(live.follow(run_id, last_event_id, drop=drop)) as updates:
        async for update in updates:
            if not await rights.still_hold():
                return
            if update.data:
                yield b"id: " + update.id.encode() + b"\ndata: " + update.data + b"\n\n"
            else:
                yield _COMMENT


def abortable(app: ASGIApp) -> ASGIApp:
    """Lets a stream end a connection that takes nothing any more: closing it would wait for what it never reads.

    The server wraps this around everything else, where `send` is still uvicorn's own.
    """

    async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope.setdefault("state", {})[ABORT] = transport.abort
        await app(scope, receive, send)

    return wrapper


def routers() -> list[Router]:
    """The live stream and its polling fallback."""
    return [
        Router(
            "/api",
            route_handlers=[events, snapshot],
            exception_handlers={BaltoroError: answer_error, HTTPException: answer_error, Exception: answer_error},
            response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
        )
    ]
