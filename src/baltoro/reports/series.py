"""Time series of a run's metrics, for programs."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from baltoro.foundation.errors import Invalid
from baltoro.k6.columns import MetricType
from baltoro.metrics import DEFAULT_METHODS, MetricStore, Query, TagFilter, parse_method
from baltoro.reports.catalogue import MetricEntry
from baltoro.reports.measure import Measured, chart_step, measure, time_range
from baltoro.runs import Run

MAX_IDS = 100
MAX_METHODS = 10
MAX_POINTS = 11_000
DEFAULT_POINTS = 600
_SETTLED_AFTER_S = 1
"""Twice the interval at which k6 pushes: older points of a single client do not change any more."""


class TooManySeries(Invalid):
    """More was asked for than one answer may hold."""

    detail_code = 242


class SeriesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of every metric of the request.

    Attributes:
        methods: aggregations; empty: the usual one of the metric's type.
        where: filters beside those of the metric itself.
        start, end: seconds since the epoch, `[start, end)`; none: the whole run.
        interval: seconds per point; none: so that at most 600 points come. Rounded up to whole buckets.
        live: also the newest points of a running run, which may still change.
    """

    methods: tuple[str, ...] = ()
    where: tuple[TagFilter, ...] = ()
    start: int | None = None
    end: int | None = None
    interval: int | None = None
    live: bool = False


class SeriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One metric by one method. `interval`: seconds per point. `values`: (start of the point, value), ascending."""

    metric_id: str
    method: str
    interval: int
    values: Sequence[tuple[int, float]]


async def series_of(
    store: MetricStore,
    run: Run,
    metrics: Sequence[tuple[str, MetricEntry | None]],
    request: SeriesRequest,
    *,
    at: datetime,
) -> list[SeriesAnswer]:
    """One series per metric and method, in the order asked; an unknown metric gets an empty one.

    Args:
        metrics: (id, what it names).

    Raises:
        UnknownMethod, UnfitMethod: an aggregation that does not exist, or does not fit the metric.
        TooManySeries: too many metrics, methods or points.
    """
    if len(metrics) > MAX_IDS or len(request.methods) > MAX_METHODS:
        raise TooManySeries(f"At most {MAX_IDS} ids and {MAX_METHODS} methods are possible in one request.")
    for _, entry in metrics:
        for method in request.methods:
            parse_method(method, MetricType.TREND if entry is None else entry.type)
    data = await time_range(store, run)
    first = 0 if data is None else max(data[0], request.start if request.start is not None else data[0])
    last = 0 if data is None else min(data[1], request.end if request.end is not None else data[1])
    step = _step(run, request, max(0, last - first))
    if not run.is_final and not request.live:
        last = min(last, int(at.timestamp()) - _SETTLED_AFTER_S)
    answers: list[SeriesAnswer] = []
    for identity, entry in metrics:
        methods = request.methods or ((DEFAULT_METHODS[entry.type],) if entry else ("mean",))
        if entry is None or last <= first:
            answers += [SeriesAnswer(metric_id=identity, method=name, interval=step, values=[]) for name in methods]
            continue
        query = Query(metric=entry.name, where=(*entry.where, *request.where), step=step, start=first, end=last)
        found = await measure(store, run.id, query, *methods)
        whole_points_until = None if run.is_final or request.live else last
        answers += [
            SeriesAnswer(
                metric_id=identity, method=name, interval=step, values=_points(found, name, step, whole_points_until)
            )
            for name in methods
        ]
    return answers


def _step(run: Run, request: SeriesRequest, span_s: int) -> int:
    width = run.bucket_width_s
    if request.interval is None:
        return chart_step(span_s, width, DEFAULT_POINTS)
    step = max(1, -(-request.interval // width)) * width
    if span_s / step > MAX_POINTS:
        raise TooManySeries(f"An interval of {step} s gives more than {MAX_POINTS} points. Ask for a longer one.")
    return step


def _points(found: Measured, method: str, step: int, until: int | None) -> list[tuple[int, float]]:
    values = found.row(method)
    keep = np.isfinite(values)
    if until is not None:
        keep &= found.times + step <= until
    return list(zip(found.times[keep].tolist(), values[keep].tolist(), strict=True))
