"""One writer for all pushes: whatever waits is committed together."""

import asyncio
from collections.abc import Callable, Sequence

from baltoro.foundation.errors import Unavailable
from baltoro.ingest import journal
from baltoro.ingest.journal import Entry
from baltoro.storage.database import Database

_MAX_GROUP = 256


class JournalWriter:
    """Appends pushes to the journal, grouped: an fsync serves all that came during the one before.

    Args:
        database: the metrics database.
        announce: told of each new row's run and id before the commit, so that nobody else decodes it as a stranger's.
    """

    def __init__(self, database: Database, announce: Callable[[int, int], None]) -> None:
        self._database = database
        self._announce = announce
        self._waiting: list[tuple[Entry, asyncio.Future[int | None]]] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write_groups(), name="journal")

    async def stop(self) -> None:
        """Write what waits, and end."""
        if self._task is not None:
            task, self._task = self._task, None
            self._wake.set()
            await task

    async def append(self, entry: Entry) -> int | None:
        """The journal id, after the commit; None for a push that is in the journal already.

        Raises:
            Unavailable: the database cannot take it; nothing was written.
        """
        if self._task is None:
            raise Unavailable("The server is stopping. Try again.", retry_after=1)
        done: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        self._wake.set()
        return await done

    async def _write_groups(self) -> None:
        while self._task is not None or self._waiting:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                group, self._waiting = self._waiting[:_MAX_GROUP], self._waiting[_MAX_GROUP:]
                await self._write(group)

    async def _write(self, group: Sequence[tuple[Entry, asyncio.Future[int | None]]]) -> None:
        try:
            async with self._database.transaction() as tx:
                ids = await journal.append(tx, [entry for entry, _ in group])
                for (entry, _), id_ in zip(group, ids, strict=True):
                    if id_ is not None:
                        self._announce(entry.push.run_id, id_)
        except Exception as error:  # noqa: BLE001 - each push of the group hears why, and the next group is tried all the same
            for _, done in group:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), id_ in zip(group, ids, strict=True):
            if not done.done():
                done.set_result(id_)
