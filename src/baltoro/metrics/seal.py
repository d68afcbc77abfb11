"""From the live window to blocks."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import sqlalchemy as sa

from baltoro.foundation.ids import RunId
from baltoro.metrics import store
from baltoro.metrics.kinds import BlockInfo, BlockKind, NewBlock
from baltoro.metrics.metric_store import MetricStore
from baltoro.metrics.sealing import SealTask, seal_metrics
from baltoro.metrics.window import LiveRun
from baltoro.storage.database import Transaction

T = TypeVar("T")

_TASK_CELLS = 1_000_000
_LOCK_CLASS = 6561


class Work(Protocol):
    """Runs a function somewhere else than on the event loop: in a thread or in a worker process."""

    def __call__(self, function: Callable[..., T], /, *arguments: object) -> Awaitable[T]: ...


class SealedMeanwhile(Exception):
    """Another server sealed or compacted the same run first. Look at the database again; there may be nothing left to do."""


async def lock_run(tx: Transaction, run_id: RunId) -> None:
    """Let one server at a time change a run's blocks. (SQLite: a writing transaction is alone anyway.)"""
    if tx.dialect.name == "postgresql":
        await tx.execute(sa.text("SELECT pg_advisory_xact_lock(:room, :run)"), {"room": _LOCK_CLASS, "run": run_id})


async def seal_window(
    metric_store: MetricStore,
    run_id: RunId,
    *,
    work: Work,
    remove: Callable[[Transaction, Sequence[int]], Awaitable[int]],
) -> int:
    """Turn what the live window holds now into blocks; the journal rows go in the same transaction.

    Args:
        metric_store: whose window.
        run_id: of which run.
        work: where to merge and compress.
        remove: deletes journal rows by id and returns how many there were.

    Returns:
        How many pushes were sealed.

    Raises:
        SealedMeanwhile: nothing was changed.
    """
    run = await metric_store.ready(run_id)
    async with run.lock:
        journal_ids = list(run.chunks)
        if not journal_ids:
            return 0
        totals = [block for block in run.index or () if block.kind is BlockKind.TOTAL]
        tasks, replaced = await _tasks(metric_store, run, totals)
        made: list[NewBlock] = []
        for batch in _batches(tasks):
            made += await work(seal_metrics, batch)
        definitions = run.registry.unstored()
        async with metric_store.database.transaction() as tx:
            await lock_run(tx, run_id)
            if await store.delete_blocks(tx, replaced) != len(replaced) or await remove(tx, journal_ids) != len(
                journal_ids
            ):
                raise SealedMeanwhile
            await store.insert_series(tx, run_id, definitions)
            stored = await store.insert_blocks(tx, run_id, made)
        # From here to the end nothing waits, so a query sees each push exactly once: in the window or in a block.
        run.registry.mark_stored(definitions)
        gone = set(replaced)
        run.set_index([*(block for block in run.index or () if block.id not in gone), *stored])
        metric_store.drop(run_id, journal_ids)
    return len(journal_ids)


async def _tasks(
    metric_store: MetricStore, run: LiveRun, totals: Sequence[BlockInfo]
) -> tuple[list[SealTask], list[int]]:
    parts = {metric: run.slices(metric) for metric in run.registry.metric_names}
    parts = {metric: columns for metric, columns in parts.items() if columns}
    needed = [block for block in totals if block.metric in parts]
    async with metric_store.database.reading() as tx:
        bodies = await store.load_bodies(tx, [block.id for block in needed])
    if len(bodies) < len(needed):
        raise SealedMeanwhile
    tasks = [
        SealTask(metric, columns, [bodies[block.id] for block in needed if block.metric == metric], run.period)
        for metric, columns in parts.items()
    ]
    return tasks, [block.id for block in needed]


def _batches(tasks: Sequence[SealTask]) -> list[list[SealTask]]:
    """Several small metrics in one go, a large one alone: pushes that wait for the same worker must not wait long."""
    batches: list[list[SealTask]] = [[]]
    cells = 0
    for task in tasks:
        size = sum(len(part) * 8 + len(part.hist_index) for part in task.parts)
        if batches[-1] and cells + size > _TASK_CELLS:
            batches.append([])
            cells = 0
        batches[-1].append(task)
        cells += size
    return batches
