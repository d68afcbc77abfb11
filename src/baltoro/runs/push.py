"""What the door for metrics asks about a run, fast enough to ask it with every push."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime

from baltoro.foundation.ids import RunId
from baltoro.runs import store
from baltoro.runs.model import CHANGED, PushTarget
from baltoro.storage.database import Database, Transaction

_STALE_AFTER_S = 1.0
_MAX_KEPT = 10_000


async def push_target(tx: Transaction, run_id: RunId) -> PushTarget | None:
    """What must be known of a run to take a push for it; none when there is no such run."""
    return await store.push_target(tx, run_id)


async def note_pushes(tx: Transaction, pushes: Mapping[RunId, datetime]) -> None:
    """Write when each run was last pushed to. The first time also says that its data is being processed."""
    await store.note_pushes(tx, pushes)


class PushTargets:
    """Push targets kept in memory, so that a push costs no query.

    An entry is at most a second old, and is dropped at once when the run changes in this process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[RunId, tuple[float, PushTarget]] = {}
        self._loading: dict[RunId, asyncio.Task[PushTarget | None]] = {}
        database.listen(CHANGED, self._on_change)

    async def get(self, run_id: RunId) -> PushTarget | None:
        """The target; none when there is no such run."""
        kept = self._kept.get(run_id)
        if kept is not None and time.monotonic() - kept[0] < _STALE_AFTER_S:
            return kept[1]
        loading = self._loading.get(run_id)
        if loading is None:
            # One query for all pushes that find the entry too old at the same moment.
            loading = self._loading[run_id] = asyncio.create_task(self._load(run_id))
        # A client that hangs up must not take the query away from the others.
        return await asyncio.shield(loading)

    async def _load(self, run_id: RunId) -> PushTarget | None:
        this = asyncio.current_task()
        now = time.monotonic()
        try:
            async with self._database.reading() as tx:
                target = await push_target(tx, run_id)
            # A run that changed meanwhile was forgotten: what was read may be its former state, and is not kept.
            if target is not None and self._loading.get(run_id) is this:
                if len(self._kept) >= _MAX_KEPT:
                    self._kept.clear()
                self._kept[run_id] = (now, target)
            return target
        finally:
            if self._loading.get(run_id) is this:
                del self._loading[run_id]

    def forget(self, run_id: RunId) -> None:
        """Ask the database the next time."""
        self._kept.pop(run_id, None)
        self._loading.pop(run_id, None)

    def _on_change(self, subject: int) -> None:
        self.forget(RunId(subject))
