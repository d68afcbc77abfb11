"""Our figures under the names that k6 hands to `handleSummary`, so that anybody can hold both side by side."""

from datetime import datetime

from baltoro.k6.columns import MetricType
from baltoro.k6.units import contains
from baltoro.metrics import MetricStore
from baltoro.reports.measure import execution_seconds, measure_total, time_range
from baltoro.reports.model import MetricSummary
from baltoro.runs import Run

_NAMES: dict[MetricType, dict[str, str]] = {
    MetricType.COUNTER: {"count": "sum"},
    MetricType.GAUGE: {"value": "last", "min": "min", "max": "max"},
    MetricType.RATE: {"rate": "ratio", "passes": "passes", "fails": "fails"},
    MetricType.TREND: {
        "avg": "mean", "min": "min", "med": "median", "max": "max", "count": "count",
        "p(90)": "p(90)", "p(95)": "p(95)", "p(99)": "p(99)",
    },
}  # fmt: skip
"""Type -> name in k6's summary -> aggregation of the store."""


async def handle_summary(store: MetricStore, run: Run, *, at: datetime) -> dict[str, MetricSummary]:
    """Every metric of the run with its values, by name.

    A counter's `rate` is per second of test run duration, as in k6; the server knows that duration to within a bucket.
    """
    executed = execution_seconds(run, await time_range(store, run), at)
    summary: dict[str, MetricSummary] = {}
    for info in sorted(await store.metrics_of(run.id), key=lambda info: info.name):
        names = _NAMES[info.type]
        found = await measure_total(store, run.id, info.name, *names.values())
        values = {name: value for name, method in names.items() if (value := found.single(method)) is not None}
        if info.type is MetricType.COUNTER and executed > 0:
            values["rate"] = values.get("count", 0.0) / executed
        summary[info.name] = MetricSummary(type=info.type.name.lower(), contains=contains(info.name), values=values)
    return summary
