"""The names of aggregations, and which type of metric knows which."""

import re

import msgspec

from baltoro.k6.columns import MetricType
from baltoro.metrics.model import UnfitMethod, UnknownMethod


class Method(msgspec.Struct, frozen=True):
    """An aggregation by its one canonical name.

    Attributes:
        name: a value of the alias table below, or `quantile`.
        share: for `quantile`, 0 <= share <= 1.
    """

    name: str
    share: float = 0.0


_ALIASES: dict[MetricType, dict[str, str]] = {
    MetricType.TREND: {
        "mean": "mean",
        "avg": "mean",
        "min": "min",
        "max": "max",
        "median": "median",
        "med": "median",
        "stdev": "stdev",
        "count": "count",
        "sum": "sum",
        "rps": "rps",
    },
    MetricType.COUNTER: {
        "sum": "sum",
        "increase": "sum",
        "rps": "rps",
        "rate": "rps",
        "cum_sum": "cum_sum",
        "count": "cum_sum",
        "cum_rps": "cum_rps",
        "cumrate": "cum_rps",
    },
    MetricType.GAUGE: {
        "last": "last",
        "value": "last",
        "max_last": "max_last",
        "min": "min",
        "max": "max",
        "avg": "mean",
        "mean": "mean",
        "count": "count",
    },
    MetricType.RATE: {
        "rate": "ratio",
        "ratio": "ratio",
        "count": "count",
        "cum_count": "cum_count",
        "rps": "rps",
        "passes": "passes",
        "nonzero_count": "passes",
        "fails": "fails",
        "zero_count": "fails",
    },
}

DEFAULT_METHODS = {
    MetricType.TREND: "mean",
    MetricType.COUNTER: "rps",
    MetricType.GAUGE: "last",
    MetricType.RATE: "rate",
}
"""What is meant when no method is named."""

_ALL_NAMES = {alias for aliases in _ALIASES.values() for alias in aliases}
_PERCENTILE = re.compile(r"p\(?(\d{1,3}(?:\.\d+)?)\)?|(\d{1,3}(?:\.\d+)?)-percentile")
_FRACTION = re.compile(r"0?\.\d+")


def allowed_methods(type: MetricType) -> list[str]:
    """The names that `type` knows, aliases included, for people to read."""
    names = list(_ALIASES[type])
    return [*names, "a quantile such as 0.95, p95 or p(95)"] if type is MetricType.TREND else names


def parse_method(text: str, type: MetricType) -> Method:
    """The aggregation that a client asks for, case-insensitively.

    Raises:
        UnknownMethod: no type of metric has it.
        UnfitMethod: another type has it; `errors` lists the allowed names.
    """
    name = text.strip().lower()
    share = _quantile(name)
    if share is None and name not in _ALL_NAMES:
        raise UnknownMethod(
            f"The aggregation method {text[:40]!r} does not exist.",
            errors=[f"Allowed for a {type.name.lower()}: {', '.join(allowed_methods(type))}."],
        )
    if share is not None and type is MetricType.TREND:
        return Method("quantile", share)
    canonical = _ALIASES[type].get(name)
    if canonical is None:
        raise UnfitMethod(
            f"The aggregation method {text[:40]!r} does not fit a {type.name.lower()} metric.",
            errors=[f"Allowed for a {type.name.lower()}: {', '.join(allowed_methods(type))}."],
        )
    return Method("quantile", 0.5) if canonical == "median" else Method(canonical)


def _quantile(name: str) -> float | None:
    if _FRACTION.fullmatch(name):
        share = float(name)
        return share if share > 0 else None
    found = _PERCENTILE.fullmatch(name)
    if found is None:
        return None
    percent = float(found.group(1) or found.group(2))
    return percent / 100 if percent <= 100 else None  # noqa: PLR2004
