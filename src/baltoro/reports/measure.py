"""Asking the metric store, and making its arrays fit for an answer."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from baltoro.foundation.ids import RunId
from baltoro.k6.columns import Floats, Ints
from baltoro.metrics import MetricStore, Query, TagFilter, UnfitMethod
from baltoro.reports.model import Numbers
from baltoro.runs import Run

RATE_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
"""Multiples of the bucket width that a chart may use: few, so that a live chart seldom changes its step."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An answer of the store, worked out.

    Attributes:
        groups: tag values of each group, in the order of the query's `group_by`; empty when the metric has no data.
        times: start of each point.
        values: method -> one row per group, one column per point; NaN where there is no data.
    """

    groups: Sequence[tuple[str, ...]]
    times: Ints
    values: Mapping[str, Floats]

    def single(self, method: str) -> float | None:
        """The one figure of a query without groups and steps."""
        table = self.values[method]
        return number(float(table[0, 0])) if table.size else None

    def column(self, method: str) -> Floats:
        """The figures of a query without steps, one per group."""
        table = self.values[method]
        return table[:, 0] if table.shape[1] else np.full(len(table), np.nan)

    def row(self, method: str) -> Floats:
        """The figures of a query without groups, one per point."""
        table = self.values[method]
        return table[0] if len(table) else np.full(len(self.times), np.nan)


async def measure(store: MetricStore, run_id: RunId, query: Query, *methods: str) -> Measured:
    """Ask, and compute `methods` outside the event loop, which serves people.

    A builtin metric that an odd client reports with another type than k6 gives it counts as absent.
    """
    result = await store.query(run_id, query)
    if not result.groups:
        return _nothing(methods)

    def work() -> Measured:
        return Measured(result.groups, result.times, {method: result.values(method) for method in methods})

    try:
        return await asyncio.to_thread(work)
    except UnfitMethod:
        return _nothing(methods)


def _nothing(methods: Sequence[str]) -> Measured:
    return Measured([], np.zeros(0, np.int64), dict.fromkeys(methods, np.zeros((0, 0))))


async def measure_total(
    store: MetricStore,
    run_id: RunId,
    metric: str,
    *methods: str,
    where: tuple[TagFilter, ...] = (),
    group_by: tuple[str, ...] = (),
    histograms: bool = True,
) -> Measured:
    """Figures of the whole run so far."""
    query = Query(metric=metric, where=where, group_by=group_by, histograms=histograms)
    return await measure(store, run_id, query, *methods)


def number(value: float) -> float | None:
    """`value`, or none where it is no finite number: JSON has no NaN."""
    return value if math.isfinite(value) else None


def numbers(values: Floats) -> Numbers:
    """A column for JSON: NaN and infinities become none. Six significant digits are more than a pixel shows."""
    return [round(value, 6) if math.isfinite(value) else None for value in values.tolist()]


def whole(value: float | None) -> int:
    """A counted number; 0 without data."""
    return 0 if value is None or not math.isfinite(value) else round(value)


async def time_range(store: MetricStore, run: Run) -> tuple[int, int] | None:
    """Start of the run's first bucket and end of its last one, seconds since the epoch; none without data."""
    found = await store.time_range(run.id)
    return None if found is None else (found[0], found[1] + run.bucket_width_s)


def execution_seconds(run: Run, data: tuple[int, int] | None, at: datetime) -> float:
    """How long the test itself took (so far), seconds: what k6 divides its counters by.

    The server sees the run's start and end with the client's initialisation and last flush around them; the data's own
    range bounds that from above, to within a bucket.
    """
    seconds = run.duration_s(at)
    if data is None or not run.is_final:
        return seconds
    longest = float(data[1] - data[0])
    return min(seconds, longest) if seconds > 0 else longest


def chart_step(span_s: int, bucket_width_s: int, points: int) -> int:
    """Seconds per point, a multiple of the bucket width, so that `points` points cover `span_s` seconds."""
    needed = max(1, math.ceil(span_s / bucket_width_s / max(1, points)))
    for multiple in RATE_STEPS:
        if multiple >= needed:
            return multiple * bucket_width_s
    return needed * bucket_width_s


def spread(times: Ints, values: Floats, grid: Ints) -> Floats:
    """`values` on `grid` (ascending); NaN where `times` has no such point."""
    result = np.full(len(grid), np.nan)
    if not len(times) or not len(grid):
        return result
    place = np.searchsorted(grid, times)
    fits = place < len(grid)
    fits[fits] = grid[place[fits]] == times[fits]
    result[place[fits]] = values[fits]
    return result


def seconds(moment: datetime | None) -> float | None:
    """A moment as seconds since the epoch."""
    return None if moment is None else moment.timestamp()
