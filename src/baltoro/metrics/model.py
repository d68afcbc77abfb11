"""What one asks of measurements, and what can be wrong with the question."""

import msgspec

from baltoro.foundation.errors import ErrorKind, Invalid, LimitReached, Unavailable
from baltoro.k6.columns import MetricType


class TagFilter(msgspec.Struct, frozen=True):
    """Keep the series whose tag is one of `values` (or, negated, none of them). A missing tag counts as empty."""

    tag: str
    values: tuple[str, ...]
    negate: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A question about one metric of one run.

    Times are seconds since the epoch, `[start, end)`. Steps are aligned to the run's first bucket, so the first step of a
    query with a `start` may begin before it; samples before `start` are not in it all the same.

    Attributes:
        metric: its name.
        where: filters, all of which must hold.
        group_by: one result per combination of these tags' values; empty: one result over everything.
        by_series: one result per series; its group is `(str(series key),)`. Excludes `group_by`.
        step: seconds per point; None: one point over the whole range.
        start, end: the range; None: the whole run.
        histograms: trends only: whether quantiles and `stdev` will be asked of the result. Without them it is cheaper.
    """

    metric: str
    where: tuple[TagFilter, ...] = ()
    group_by: tuple[str, ...] = ()
    by_series: bool = False
    step: int | None = None
    start: int | None = None
    end: int | None = None
    histograms: bool = True


class MetricInfo(msgspec.Struct, frozen=True):
    """A metric that received data in a run."""

    name: str
    type: MetricType


class UnknownMethod(Invalid):
    """No aggregation has this name."""

    detail_code = 240


class UnfitMethod(Invalid):
    """The aggregation exists, but not for this type of metric. `errors` lists what does."""

    detail_code = 241


class TooMuchAsked(Invalid):
    """The answer would have too many points to be built in memory."""


class SeriesLimitReached(LimitReached):
    """A run has more time series than allowed. The door ends the run."""

    kind = ErrorKind.LIMIT_REACHED


class DamagedBlock(Unavailable):
    """Stored measurements do not match their checksum. Reported, never left out silently."""
