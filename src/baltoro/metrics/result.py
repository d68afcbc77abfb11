"""An answer: aggregates per group and step, from which any method's values follow."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baltoro.k6.columns import RESOLUTION, Floats, Ints, MetricType
from baltoro.k6.histogram import edges, percentiles
from baltoro.metrics.methods import Method, parse_method


@dataclass(frozen=True, slots=True)
class Histograms:
    """Merged histograms, cell by cell (group-major)."""

    length: Ints
    index: Ints
    count: Ints


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What `MetricStore.query` found. Tables have one row per group and one column per time.

    Attributes:
        type: of the metric; None if it received nothing (then there are no groups either).
        groups: tag values in the order of `Query.group_by`; `[()]` without one. Empty if no series matched.
        times: start of each step, seconds since the epoch; evenly spaced, from the first to the last that has data.
        seconds: length of a step, for per-second values. For a query without step: of the whole range.
        origin: the run's first bucket.
        present: whether the cell has any sample.
        count, sum, min, max, low, high: as in `baltoro.k6.columns`, added up.
        last: gauges: sum over series of each one's last value.
        max_last: gauges: the highest such sum among the buckets of a step.
        earlier_sum, earlier_count: counters and rates, per group: what lies before the first column.
        histograms: trends, unless the query left them out.
    """

    type: MetricType | None
    groups: list[tuple[str, ...]]
    times: Ints
    seconds: float
    origin: int
    present: Ints
    count: Ints
    sum: Floats
    min: Floats
    max: Floats
    low: Ints
    high: Ints
    last: Floats
    max_last: Floats
    earlier_sum: Floats
    earlier_count: Ints
    histograms: Histograms | None

    def values(self, method: str) -> Floats:
        """One value per group and time; NaN where there is no data.

        Args:
            method: a name of rest-api 7.3 that fits the metric's type, an alias, or a quantile.

        Raises:
            UnknownMethod, UnfitMethod: see `parse_method`.
            ValueError: a quantile or `stdev` of a query that was made without histograms.
        """
        if self.type is None:
            return np.zeros((0, 0))
        return self.values_of(parse_method(method, self.type))

    def values_of(self, method: Method) -> Floats:
        """As `values`, for a parsed method."""
        if self.type is MetricType.COUNTER:
            return self._counter(method)
        if self.type is MetricType.RATE:
            return self._rate(method)
        if self.type is MetricType.GAUGE:
            return self._gauge(method)
        return self._trend(method)

    def _where_present(self, values: Floats) -> Floats:
        return np.where(self.present, values, np.nan)

    def _between_first_and_last(self) -> NDArray[np.bool_]:
        seen = np.logical_or.accumulate(self.present, axis=1)
        follows = np.logical_or.accumulate(self.present[:, ::-1], axis=1)[:, ::-1]
        between: NDArray[np.bool_] = seen & follows
        return between

    def _elapsed(self) -> Floats:
        """Seconds from the run's start to each column's end."""
        elapsed: Floats = np.maximum(self.times - self.origin + self.seconds, 1.0)
        return elapsed

    def _counter(self, method: Method) -> Floats:
        if method.name.startswith("cum_"):
            running = self.earlier_sum[:, None] + np.cumsum(self.sum, axis=1)
            values = running / self._elapsed() if method.name == "cum_rps" else running
        else:
            values = self.sum / self.seconds if method.name == "rps" else self.sum
        # A counter that was not touched for a moment stood at 0; before its first and after its last bucket nothing is known.
        return np.where(self._between_first_and_last(), values, np.nan)

    def _rate(self, method: Method) -> Floats:
        if method.name == "cum_count":
            running = self.earlier_count[:, None] + np.cumsum(self.count, axis=1)
            return np.where(self._between_first_and_last(), running, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            figures: dict[str, Callable[[], Floats]] = {
                "ratio": lambda: self.sum / self.count,
                "count": lambda: self.count.astype(np.float64),
                "rps": lambda: self.count / self.seconds,
                "passes": lambda: self.sum,
                "fails": lambda: self.count - self.sum,
            }
            values = figures[method.name]()
        return self._where_present(values)

    def _gauge(self, method: Method) -> Floats:
        if method.name == "last":
            return self.last
        if method.name == "max_last":
            return self.max_last
        return self._common(method)

    def _trend(self, method: Method) -> Floats:
        if method.name == "quantile":
            return self._quantile(method.share)
        if method.name == "stdev":
            return self._deviation()
        if method.name == "rps":
            return self._where_present(self.count / self.seconds)
        if method.name == "sum":
            return self._where_present(self.sum)
        return self._common(method)

    def _common(self, method: Method) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            figures: dict[str, Callable[[], Floats]] = {
                "mean": lambda: self.sum / self.count,
                "min": lambda: self.min,
                "max": lambda: self.max,
                "count": lambda: self.count.astype(np.float64),
            }
            values = figures[method.name]()
        return self._where_present(values)

    def _needed(self) -> Histograms:
        if self.histograms is None:
            raise ValueError("the query was made without histograms")
        return self.histograms

    def _quantile(self, share: float) -> Floats:
        merged = self._needed()
        cells = np.flatnonzero(self.count > 0)
        result = np.full(self.count.size, np.nan)
        result[cells] = percentiles(
            merged.length[cells],
            merged.index,
            merged.count,
            self.low.ravel()[cells],
            self.high.ravel()[cells],
            self.count.ravel()[cells],
            self.min.ravel()[cells],
            self.max.ravel()[cells],
            share,
        )
        return result.reshape(self.count.shape)

    def _deviation(self) -> Floats:
        """Standard deviation (of the whole, not of a sample) with each bucket's samples at its middle."""
        merged = self._needed()
        size = self.count.size
        least, most = self.min.ravel(), self.max.ravel()
        cell = np.repeat(np.arange(size), merged.length)
        lower, upper = edges(merged.index)
        # Clipped to what occurred, so that equal samples deviate by nothing.
        middle = (np.clip(lower, least[cell], most[cell]) + np.clip(upper, least[cell], most[cell])) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.sum.ravel() / self.count.ravel()
            squares = np.bincount(cell, merged.count * (middle - mean[cell]) ** 2, size)
            for extras, place in ((self.low.ravel(), least), (self.high.ravel(), most)):
                squares += np.where(extras > 0, extras * (place - mean) ** 2, 0.0)
            deviation = np.sqrt(squares / self.count.ravel())
        # Means of equal samples may be off by rounding; what is far below the resolution is nothing.
        deviation[deviation < RESOLUTION * 1e-6] = 0.0
        return self._where_present(deviation.reshape(self.count.shape))
