"""The chart "Performance overview"."""

from collections.abc import Sequence

import numpy as np

from baltoro.k6.columns import Floats, Ints
from baltoro.metrics import MetricStore, Query
from baltoro.reports.measure import Measured, chart_step, measure, numbers, spread, time_range
from baltoro.reports.model import Kind, Overview
from baltoro.runs import Run

MAX_POINTS = 600
_STATISTICS = ("avg", "p50", "p95", "p99")
_SHOWN: dict[Kind, tuple[str, str]] = {
    "http": ("http_reqs", "http_req_duration"),
    "iterations": ("iterations", "iteration_duration"),
    "none": ("iterations", "iteration_duration"),
}


async def overview_chart(store: MetricStore, run: Run, *, points: int = MAX_POINTS) -> Overview:
    """Virtual users, request rate, response times and failures over the run, at most `points` points.

    A point that can still grow (the last one of a running run, when it spans several buckets) is left out.
    """
    kind = await kind_of(store, run)
    data = await time_range(store, run)
    if data is None:
        return await overview_points(store, run, kind, step=run.bucket_width_s, start=0, end=0, replace=True)
    step = chart_step(data[1] - data[0], run.bucket_width_s, points)
    end = data[1]
    if not run.is_final:
        end -= (data[1] - data[0]) % step
    return await overview_points(store, run, kind, step=step, start=data[0], end=end, replace=True)


async def kind_of(store: MetricStore, run: Run) -> Kind:
    """What there is to show of the run."""
    names = {info.name for info in await store.metrics_of(run.id)}
    if "http_reqs" in names:
        return "http"
    return "iterations" if names & {"iterations", "vus"} else "none"


async def overview_points(
    store: MetricStore, run: Run, kind: Kind, *, step: int, start: int, end: int, replace: bool
) -> Overview:
    """The points that begin in `[start, end)`, on the grid of `step` seconds from the run's first bucket."""
    grid = np.arange(start, max(end, start), step, dtype=np.int64)
    columns: dict[str, Floats] = {
        name: np.full(len(grid), np.nan) for name in ("vus", "rate", "failures", *_STATISTICS)
    }
    if len(grid):
        counter, trend = _SHOWN[kind]
        until = int(grid[-1]) + step

        def over(metric: str) -> Query:
            return Query(metric=metric, step=step, start=start, end=until)

        def place(measured: Measured, methods: Sequence[str], names: Sequence[str]) -> None:
            for method, name in zip(methods, names, strict=True):
                columns[name] = spread(measured.times, measured.row(method), grid)

        place(await measure(store, run.id, over("vus"), "last"), ("last",), ("vus",))
        place(await measure(store, run.id, over(counter), "rps"), ("rps",), ("rate",))
        place(await measure(store, run.id, over(trend), *_STATISTICS), _STATISTICS, _STATISTICS)
        if kind == "http":
            columns["failures"] = await failure_share(store, run, grid, step)
        columns["rate"] = _filled(columns["rate"], columns["vus"], replace=replace)
    return Overview(
        kind=kind,
        step=step,
        replace=replace,
        times=grid.tolist(),
        **{name: numbers(values) for name, values in columns.items()},
    )


async def failure_share(store: MetricStore, run: Run, grid: Ints, step: int) -> Floats:
    """Share of failed requests per point. Clients before 0.31 send no `http_req_failed`: there the status decides."""
    start, end = int(grid[0]), int(grid[-1]) + step
    failed = await measure(store, run.id, Query(metric="http_req_failed", step=step, start=start, end=end), "ratio")
    if failed.groups:
        return spread(failed.times, failed.row("ratio"), grid)
    by_status = await measure(
        store,
        run.id,
        Query(metric="http_reqs", group_by=("expected_response", "status"), step=step, start=start, end=end),
        "sum",
    )
    if not by_status.groups:
        return np.full(len(grid), np.nan)
    counts = np.nan_to_num(by_status.values["sum"])
    bad = np.array([not is_expected(expected, status) for expected, status in by_status.groups])
    every = counts.sum(axis=0)
    share = np.divide(counts[bad].sum(axis=0), every, out=np.full(len(every), np.nan), where=every > 0)
    return spread(by_status.times, share, grid)


def is_expected(expected_response: str, status: str) -> bool:
    """k6's verdict on a response; where the client sent none, k6's default: status 200 to 399."""
    if expected_response:
        return expected_response == "true"
    return status.isdecimal() and 200 <= int(status[:9]) < 400  # noqa: PLR2004 - HTTP's own numbers


def _filled(rate: Floats, vus: Floats, *, replace: bool) -> Floats:
    """0 instead of a gap between the first and the last request, and where users were active without one."""
    known = np.flatnonzero(~np.isnan(rate))
    result = rate.copy()
    if replace and len(known):
        inside = result[known[0] : known[-1] + 1]
        inside[np.isnan(inside)] = 0.0
    result[np.isnan(result) & ~np.isnan(vus)] = 0.0
    return result
