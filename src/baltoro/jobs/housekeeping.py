"""Periodic chores: what nobody asks for and somebody must do."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from baltoro.accounts import forget_old_sessions
from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import RunId
from baltoro.foundation.logs import get_logger
from baltoro.foundation.settings import RunSettings
from baltoro.runs import end_lost_runs, find_lost_runs, note_pushes
from baltoro.storage.database import Database
from baltoro.storage.idempotency import forget_old

log = get_logger()


class Chore(msgspec.Struct, frozen=True):
    """Something done over and over.

    Attributes:
        name: for the log.
        every_s: seconds from the end of one time to the begin of the next.
        act: does it once. What it raises is logged, and it is tried again at the next time.
    """

    name: str
    every_s: float
    act: Callable[[], Awaitable[None]]


class KnowsPushes(Protocol):
    """What the chores ask of the ingestion."""

    def last_pushes(self) -> Mapping[RunId, datetime]:
        """When each run was last pushed to, as this process knows it."""
        ...


class Housekeeping:
    """Runs chores side by side until told to stop."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores

    async def run(self, stop: asyncio.Event) -> None:
        """Do every chore at its pace until `stop` is set, and once more before the end."""
        await asyncio.gather(*(self._repeat(chore, stop) for chore in self._chores))

    async def once(self) -> None:
        """Do every chore once, one after the other."""
        for chore in self._chores:
            await _do(chore)

    async def _repeat(self, chore: Chore, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await _do(chore)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), chore.every_s)
        await _do(chore)


async def _do(chore: Chore) -> None:
    try:
        await chore.act()
    except Exception as error:  # one chore that fails must not end the others
        log.warning("chore.failed", chore=chore.name, error=str(error), exc_info=True)


class LostRuns:
    """Ends the runs whose k6 nobody hears of any more.

    Args:
        settings: the limits.
        ingest: knows the last pushes of this process.
    """

    def __init__(self, database: Database, ingest: KnowsPushes, settings: RunSettings, clock: Clock) -> None:
        self._database = database
        self._ingest = ingest
        self._settings = settings
        self._clock = clock
        self._listening_since = clock()
        self._last_look = (clock(), time.monotonic())

    async def look(self) -> None:
        """End what is lost now."""
        at = self._clock()
        self._notice_jumps(at)
        known = dict(self._ingest.last_pushes())
        since = self._listening_since
        async with self._database.reading() as tx:
            lost = await find_lost_runs(tx, settings=self._settings, last_pushes=known, server_started_at=since, at=at)
        if not lost:
            return
        async with self._database.transaction() as tx:
            ended = await end_lost_runs(tx, settings=self._settings, last_pushes=known, server_started_at=since, at=at)
        for run in ended:
            log.info("run.timed_out", run_id=run.id, detail=run.error_detail)

    def _notice_jumps(self, at: datetime) -> None:
        # A clock that was set, or a machine that slept, is no silence of k6: give every run its full limit again.
        before, ticks = self._last_look
        now = time.monotonic()
        if abs((at - before) - timedelta(seconds=now - ticks)) > timedelta(seconds=_JUMP_S):
            log.warning("clock.jumped", seconds=((at - before).total_seconds() - (now - ticks)))
            self._listening_since = at
        self._last_look = (at, now)


_JUMP_S = 10.0


def usual_chores(
    *,
    database: Database,
    ingest: KnowsPushes,
    flush_last_used: Callable[[], Awaitable[None]],
    settings: RunSettings,
    clock: Clock,
) -> list[Chore]:
    """The chores that every server has.

    Args:
        flush_last_used: writes when tokens were last used.
    """

    async def write_last_pushes() -> None:
        pushes = dict(ingest.last_pushes())
        if pushes:
            async with database.transaction() as tx:
                await note_pushes(tx, pushes)

    async def forget() -> None:
        async with database.transaction() as tx:
            await forget_old(tx, at=clock())
            await forget_old_sessions(tx, at=clock())

    return [
        Chore("lost_runs", 1.0, LostRuns(database, ingest, settings, clock).look),
        Chore("last_pushes", 5.0, write_last_pushes),
        Chore("last_used", 20.0, flush_last_used),
        Chore("old_answers_and_sessions", 300.0, forget),
    ]
