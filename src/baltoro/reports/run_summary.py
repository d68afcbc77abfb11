"""The figures that are computed once at a run's end and kept with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from baltoro.foundation.logs import get_logger
from baltoro.foundation.paging import Page
from baltoro.k6.columns import MetricType
from baltoro.metrics import MetricStore, parse_method
from baltoro.reports.checks import checks_table
from baltoro.reports.http import http_table
from baltoro.reports.measure import execution_seconds, measure_total, time_range
from baltoro.reports.model import RunOverview, RunSummary, as_builtins
from baltoro.reports.overview import kind_of
from baltoro.reports.thresholds import thresholds_table
from baltoro.reports.tiles import peak_rate, tiles_of
from baltoro.runs import Run, Threshold

log = get_logger()

LOAD_TIME_METHODS = {
    "avg": "mean", "min": "min", "med": "median", "max": "max", "stdev": "stdev", "count": "count", "sum": "sum",
    "p50": "p50", "p75": "p75", "p80": "p80", "p90": "p90", "p95": "p95", "p98": "p98", "p99": "p99", "p99.5": "p99.5",
    "p99.9": "p99.9",
}  # fmt: skip
"""Statistics of `http_req_duration` that are kept, by name, and the aggregation each one is."""

_BY_METHOD = {parse_method(method, MetricType.TREND): name for name, method in LOAD_TIME_METHODS.items()}


async def summarize_run(store: MetricStore, run: Run, thresholds: Sequence[Threshold], *, at: datetime) -> RunSummary:
    """The figures of the whole run so far; of a sealed, finished run they are final."""
    data = await time_range(store, run)
    kind = await kind_of(store, run)
    checks = await checks_table(store, run)
    judged = await thresholds_table(store, run, thresholds, at=at)
    urls = await http_table(store, run, at=at, page=Page(size=1))
    peak = None if data is None else await peak_rate(store, run, *data)
    tiles = await tiles_of(store, run, checks=checks, thresholds=judged, peak=peak, at=at)
    duration = None
    if kind == "http":
        found = await measure_total(store, run.id, "http_req_duration", *LOAD_TIME_METHODS.values())
        known = {name: found.single(method) for name, method in LOAD_TIME_METHODS.items()}
        duration = {name: value for name, value in known.items() if value is not None} or None
    return RunSummary(
        kind=kind,
        requests=tiles.http_reqs or 0,
        failures=tiles.http_failures or 0,
        iterations=tiles.iterations or 0,
        rps_avg=tiles.http_reqs_rate,
        rps_max=peak,
        vus_max=tiles.vus_max,
        duration=duration,
        load_time=None if duration is None else duration.get("p95"),
        checks_total=len(checks),
        checks_passed=sum(row.fails == 0 for row in checks),
        checks_hits=sum(row.passes + row.fails for row in checks),
        checks_hits_passed=sum(row.passes for row in checks),
        thresholds_total=len(judged),
        thresholds_passed=sum(row.passed is not False for row in judged),
        urls_total=urls.total,
        urls_passed=urls.passed,
        execution_s=execution_seconds(run, data, at),
        threshold_values={row.id: row.value for row in judged},
        threshold_verdicts={row.id: row.passed for row in judged if row.passed is not None},
        tiles=tiles,
        data_from=None if data is None else data[0],
        data_to=None if data is None else data[1],
    )


def summary_json(summary: RunSummary) -> dict[str, Any]:
    """The form in which a run keeps its summary."""
    return dict(as_builtins(summary))


def summary_of(run: Run) -> RunSummary | None:
    """The figures kept with the run; none before it is processed, or in a form that this release cannot read."""
    if run.summary is None:
        return None
    try:
        return msgspec.convert(run.summary, RunSummary, strict=False, str_keys=True)
    except msgspec.ValidationError as error:
        log.warning("run.summary_unreadable", run_id=run.id, error=str(error))
        return None


def load_time(summary: RunSummary | None, method: str = "p95") -> float | None:
    """A statistic of `http_req_duration` from the kept figures, ms.

    Returns:
        None without HTTP, before the run is processed, or for a quantile that is not kept (see `LOAD_TIME_METHODS`).

    Raises:
        UnknownMethod, UnfitMethod: no such statistic of a trend.
    """
    asked = parse_method(method, MetricType.TREND)
    if summary is None or summary.duration is None:
        return None
    name = _BY_METHOD.get(asked)
    return None if name is None else summary.duration.get(name)


async def run_overview(store: MetricStore, run: Run, thresholds: Sequence[Threshold], *, at: datetime) -> RunOverview:
    """The counts of a run: from what is kept with it, or from the data while it is not processed yet."""
    summary = summary_of(run) or await summarize_run(store, run, thresholds, at=at)
    return RunOverview(
        test_run_id=run.id,
        checks_total=summary.checks_total,
        checks_successes=summary.checks_passed,
        checks_hits_total=summary.checks_hits,
        checks_hits_successes=summary.checks_hits_passed,
        thresholds_total=summary.thresholds_total,
        thresholds_successes=summary.thresholds_passed,
        urls_total=summary.urls_total,
        urls_successes=summary.urls_passed,
        urls_hits_total=summary.requests,
        urls_hits_successes=summary.requests - summary.failures,
        http_req_duration_avg=None if summary.duration is None else summary.duration.get("avg"),
        http_reqs_avg=summary.rps_avg if summary.kind == "http" else None,
    )
