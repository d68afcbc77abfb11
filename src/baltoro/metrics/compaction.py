"""What is done to a run's blocks when it is over."""

from collections.abc import Sequence

import sqlalchemy as sa

from baltoro.foundation.ids import RunId
from baltoro.metrics import store
from baltoro.metrics.kinds import BlockInfo, BlockKind
from baltoro.metrics.metric_store import MetricStore
from baltoro.metrics.seal import SealedMeanwhile, Work, lock_run
from baltoro.metrics.sealing import ROLLUP_FROM, CompactTask, compact_metric


async def compact_run(metric_store: MetricStore, run_id: RunId, *, work: Work) -> int:
    """Rewrite the blocks of a run sorted by series, with roll-up and totals, one metric at a time.

    Metrics without raw blocks are left alone, so doing it again costs nothing, and after late data it does what is needed.

    Returns:
        How many metrics were rewritten.

    Raises:
        SealedMeanwhile: another server changed the run's blocks. What was done stays done.
    """
    run = await metric_store.ready(run_id)
    rewritten = 0
    async with run.lock:
        for metric in sorted({block.metric for block in run.index or () if block.kind is BlockKind.RAW}):
            old = [block for block in run.index or () if block.metric == metric]
            samples = [block for block in old if block.kind in (BlockKind.RAW, BlockKind.SORTED)]
            task = await _task(metric_store, run_id, metric, samples)
            made = await work(compact_metric, task)
            async with metric_store.database.transaction() as tx:
                await lock_run(tx, run_id)
                if await store.delete_blocks(tx, [block.id for block in old]) != len(old):
                    raise SealedMeanwhile
                stored = await store.insert_blocks(tx, run_id, made)
            gone = {block.id for block in old}
            run.set_index([*(block for block in run.index or () if block.id not in gone), *stored])
            rewritten += 1
    if rewritten and metric_store.database.is_postgresql:
        async with metric_store.database.transaction() as tx:
            # Without statistics the planner was 30 times slower right after bulk changes.
            await tx.execute(sa.text("ANALYZE metric_blocks"))
            await tx.execute(sa.text("ANALYZE metric_series"))
    return rewritten


async def _task(metric_store: MetricStore, run_id: RunId, metric: str, samples: Sequence[BlockInfo]) -> CompactTask:
    run = metric_store.run(run_id)
    async with metric_store.database.reading() as tx:
        bodies = await store.load_bodies(tx, [block.id for block in samples])
    type_ = run.registry.type_of(metric)
    if len(bodies) < len(samples) or type_ is None or run.t_min is None or run.t_max is None:
        raise SealedMeanwhile
    return CompactTask(
        metric=metric,
        type=type_,
        bodies=[bodies[block.id] for block in samples],
        points=sum(block.points for block in samples),
        period=run.period,
        origin=run.t_min,
        with_rollup=run.t_max + run.period - run.t_min >= ROLLUP_FROM,
    )
