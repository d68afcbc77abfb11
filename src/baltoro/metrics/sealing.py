"""Turning rows into blocks. Pure functions over picklable values, so that they run in a worker process as well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from baltoro.k6.columns import Columns, Ints, MetricType
from baltoro.metrics.block import decode_block, encode_block
from baltoro.metrics.kinds import BlockKind, NewBlock
from baltoro.metrics.merge import merge, roll_up, row_slice, total

ROLLUP_WIDTH = 60
"""Seconds."""
ROLLUP_FROM = 3600
"""Seconds that a run must have lasted to get a roll-up: below it, reading the whole is fast enough."""
_MOST_CELLS = 1_500_000
_SLICE_POINTS = 300_000
_LEVEL = 3


@dataclass(frozen=True, slots=True)
class SealTask:
    """One metric's part of the live window.

    Attributes:
        parts: its rows.
        totals: bodies of its stored totals.
        period: bucket width, seconds.
    """

    metric: str
    parts: list[Columns]
    totals: list[bytes]
    period: int


@dataclass(frozen=True, slots=True)
class CompactTask:
    """One metric of a run that is over.

    Attributes:
        bodies: of all its raw and sorted blocks.
        points: rows in them.
        origin: the run's first bucket.
        with_rollup: whether the run was long enough for one.
    """

    metric: str
    type: MetricType
    bodies: list[bytes]
    points: int
    period: int
    origin: int
    with_rollup: bool


def seal_metrics(tasks: Sequence[SealTask]) -> list[NewBlock]:
    """Raw blocks of the rows given, and totals that include them."""
    made: list[NewBlock] = []
    for task in tasks:
        rows = merge(Columns.concatenate(task.parts))
        made += _blocks(task.metric, BlockKind.RAW, rows, task.period)
        before = [decode_block(body).columns for body in task.totals]
        made += _blocks(task.metric, BlockKind.TOTAL, total(Columns.concatenate([*before, rows])), task.period)
    return made


def compact_metric(task: CompactTask) -> list[NewBlock]:
    """Blocks sorted by series, roll-up and totals, made from everything that is stored of a metric."""
    made: list[NewBlock] = []
    for rows in _by_series(task):
        made += _blocks(task.metric, BlockKind.SORTED, rows, task.period)
        made += _blocks(task.metric, BlockKind.TOTAL, total(rows), task.period)
        if task.with_rollup and task.type is not MetricType.GAUGE:
            rolled = roll_up(rows, task.origin, ROLLUP_WIDTH)
            made += _blocks(task.metric, BlockKind.ROLLUP, rolled, task.period)
    return made


def _by_series(task: CompactTask) -> Iterator[Columns]:
    """All rows, merged, some series at a time: memory is bounded by a slice, however long the run was."""
    slices = 1 + task.points // _SLICE_POINTS
    if slices == 1:
        yield merge(Columns.concatenate([decode_block(body).columns for body in task.bodies]))
        return
    keys: Ints = np.unique(np.concatenate([np.unique(decode_block(body).columns.series) for body in task.bodies]))
    for own in np.array_split(keys, min(slices, len(keys))):
        parts = []
        for body in task.bodies:
            columns = decode_block(body).columns
            parts.append(columns.take(np.flatnonzero((columns.series >= own[0]) & (columns.series <= own[-1]))))
        yield merge(Columns.concatenate(parts))


def _blocks(metric: str, kind: BlockKind, columns: Columns, period: int) -> Iterator[NewBlock]:
    entries = np.r_[0, np.cumsum(columns.hist_length, dtype=np.int64)]
    weight = entries[1:] + 8 * np.arange(1, len(columns) + 1)
    start = 0
    while start < len(columns):
        limit = _MOST_CELLS + (weight[start - 1] if start else 0)
        stop = max(start + 1, int(np.searchsorted(weight, limit, side="right")))
        rows = row_slice(columns, start, stop, int(entries[start]), int(entries[stop]))
        yield NewBlock(
            metric=metric, kind=kind, t_min=int(rows.time.min()), t_max=int(rows.time.max()), period=period,
            points=len(rows), body=encode_block(rows, period=period, level=_LEVEL),
        )  # fmt: skip
        start = stop
