"""A run in memory: its series, the pushes that are not in blocks yet, and which blocks there are."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from baltoro.k6.columns import Columns, Decoded, Ints
from baltoro.metrics.kinds import BlockInfo
from baltoro.metrics.merge import narrow, row_slice, size_of
from baltoro.metrics.registry import Registry

_REMEMBERED_CHANGES = 2_000


@dataclass(slots=True)
class Chunk:
    """One journalled push.

    Attributes:
        number: counts the chunks of this run in this process.
        columns: its rows, in small types.
        by_metric: the rows of each metric, once somebody asked.
    """

    number: int
    columns: Columns
    t_min: int
    t_max: int
    bytes: int
    by_metric: dict[str, Columns] | None = None


@dataclass(slots=True)
class RunningTotal:
    """The whole-run aggregate of a metric up to some chunk, so that the next question adds only what is new."""

    generation: int
    number: int
    columns: Columns


@dataclass(slots=True)
class LiveRun:
    """What a process knows of one run.

    Attributes:
        chunks: by journal id, in order of arrival: the live window.
        index: stored blocks; None until they were looked up.
        generation: grows whenever `index` changes.
        coming: journal ids that this process is about to append, so that nobody else decodes them.
        unreadable: journal ids that could not be decoded; they stay in the journal and were reported.
        lock: held by whoever moves chunks to blocks or looks blocks up.
    """

    registry: Registry = field(default_factory=Registry)
    chunks: dict[int, Chunk] = field(default_factory=dict)
    index: list[BlockInfo] | None = None
    generation: int = 0
    period: int = 1
    t_min: int | None = None
    t_max: int | None = None
    # Starts at the clock, so that a number from before a restart is never taken for one of ours.
    version: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    totals: dict[str, RunningTotal] = field(default_factory=dict)
    coming: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = field(default_factory=time.monotonic)
    first_chunk_at: float | None = None
    _changes: deque[tuple[int, Ints]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_CHANGES))
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)
    _numbers: int = 0

    @property
    def is_idle(self) -> bool:
        """Whether it can be forgotten: everything is in the database and nobody waits for it."""
        return not (self.chunks or self.coming or self.unreadable or self._waiting or self.lock.locked())

    def append(self, decoded: Decoded, journal_id: int) -> int:
        """Add a push; one that is here already is left alone. Returns the bytes it takes."""
        self.coming.discard(journal_id)
        if journal_id in self.chunks:
            return 0
        self.registry.add(decoded.series)
        self.period = max(self.period, decoded.period)
        columns = narrow(decoded.columns)
        times = np.unique(columns.time).astype(np.int64)
        self._numbers += 1
        chunk = Chunk(
            self._numbers,
            columns,
            int(times[0]) if len(times) else 0,
            int(times[-1]) if len(times) else 0,
            size_of(columns),
        )
        self.chunks[journal_id] = chunk
        if self.first_chunk_at is None:
            self.first_chunk_at = time.monotonic()
        if len(times):
            self._extend(chunk.t_min, chunk.t_max)
        self.changed(times)
        return chunk.bytes

    def changed(self, times: Ints) -> None:
        """Wake who waits: these buckets have other figures now."""
        self.version += 1
        self._changes.append((self.version, times))
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait_for_change(self, version: int, timeout_s: float) -> int:
        """The version as soon as it differs from `version`, or after the time-out."""
        if self.version == version:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await asyncio.wait_for(waiter, timeout_s)
            except TimeoutError:
                pass
            finally:
                self._waiting.discard(waiter)
        return self.version

    def dirty_times(self, since: int) -> Ints | None:
        """Buckets touched after version `since`, ascending; None if that is too long ago to know."""
        if since == self.version:
            return np.zeros(0, np.int64)
        oldest = self._changes[0][0] if self._changes else self.version + 1
        if not oldest - 1 <= since < self.version:
            return None
        return np.unique(np.concatenate([times for number, times in self._changes if number > since]))

    def slices(self, metric: str, *, after: int = 0, start: int | None = None, end: int | None = None) -> list[Columns]:
        """The metric's rows of each chunk that may lie in `[start, end)` and came after chunk number `after`."""
        found: list[Columns] = []
        for chunk in self.chunks.values():
            if chunk.number <= after or (start is not None and chunk.t_max < start):
                continue
            if end is not None and chunk.t_min >= end:
                continue
            if chunk.by_metric is None:
                self._split(chunk)
            part = (chunk.by_metric or {}).get(metric)
            if part is not None:
                found.append(part)
        return found

    def _split(self, chunk: Chunk) -> None:
        """Put rows of one metric together. Views of one array, so that it costs no memory."""
        numbers = self.registry.metric_numbers(chunk.columns.series)
        if (np.diff(numbers) < 0).any():
            order = np.argsort(numbers, kind="stable")
            chunk.columns, numbers = chunk.columns.take(order), numbers[order]
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        ends = np.r_[starts[1:], len(numbers)]
        entries = np.r_[0, np.cumsum(chunk.columns.hist_length)]
        names = self.registry.metric_names
        chunk.by_metric = {
            names[numbers[first]]: row_slice(chunk.columns, first, last, int(entries[first]), int(entries[last]))
            for first, last in zip(starts.tolist(), ends.tolist(), strict=True)
        }

    def drop(self, journal_ids: Iterable[int]) -> int:
        """Chunks that are in blocks now leave the window. Returns the bytes they took."""
        freed = 0
        for id_ in journal_ids:
            chunk = self.chunks.pop(id_, None)
            freed += chunk.bytes if chunk else 0
        if not self.chunks:
            self.first_chunk_at = None
        return freed

    def set_index(self, index: Sequence[BlockInfo]) -> None:
        """These blocks exist now."""
        if self.index is not None and [one.id for one in self.index] == [one.id for one in index]:
            return
        self.index = list(index)
        self.generation += 1
        for block in index:
            self._extend(block.t_min, block.t_max)
            self.period = max(self.period, block.period)

    def _extend(self, t_min: int, t_max: int) -> None:
        self.t_min = t_min if self.t_min is None else min(self.t_min, t_min)
        self.t_max = t_max if self.t_max is None else max(self.t_max, t_max)
