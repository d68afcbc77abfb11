"""The one object through which pushes come in."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import BaltoroError, Unavailable
from baltoro.foundation.ids import RunId
from baltoro.foundation.logs import get_logger
from baltoro.foundation.settings import IngestSettings
from baltoro.ingest import journal
from baltoro.ingest.decode_pool import DecodePool
from baltoro.ingest.decoding import RawPush
from baltoro.ingest.follow import Follower
from baltoro.ingest.journal import Entry
from baltoro.ingest.writer import JournalWriter
from baltoro.metrics import MetricStore, SealedMeanwhile, SeriesLimitReached, compact_run, seal_window
from baltoro.storage.database import Database

log = get_logger()

_LOOK_S = 1.0
_ATTEMPTS = 5
_KEYS_EVERY_S = 300.0
_KEYS_KEPT = timedelta(minutes=15)
_PUSHES_KEPT = timedelta(hours=1)


class Target(Protocol):
    """What ingestion must know of a run."""

    @property
    def run_id(self) -> RunId: ...

    @property
    def bucket_width(self) -> int:
        """Seconds; for samples that come as single points."""
        ...


class IngestStats(msgspec.Struct, frozen=True):
    """Figures for `/metrics`.

    Attributes:
        batches: number of pushes by outcome: `accepted`, `duplicate`, or why it was refused.
        pending: pushes that are being decoded or wait for their commit.
        journal_rows: acknowledged pushes that are not sealed yet.
        live_lag_s: age of the oldest push that waits, seconds.
        unreadable: journal rows that could not be decoded.
    """

    batches: Mapping[str, int]
    pending: int
    journal_rows: int
    live_lag_s: float
    window_bytes: int
    live_runs: int
    unreadable: int


class Ingest:
    """Admits, decodes, journals, and hands to the live window, in that order; then k6 may hear that it worked.

    Pressure goes back by holding the answer: at most `max_pending` pushes are under way, and a run has at most an eighth
    of them, so that one flood does not stop everybody.
    """

    def __init__(self, *, store: MetricStore, database: Database, settings: IngestSettings, clock: Clock) -> None:
        self._store = store
        self._database = database
        self._settings = settings
        self._clock = clock
        self._pool = DecodePool(settings)
        self._follower = Follower(database, store, self._pool)
        self._writer = JournalWriter(database, lambda run_id, id_: self._store.run(RunId(run_id)).coming.add(id_))
        self._places = asyncio.Semaphore(settings.max_pending)
        self._places_of_run: dict[RunId, asyncio.Semaphore] = {}
        self._begun: dict[int, float] = {}
        self._numbers = 0
        self._batches: Counter[str] = Counter()
        self._last_pushes: dict[RunId, datetime] = {}
        self._sealing: asyncio.Task[None] | None = None
        self.running = False

    async def start(self) -> None:
        """Take in what the journal holds, then accept pushes."""
        async with self._database.reading() as tx:
            left = await journal.runs_with_rows(tx)
        for run_id in left:
            await self._follower.catch_up(run_id)
        if self._database.is_postgresql:
            self._store.follow = self._follower.follow
        self._writer.start()
        self._sealing = asyncio.create_task(self._look_after(), name="sealing")
        self.running = True
        log.info("ingest.started", recovered_runs=len(left), decode_processes=self._pool.processes)

    async def stop(self) -> None:
        """Finish the pushes under way and let the workers go. What is in the journal stays for the next start."""
        self.running = False
        if self._sealing is not None:
            self._sealing.cancel()
            with suppress(asyncio.CancelledError):
                await self._sealing
            self._sealing = None
        await self._writer.stop()
        await asyncio.to_thread(self._pool.close)

    async def push(self, target: Target, protocol: int, encoding: str, body: bytes, key: str | None) -> bool:
        """Take a push in. When this returns, a crash can no longer lose it.

        Args:
            protocol: 1 (JSON) or 2 (protobuf).
            encoding: the request's `Content-Encoding`.
            body: as received.
            key: the client's idempotency key, if any.

        Returns:
            False for a repeated push, which was counted the first time.

        Raises:
            BadPush, PushTooLarge, UnsupportedPush: it is not a push; nothing was stored.
            SeriesLimitReached: the run would have more series than allowed; nothing was stored.
            Unavailable: the disk is full, or the database or this server is going away; nothing was stored.
        """
        if not self.running:
            raise Unavailable("The server is stopping. Try again.", retry_after=1)
        run_id = target.run_id
        received_at = self._clock()
        self._last_pushes[run_id] = received_at
        push = RawPush(run_id, target.bucket_width, protocol, encoding.strip().lower(), body)
        try:
            async with self._admitted(run_id):
                journal_id = await self._take(push, key, received_at)
        except BaltoroError as error:
            self._batches[error.kind.value] += 1
            raise
        self._batches["duplicate" if journal_id is None else "accepted"] += 1
        return journal_id is not None

    async def _take(self, push: RawPush, key: str | None, received_at: datetime) -> int | None:
        run_id = RunId(push.run_id)
        decoded = await self._follower.decode(push)
        registry = self._store.run(run_id).registry
        if len(registry) + registry.new_among(decoded.series) > self._settings.max_series_per_run:
            raise SeriesLimitReached(
                f"The run has more than {self._settings.max_series_per_run} time series. Give requests whose "
                "URLs differ a common `name` tag, and leave out tags with many values."
            )
        journal_id = await self._writer.append(Entry(push, key, received_at))
        if journal_id is not None:
            self._store.append(run_id, decoded, journal_id)
        return journal_id

    @asynccontextmanager
    async def _admitted(self, run_id: RunId) -> AsyncIterator[None]:
        own = self._places_of_run.setdefault(run_id, asyncio.Semaphore(max(2, self._settings.max_pending // 8)))
        self._numbers += 1
        number = self._numbers
        self._begun[number] = time.monotonic()
        try:
            async with own, self._places:
                yield
        finally:
            del self._begun[number]

    async def seal_run(self, run_id: RunId) -> None:
        """Turn the run's journal into blocks now."""
        for _ in range(_ATTEMPTS):
            try:
                await seal_window(self._store, run_id, work=self._pool.work, remove=journal.remove)
            except SealedMeanwhile:
                await self._follower.catch_up(run_id)
            else:
                return
        raise Unavailable(f"Another server keeps changing run {run_id}.")

    async def finalize(self, run_id: RunId) -> None:
        """Seal everything of a run that is over and sort it for reading. May be done again after late data."""
        if self._database.is_postgresql:
            await self._follower.catch_up(run_id)
        await self.seal_run(run_id)
        for _ in range(_ATTEMPTS):
            try:
                await compact_run(self._store, run_id, work=self._pool.work)
            except SealedMeanwhile:
                await self._follower.catch_up(run_id)
            else:
                self._places_of_run.pop(run_id, None)
                return
        raise Unavailable(f"Another server keeps changing run {run_id}.")

    async def erase(self, run_id: RunId) -> None:
        """Delete everything that was measured in a run."""
        async with self._database.transaction() as tx:
            await journal.delete_run(tx, run_id)
            await self._store.delete(tx, run_id)
        self._last_pushes.pop(run_id, None)
        self._places_of_run.pop(run_id, None)

    def last_pushes(self) -> Mapping[RunId, datetime]:
        """When each run was last pushed to, as this process knows it."""
        return self._last_pushes

    def stats(self) -> IngestStats:
        """Figures of this moment."""
        windows = self._store.windows()
        oldest = min(self._begun.values(), default=None)
        return IngestStats(
            batches=dict(self._batches),
            pending=len(self._begun),
            journal_rows=sum(len(run.chunks) for run in windows.values()),
            live_lag_s=0.0 if oldest is None else time.monotonic() - oldest,
            window_bytes=self._store.window_bytes,
            live_runs=len(windows),
            unreadable=self._follower.unreadable,
        )

    async def _look_after(self) -> None:
        keys_at = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self._seal_what_is_due()
                if time.monotonic() - keys_at > _KEYS_EVERY_S:
                    keys_at = time.monotonic()
                    await self._forget()
            except BaltoroError as error:  # the disk is full or the database away: try again when it is better
                log.warning("ingest.sealing_postponed", reason=error.message)

    async def _seal_what_is_due(self) -> None:
        due = time.monotonic() - self._settings.seal_after_s
        for run_id, run in self._store.windows().items():
            if run.first_chunk_at is not None and run.first_chunk_at <= due:
                await self.seal_run(run_id)

    async def _forget(self) -> None:
        at = self._clock()
        self._last_pushes = {run: moment for run, moment in self._last_pushes.items() if moment > at - _PUSHES_KEPT}
        async with self._database.transaction() as tx:
            await journal.forget_keys(tx, silent_since=at - _KEYS_KEPT)
        if self._database.is_postgresql:
            # A server that went away for good leaves its runs' rows to whoever finds them.
            async with self._database.reading() as tx:
                orphans = await journal.runs_with_rows(
                    tx, before=at - timedelta(seconds=2 * self._settings.seal_after_s)
                )
            for run_id in orphans:
                await self._follower.catch_up(run_id)
