"""The names of a metric's values in k6's end-of-test summary (what `handleSummary` is given)."""

from collections.abc import Mapping
from types import MappingProxyType

from baltoro.k6.columns import MetricType

TREND_STATS = ("avg", "min", "med", "max", "p(90)", "p(95)")
"""`summaryTrendStats` unless the options say otherwise."""

SUMMARY_VALUES: Mapping[MetricType, tuple[str, ...]] = MappingProxyType(
    {
        MetricType.COUNTER: ("count", "rate"),
        MetricType.GAUGE: ("value", "min", "max"),
        MetricType.RATE: ("rate", "passes", "fails"),
        MetricType.TREND: TREND_STATS,
    }
)
"""By type. `rate` of a counter is per second of the run; `passes` of a rate are its non-zero samples."""
