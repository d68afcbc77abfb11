"""The SQL for series and blocks."""

from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from baltoro.foundation.ids import RunId
from baltoro.k6.columns import MetricType, Series
from baltoro.metrics.kinds import BlockInfo, BlockKind, NewBlock
from baltoro.metrics.tables import blocks, series
from baltoro.storage.database import Transaction

_AT_ONCE = 500


async def load_index(tx: Transaction, run_id: RunId) -> list[BlockInfo]:
    """All blocks of a run, without bodies."""
    columns = [blocks.c[name] for name in BlockInfo.__struct_fields__]
    rows = await tx.execute(sa.select(*columns).where(blocks.c.run_id == run_id).order_by(blocks.c.id))
    return [
        BlockInfo(row.id, row.metric, BlockKind(row.kind), row.t_min, row.t_max, row.period, row.points) for row in rows
    ]


async def load_series(tx: Transaction, run_id: RunId) -> list[Series]:
    """All stored series of a run."""
    rows = await tx.execute(
        sa.select(series.c.series, series.c.metric, series.c.type, series.c.labels).where(series.c.run_id == run_id)
    )
    return [Series(row.series, row.metric, MetricType(row.type), row.labels) for row in rows]


async def load_bodies(tx: Transaction, ids: Sequence[int]) -> dict[int, bytes]:
    """Bodies by id; blocks that are gone are missing."""
    found: dict[int, bytes] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = await tx.execute(
            sa.select(blocks.c.id, blocks.c.body).where(blocks.c.id.in_(ids[start : start + _AT_ONCE]))
        )
        found.update((row.id, bytes(row.body)) for row in rows)
    return found


async def insert_series(tx: Transaction, run_id: RunId, definitions: Sequence[Series]) -> None:
    """Store definitions; known ones are left alone."""
    if not definitions:
        return
    insert = postgresql.insert(series) if tx.dialect.name == "postgresql" else sqlite.insert(series)
    await tx.execute(
        insert.on_conflict_do_nothing(),
        [
            {
                "run_id": run_id,
                "series": one.key,
                "metric": one.metric,
                "type": int(one.type),
                "labels": dict(one.labels),
            }
            for one in definitions
        ],
    )


async def insert_blocks(tx: Transaction, run_id: RunId, new: Sequence[NewBlock]) -> list[BlockInfo]:
    """Store blocks and give them ids."""
    if not new:
        return []
    rows = await tx.scalars(
        blocks.insert().returning(blocks.c.id, sort_by_parameter_order=True),
        [{"run_id": run_id, **msgspec.structs.asdict(one), "kind": int(one.kind)} for one in new],
    )
    return [
        BlockInfo(id_, one.metric, one.kind, one.t_min, one.t_max, one.period, one.points)
        for id_, one in zip(rows.all(), new, strict=True)
    ]


async def delete_blocks(tx: Transaction, ids: Collection[int]) -> int:
    """Remove blocks; returns how many there were."""
    chosen, removed = list(ids), 0
    for start in range(0, len(chosen), _AT_ONCE):
        result = await tx.execute(blocks.delete().where(blocks.c.id.in_(chosen[start : start + _AT_ONCE])))
        removed += result.rowcount
    return removed


async def delete_run(tx: Transaction, run_id: RunId) -> None:
    """Remove all of a run."""
    await tx.execute(blocks.delete().where(blocks.c.run_id == run_id))
    await tx.execute(series.delete().where(series.c.run_id == run_id))
