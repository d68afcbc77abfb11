"""The one object through which a process reaches measurements."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from baltoro.foundation.ids import RunId
from baltoro.k6.columns import Columns, Decoded, Ints, MetricType, Series
from baltoro.metrics import store
from baltoro.metrics.answer import Question, answer, no_answer
from baltoro.metrics.block import Block, decode_block
from baltoro.metrics.cache import BlockCache
from baltoro.metrics.kinds import BlockInfo, BlockKind
from baltoro.metrics.merge import total
from baltoro.metrics.model import MetricInfo, Query, TagFilter
from baltoro.metrics.result import QueryResult
from baltoro.metrics.sealing import ROLLUP_WIDTH
from baltoro.metrics.window import LiveRun, RunningTotal
from baltoro.storage.database import Database, Transaction

_IDLE_RUNS = 64
_IDLE_SERIES = 300_000
_QUICK_POINTS = 3_000
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database has of a run, bodies left out."""

    series: Sequence[Series]
    index: Sequence[BlockInfo]


class MetricStore:
    """Measurements of all runs: what was just received and what is stored, in one answer.

    Not for several event loops. Everything heavy happens in threads.

    Args:
        database: the metrics database.
        cache_bytes: for decoded blocks.
    """

    def __init__(self, database: Database, *, cache_bytes: int = 64 * 1024 * 1024) -> None:
        self.database = database
        self.follow: Callable[[RunId], Awaitable[None]] | None = None
        """Set by ingestion where other processes write to the same database: brings a run up to date before a query."""
        self.window_bytes = 0
        """Memory of all live windows."""
        self._cache = BlockCache(cache_bytes)
        self._runs: dict[RunId, LiveRun] = {}

    # --- Writing -----------------------------------------------------------------------------------------------------

    def append(self, run_id: RunId, decoded: Decoded, journal_id: int) -> None:
        """Add a journalled push to the live window. Its journal id makes this idempotent."""
        self.window_bytes += self.run(run_id).append(decoded, journal_id)

    def drop(self, run_id: RunId, journal_ids: Iterable[int]) -> None:
        """Take pushes out of the live window: they are in blocks."""
        self.window_bytes -= self.run(run_id).drop(journal_ids)

    async def delete(self, tx: Transaction, run_id: RunId) -> None:
        """Delete all measurements of a run, and forget it."""
        await store.delete_run(tx, run_id)
        self.forget(run_id)

    def forget(self, run_id: RunId) -> None:
        """Drop what is in memory of a run."""
        run = self._runs.pop(run_id, None)
        if run is not None:
            self.window_bytes -= sum(chunk.bytes for chunk in run.chunks.values())

    # --- Following ---------------------------------------------------------------------------------------------------

    def version(self, run_id: RunId) -> int:
        """A number that grows with every append. Numbers of different processes do not compare."""
        return self.run(run_id).version

    async def wait_for_change(self, run_id: RunId, version: int, timeout_s: float) -> int:
        """The version as soon as it differs from `version`, or when `timeout_s` seconds have passed."""
        if self.follow is None:
            return await self.run(run_id).wait_for_change(version, timeout_s)
        deadline = time.monotonic() + timeout_s
        while True:
            # Another process may be the one that receives this run's pushes: look each second.
            await self.follow(run_id)
            left = deadline - time.monotonic()
            current = await self.run(run_id).wait_for_change(version, max(0.0, min(1.0, left)))
            if current != version or left <= 1.0:
                return current

    def dirty_times(self, run_id: RunId, since_version: int) -> Ints | None:
        """Buckets (starts, seconds since the epoch) that changed after a version; None: too long ago, ask for everything."""
        return self.run(run_id).dirty_times(since_version)

    # --- Asking ------------------------------------------------------------------------------------------------------

    async def metrics_of(self, run_id: RunId) -> list[MetricInfo]:
        """The metrics that received data, by name."""
        return (await self.ready(run_id)).registry.metrics()

    async def series_of(self, run_id: RunId, metric: str | None = None) -> list[Series]:
        """The series of a metric, or of the whole run, in no particular order."""
        return (await self.ready(run_id)).registry.series(metric)

    async def time_range(self, run_id: RunId) -> tuple[int, int] | None:
        """Starts of the run's first and last bucket, or None if it has none."""
        run = await self.ready(run_id)
        return None if run.t_min is None or run.t_max is None else (run.t_min, run.t_max)

    async def bucket_width(self, run_id: RunId) -> int:
        """Seconds; the widest seen. 1 if nothing was received."""
        return (await self.ready(run_id)).period

    async def totals(
        self, run_id: RunId, metric: str, where: tuple[TagFilter, ...] = (), group_by: tuple[str, ...] = ()
    ) -> QueryResult:
        """One point per group over the whole run, from the whole-run aggregates."""
        return await self.query(run_id, Query(metric=metric, where=where, group_by=group_by))

    async def query(self, run_id: RunId, query: Query) -> QueryResult:
        """Answer from stored blocks and the live window together.

        Raises:
            TooMuchAsked: the answer would have millions of points.
            DamagedBlock: a stored block does not match its checksum.
        """
        for _ in range(_ATTEMPTS):
            run = await self.ready(run_id)
            type_ = run.registry.type_of(query.metric)
            if type_ is None or run.t_min is None or run.t_max is None:
                return no_answer(query)
            question = Question(query, type_, run.registry.select(query), run.t_min, run.t_max + run.period)
            parts = await self._parts(run, question)
            if parts is not None:
                points = sum(len(part) for part in parts)
                return (
                    answer(question, parts)
                    if points < _QUICK_POINTS
                    else await asyncio.to_thread(answer, question, parts)
                )
            # A block went away under our feet: somebody sealed or compacted. After that, look again.
            await self._let_others_finish(run)
        raise RuntimeError(f"blocks of run {run_id} keep vanishing")

    async def _let_others_finish(self, run: LiveRun) -> None:
        async with run.lock:
            if self.follow is not None:
                # It was another server: what is known of the blocks is old, and is looked up again.
                run.index = None

    async def rows(self, run_id: RunId, metric: str) -> list[Columns]:
        """All rows of a metric in pieces, one row per (series, bucket) within a piece: what an export writes."""
        for _ in range(_ATTEMPTS):
            run = await self.ready(run_id)
            blocks = _of_kinds(run, metric, BlockKind.RAW, BlockKind.SORTED)
            window = run.slices(metric)
            decoded = await self._decoded(blocks)
            if decoded is not None:
                return [*(block.columns for block in decoded), *window]
            await self._let_others_finish(run)
        raise RuntimeError(f"blocks of run {run_id} keep vanishing")

    async def _parts(self, run: LiveRun, question: Question) -> list[Columns] | None:
        """The rows to look at; None if a block is gone."""
        query = question.query
        whole = query.step is None and query.start is None and query.end is None
        if whole and question.type is not MetricType.GAUGE:
            return await self._running_total(run, query.metric)
        # Counters and rates count from the run's start, and a gauge keeps what it had.
        start = query.start if question.type is MetricType.TREND else None
        kinds = (BlockKind.RAW, BlockKind.ROLLUP if _rollup_fits(run, question) else BlockKind.SORTED)
        blocks = [
            block
            for block in _of_kinds(run, query.metric, *kinds)
            if (start is None or block.t_max + (ROLLUP_WIDTH if block.kind is BlockKind.ROLLUP else 0) >= start)
            and (query.end is None or block.t_min < query.end)
        ]
        window = run.slices(query.metric, start=start, end=query.end)
        decoded = await self._decoded(blocks)
        return None if decoded is None else [*(block.columns for block in decoded), *window]

    async def _running_total(self, run: LiveRun, metric: str) -> list[Columns] | None:
        known = run.totals.get(metric)
        generation, newest = run.generation, max((chunk.number for chunk in run.chunks.values()), default=0)
        if known is not None and known.generation == generation:
            fresh = run.slices(metric, after=known.number)
            parts = [known.columns, *fresh]
        else:
            fresh = run.slices(metric)
            stored = await self._decoded(_of_kinds(run, metric, BlockKind.TOTAL))
            if stored is None:
                return None
            parts = [*(block.columns for block in stored), *fresh]
        if not fresh and len(parts) == 1:
            return parts
        columns = await asyncio.to_thread(lambda: total(Columns.concatenate(parts)))
        if run.generation == generation:
            run.totals[metric] = RunningTotal(generation, newest, columns)
        return [columns]

    async def _decoded(self, blocks: Sequence[BlockInfo]) -> list[Block] | None:
        """Decoded blocks in the order asked; None if one is gone."""
        found = {block.id: self._cache.get(block.id) for block in blocks}
        missing = [id_ for id_, block in found.items() if block is None]
        if missing:
            async with self.database.reading() as tx:
                bodies = await store.load_bodies(tx, missing)
            if len(bodies) < len(missing):
                return None
            for id_, block in (await asyncio.to_thread(_decode_all, bodies)).items():
                self._cache.put(id_, block)
                found[id_] = block
        return [block for block in found.values() if block is not None]

    # --- Runs in memory ----------------------------------------------------------------------------------------------

    def run(self, run_id: RunId) -> LiveRun:
        """What this process knows of a run, without asking the database."""
        known = self._runs.get(run_id)
        if known is None:
            self._make_room()
            known = self._runs[run_id] = LiveRun()
        known.used_at = time.monotonic()
        return known

    async def ready(self, run_id: RunId) -> LiveRun:
        """The run with its stored series and blocks looked up, and up to date with other processes."""
        if self.follow is not None:
            await self.follow(run_id)
        run = self.run(run_id)
        if run.index is None:
            async with run.lock:
                if run.index is None:
                    await self.load(run_id, run)
        return run

    async def load(self, run_id: RunId, run: LiveRun) -> None:
        """Look up stored series and blocks. The caller holds `run.lock`."""
        async with self.database.reading() as tx:
            stored = await self.read_stored(tx, run_id, run)
        self.take_note(run, stored)

    async def read_stored(self, tx: Transaction, run_id: RunId, run: LiveRun) -> Stored | None:
        """Series and blocks as this snapshot has them; None if the blocks are those that are known."""
        index = await store.load_index(tx, run_id)
        if run.index is not None and [one.id for one in run.index] == [one.id for one in index]:
            return None
        return Stored(await store.load_series(tx, run_id), index)

    @staticmethod
    def take_note(run: LiveRun, stored: Stored | None) -> None:
        """These series and blocks exist now."""
        if stored is not None:
            run.registry.add(stored.series, stored=True)
            run.set_index(stored.index)

    def windows(self) -> dict[RunId, LiveRun]:
        """The runs that have pushes in the live window."""
        return {run_id: run for run_id, run in self._runs.items() if run.chunks}

    @property
    def cached_bytes(self) -> int:
        """Memory of decoded blocks."""
        return self._cache.bytes

    def _make_room(self) -> None:
        idle = sorted((run.used_at, run_id) for run_id, run in self._runs.items() if run.is_idle)
        series = sum(len(run.registry) for run in self._runs.values())
        for _, run_id in idle:
            if len(idle) <= _IDLE_RUNS and series <= _IDLE_SERIES:
                return
            series -= len(self._runs.pop(run_id).registry)
            idle = idle[1:]


def _of_kinds(run: LiveRun, metric: str, *kinds: BlockKind) -> list[BlockInfo]:
    return [block for block in run.index or () if block.metric == metric and block.kind in kinds]


def _rollup_fits(run: LiveRun, question: Question) -> bool:
    """Whether minutes from the roll-up fall into the asked steps as the samples themselves would."""
    query = question.query
    if question.type is MetricType.GAUGE or (query.step is not None and query.step % ROLLUP_WIDTH):
        return False
    for edge in (query.start, query.end):
        if edge is not None and (edge - question.origin) % ROLLUP_WIDTH:
            return False
    rollups = _of_kinds(run, query.metric, BlockKind.ROLLUP)
    return bool(rollups) and all((block.t_min - question.origin) % ROLLUP_WIDTH == 0 for block in rollups)


def _decode_all(bodies: dict[int, bytes]) -> dict[int, Block]:
    return {id_: decode_block(body) for id_, body in bodies.items()}
