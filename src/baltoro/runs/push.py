"""What the door for metrics asks about a run, fast enough to ask it with every push."""

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
        self._changes = 0
        database.listen(CHANGED, self._on_change)

    async def get(self, run_id: RunId) -> PushTarget | None:
        """The target; none when there is no such run."""
        kept = self._kept.get(run_id)
        now = time.monotonic()
        if kept is not None and now - kept[0] < _STALE_AFTER_S:
            return kept[1]
        changes = self._changes
        async with self._database.reading() as tx:
            target = await push_target(tx, run_id)
        # What was read while a run changed may be its former state: use it once, but do not keep it.
        if target is not None and changes == self._changes:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[run_id] = (now, target)
        return target

    def forget(self, run_id: RunId) -> None:
        """Ask the database the next time."""
        self._changes += 1
        self._kept.pop(run_id, None)

    def _on_change(self, subject: int) -> None:
        self.forget(RunId(subject))
