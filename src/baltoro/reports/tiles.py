"""The headline figures of a run."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from baltoro.metrics import MetricStore, Query
from baltoro.reports.checks import checks_table
from baltoro.reports.measure import execution_seconds, measure, measure_total, number, time_range, whole
from baltoro.reports.model import CheckRow, ThresholdRow, Tiles
from baltoro.reports.overview import is_expected
from baltoro.reports.thresholds import thresholds_table
from baltoro.runs import Run, Threshold

NOW_S = 5
"""Seconds of data that "now" means."""


async def tiles(store: MetricStore, run: Run, thresholds: Sequence[Threshold], *, at: datetime) -> Tiles:
    """The headline figures, computed from the data."""
    rows = await thresholds_table(store, run, thresholds, at=at)
    data = await time_range(store, run)
    peak = None if data is None else await peak_rate(store, run, *data)
    return await tiles_of(store, run, checks=await checks_table(store, run), thresholds=rows, peak=peak, at=at)


async def tiles_of(
    store: MetricStore,
    run: Run,
    *,
    checks: Sequence[CheckRow],
    thresholds: Sequence[ThresholdRow],
    peak: float | None,
    at: datetime,
) -> Tiles:
    """The headline figures, where checks, thresholds and the peak are known already."""
    names = {info.name for info in await store.metrics_of(run.id)}
    data = await time_range(store, run)
    executed = execution_seconds(run, data, at)

    async def figures(metric: str, *methods: str, histograms: bool = False) -> dict[str, float | None]:
        if metric not in names:
            return dict.fromkeys(methods)
        found = await measure_total(store, run.id, metric, *methods, histograms=histograms)
        return {method: found.single(method) for method in methods}

    requests = (await figures("http_reqs", "sum"))["sum"]
    failures, failure_rate = await _failures(store, run, names)
    duration = await figures("http_req_duration", "mean", "p95", histograms=True)
    iterations = (await figures("iterations", "sum"))["sum"]
    iteration = await figures("iteration_duration", "p95", histograms=True)
    rate_now, duration_now, vus_now = await _now(store, run, data, names)
    passes, hits = sum(row.passes for row in checks), sum(row.passes + row.fails for row in checks)
    return Tiles(
        http_reqs=None if requests is None else whole(requests),
        http_reqs_rate=_per_second(requests, executed),
        http_reqs_peak=peak,
        http_reqs_now=rate_now,
        http_failures=failures,
        http_failure_rate=failure_rate,
        http_duration_avg=duration["mean"],
        http_duration_p95=duration["p95"],
        http_duration_avg_now=duration_now,
        vus=vus_now,
        vus_max=(await figures("vus", "max"))["max"],
        iterations=None if iterations is None else whole(iterations),
        iterations_rate=_per_second(iterations, executed),
        iteration_duration_p95=iteration["p95"],
        data_received=(await figures("data_received", "sum"))["sum"],
        data_sent=(await figures("data_sent", "sum"))["sum"],
        checks_passes=passes if checks else None,
        checks_total=hits if checks else None,
        thresholds_passed=sum(row.passed is not False for row in thresholds),
        thresholds_total=len(thresholds),
    )


async def peak_rate(store: MetricStore, run: Run, start: int, end: int) -> float | None:
    """The highest request rate of any bucket that begins in `[start, end)`, requests per second."""
    query = Query(metric="http_reqs", step=run.bucket_width_s, start=start, end=end)
    rates = (await measure(store, run.id, query, "rps")).row("rps")
    return None if not len(rates) or np.isnan(rates).all() else number(float(np.nanmax(rates)))


async def _failures(store: MetricStore, run: Run, names: set[str]) -> tuple[int | None, float | None]:
    if "http_req_failed" in names:
        failed = await measure_total(store, run.id, "http_req_failed", "passes", "ratio", histograms=False)
        return whole(failed.single("passes")), failed.single("ratio")
    if "http_reqs" not in names:
        return None, None
    by_status = await measure_total(store, run.id, "http_reqs", "sum", group_by=("expected_response", "status"))
    counts = by_status.column("sum")
    bad = np.array([not is_expected(*group) for group in by_status.groups])
    failed_count, every = float(counts[bad].sum()), float(counts.sum())
    return whole(failed_count), failed_count / every if every else None


async def _now(
    store: MetricStore, run: Run, data: tuple[int, int] | None, names: set[str]
) -> tuple[float | None, float | None, float | None]:
    """Requests per second, mean response time and virtual users over the last seconds of data."""
    if data is None:
        return None, None, None
    width = max(NOW_S, run.bucket_width_s)
    start = max(data[0], data[1] - width)
    until = data[1]

    def over(metric: str) -> Query:
        return Query(metric=metric, step=run.bucket_width_s, start=start, end=until, histograms=False)

    rate = duration = vus = None
    if "http_reqs" in names:
        counted = await measure(store, run.id, over("http_reqs"), "sum")
        rate = float(np.nansum(counted.row("sum"))) / (data[1] - start)
        timed = await measure(store, run.id, over("http_req_duration"), "sum", "count")
        samples = float(np.nansum(timed.row("count")))
        duration = float(np.nansum(timed.row("sum"))) / samples if samples else None
    if "vus" in names:
        active = (await measure(store, run.id, over("vus"), "last")).row("last")
        known = active[~np.isnan(active)]
        vus = number(float(known[-1])) if len(known) else None
    return rate, duration, vus


def _per_second(count: float | None, executed_s: float) -> float | None:
    return None if count is None or executed_s <= 0 else count / executed_s
