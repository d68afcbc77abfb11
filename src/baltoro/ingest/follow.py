"""Bringing a run's live window up to date with the journal: after a restart, or beside other servers."""

import time

from baltoro.foundation.errors import BaltoroError, Unavailable
from baltoro.foundation.ids import RunId
from baltoro.foundation.logs import get_logger
from baltoro.ingest import journal
from baltoro.ingest.decode_pool import DecodePool
from baltoro.ingest.decoding import RawPush
from baltoro.k6.columns import Decoded
from baltoro.metrics import MetricStore
from baltoro.storage.database import Database

log = get_logger()

_FRESH_S = 0.2
_ROWS_AT_ONCE = 32
_MAX_LOOKED = 10_000


class DamagedRow(Unavailable):
    """A row of the journal is not what was written."""


class Follower:
    """Reads what this process did not write itself.

    Attributes:
        unreadable: rows of the journal that could not be decoded. They stay there, and are reported.
    """

    def __init__(self, database: Database, store: MetricStore, pool: DecodePool) -> None:
        self._database = database
        self._store = store
        self._pool = pool
        self._looked: dict[RunId, float] = {}
        self.unreadable = 0

    async def follow(self, run_id: RunId) -> None:
        """As `catch_up`, unless that was done within the last fifth of a second."""
        now = time.monotonic()
        if self._store.run(run_id).index is not None and now - self._looked.get(run_id, 0.0) < _FRESH_S:
            return
        if len(self._looked) > _MAX_LOOKED:
            self._looked.clear()
        self._looked[run_id] = now
        await self.catch_up(run_id)

    async def catch_up(self, run_id: RunId) -> None:
        """Take in pushes and blocks that others wrote, and let go of pushes that others sealed."""
        run = self._store.run(run_id)
        async with run.lock:
            # Before the snapshot: what this process adds meanwhile is not in it, and must not be taken for sealed.
            held = set(run.chunks)
            async with self._database.reading() as tx:
                # One snapshot: a push is in its journal or in a block of it, never in both.
                ids = await journal.ids_of(tx, run_id)
                stored = await self._store.read_stored(tx, run_id, run)
            there = set(ids)
            unknown = [
                id_ for id_ in ids if id_ not in run.chunks and id_ not in run.coming and id_ not in run.unreadable
            ]
            self._store.take_note(run, stored)
            self._store.drop(run_id, held - there)
        for start in range(0, len(unknown), _ROWS_AT_ONCE):
            async with self._database.reading() as tx:
                rows = await journal.load(tx, unknown[start : start + _ROWS_AT_ONCE])
            for id_, push in rows:
                await self._take_in(run_id, id_, push)

    async def _take_in(self, run_id: RunId, id_: int, push: RawPush | None) -> None:
        try:
            if push is None:
                raise DamagedRow("The body does not match its checksum.")
            decoded = await self.decode(push)
        except BaltoroError as error:
            # It was valid when it was acknowledged, so the disk or somebody's hand changed it.
            self._store.run(run_id).unreadable.add(id_)
            self.unreadable += 1
            log.critical("ingest.unreadable_journal_row", run_id=run_id, journal_id=id_, reason=error.message)
            return
        self._store.append(run_id, decoded, id_)

    async def decode(self, push: RawPush) -> Decoded:
        """Decode a push so that every series in it is known: defined in the run's registry, or in what is returned."""
        registry = self._store.run(RunId(push.run_id)).registry
        decoded = await self._pool.decode(push)
        if registry.knows(decoded.columns.series, decoded.series):
            return decoded
        # The decoder had defined them for a push that was never stored, or for a registry that was forgotten.
        return await self._pool.decode(push, fresh=True)
