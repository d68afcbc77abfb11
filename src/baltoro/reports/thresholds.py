"""Thresholds of a run: present values and verdicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from baltoro.foundation.errors import Invalid
from baltoro.k6.columns import MetricType
from baltoro.k6.thresholds import Expression, Selector, parse_expression, parse_selector
from baltoro.k6.units import contains
from baltoro.metrics import MetricStore, TagFilter
from baltoro.reports.measure import execution_seconds, measure_total, seconds, time_range
from baltoro.reports.model import ThresholdRow
from baltoro.runs import Run, Threshold

_METHODS: dict[MetricType, dict[str, str]] = {
    MetricType.COUNTER: {"count": "sum", "rate": "sum"},
    MetricType.GAUGE: {"value": "last"},
    MetricType.RATE: {"rate": "ratio"},
    MetricType.TREND: {"avg": "mean", "min": "min", "max": "max", "med": "median", "count": "count"},
}
"""What k6's threshold language calls an aggregation, per type, and what the store calls it."""

_GOOD_BELOW = {"<", "<="}
_GOOD_ABOVE = {">", ">="}


async def thresholds_table(
    store: MetricStore, run: Run, thresholds: Sequence[Threshold], *, at: datetime
) -> list[ThresholdRow]:
    """Every threshold in script order, judged on the merged data of all instances.

    k6's own verdict wins where it reported one; the value shown is always the server's.
    """
    types = {info.name: info.type for info in await store.metrics_of(run.id)} if thresholds else {}
    executed = execution_seconds(run, await time_range(store, run), at) if thresholds else 0.0
    asked: dict[str, dict[str, None]] = {}
    for threshold in thresholds:
        method = _method(threshold, types)
        if method is not None:
            asked.setdefault(threshold.metric, {})[method] = None
    figures = {metric: await _figures(store, run, metric, tuple(methods)) for metric, methods in asked.items()}
    return [_row(run, threshold, types, figures, executed) for threshold in sorted(thresholds, key=_position)]


async def _figures(store: MetricStore, run: Run, metric: str, methods: tuple[str, ...]) -> dict[str, float | None]:
    """All aggregations that the script's expressions ask of one selector, from one query."""
    selector = selector_of(metric)
    where = tuple(TagFilter(tag, (value,)) for tag, value in selector.tags.items())
    found = await measure_total(store, run.id, selector.metric, *methods, where=where)
    return {method: found.single(method) for method in methods}


def _row(
    run: Run,
    threshold: Threshold,
    types: Mapping[str, MetricType],
    figures: Mapping[str, Mapping[str, float | None]],
    executed_s: float,
) -> ThresholdRow:
    selector = selector_of(threshold.metric)
    expression = _expression(threshold)
    type_ = types.get(selector.metric)
    method = _method(threshold, types)
    value = None if method is None else figures[threshold.metric].get(method)
    if value is not None and expression is not None and type_ is MetricType.COUNTER and expression.stat == "rate":
        value = value / executed_s if executed_s > 0 else None
    passed = None if threshold.tainted is None else not threshold.tainted
    if passed is None and expression is not None and value is not None:
        passed = expression.holds(value)
    if passed is None and run.is_final:
        # As in k6, a threshold that never had a sample passes.
        passed = True
    return ThresholdRow(
        id=threshold.id,
        metric=threshold.metric,
        metric_name=selector.metric,
        tags=dict(selector.tags),
        type="" if type_ is None else type_.name.lower(),
        contains=contains(selector.metric),
        expression=threshold.expression,
        stat="" if expression is None else stat_name(expression),
        operator="" if expression is None else expression.operator,
        limit=None if expression is None else expression.value,
        value=value,
        distance=_distance(expression, value),
        passed=passed,
        reported=threshold.tainted is not None,
        no_data=value is None,
        crossed_at=seconds(threshold.tainted_at) if passed is False else None,
        abort_on_fail=threshold.abort_on_fail,
        delay_abort_eval=threshold.delay_abort_eval,
    )


def selector_of(metric: str) -> Selector:
    """The parsed left side; one that k6 itself would have refused names a metric that nobody reports."""
    try:
        return parse_selector(metric)
    except Invalid:
        return Selector(metric, {})


def _expression(threshold: Threshold) -> Expression | None:
    """The parsed expression; none for one that k6 itself would have refused, which only an odd client can send."""
    try:
        return parse_expression(threshold.expression)
    except Invalid:
        return None


def _method(threshold: Threshold, types: Mapping[str, MetricType]) -> str | None:
    expression = _expression(threshold)
    type_ = types.get(selector_of(threshold.metric).metric)
    if expression is None or type_ is None:
        return None
    if type_ is MetricType.TREND and expression.argument is not None:
        return f"p({expression.argument:g})"
    return _METHODS[type_].get(expression.stat)


def stat_name(expression: Expression) -> str:
    """The left side as k6 writes it: `p(95)`, `avg`, `rate`."""
    return expression.stat if expression.argument is None else f"p({expression.argument:g})"


def _distance(expression: Expression | None, value: float | None) -> float | None:
    if expression is None or value is None:
        return None
    if expression.operator in _GOOD_BELOW:
        return expression.value - value
    if expression.operator in _GOOD_ABOVE:
        return value - expression.value
    return None


def _position(threshold: Threshold) -> int:
    return threshold.position
