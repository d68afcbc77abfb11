"""From a push of protocol version 2 as read from the wire to checked columns."""

import numpy as np

from baltoro.k6.columns import RESOLUTION, Columns, Floats, Ints
from baltoro.k6.errors import BadPush
from baltoro.k6.histogram import MAX_INDEX, bucket_indexes, edges, scaled_up
from baltoro.k6.varints import row_sums
from baltoro.k6.wire import WireGauges, WireSamples, WireTrends

EARLIEST = 946_684_800
"""2000-01-01. Older times come from a clock that was never set; they would make a run appear decades long."""
LATEST = 4_102_444_800
"""2100-01-01."""
_BEYOND = 2.0**63
_MAX_RESOLUTION = 1e9


def to_columns(wire: WireSamples, keys: Ints, period: int) -> Columns:
    """Checks a push and expands it.

    Args:
        wire: the push.
        keys: key of each of its series.
        period: width of its buckets in seconds; times are cut down to a multiple of it.

    Raises:
        BadPush: it contradicts itself, or holds a time or a number that cannot be.
    """
    counters, gauges, rates, trends = wire.counters, wire.gauges, wire.rates, wire.trends
    time = np.concatenate([counters.time, gauges.time, rates.time, trends.time])
    check_times(time)
    if (rates.nonzero > rates.total).any():
        raise BadPush("The push contradicts itself: a rate with more non-zero samples than samples.")
    low, high = _gauge_bounds(gauges)
    lengths, indexes, counts, extra_low, extra_high = _histograms(trends)
    no_ints, no_floats = _zeros(wire)
    columns = Columns(
        series=keys[np.concatenate([counters.series, gauges.series, rates.series, trends.series])],
        time=time - time % period,
        count=np.concatenate([no_ints[0], gauges.count, rates.total, trends.count]),
        sum=np.concatenate([counters.value, gauges.avg * gauges.count, rates.nonzero, trends.sum]),
        min=np.concatenate([no_floats[0], low, no_floats[2], trends.min]),
        max=np.concatenate([no_floats[0], high, no_floats[2], trends.max]),
        last=np.concatenate([no_floats[0], gauges.last, no_floats[2], no_floats[3]]),
        low=np.concatenate([*no_ints[:3], extra_low]),
        high=np.concatenate([*no_ints[:3], extra_high]),
        hist_length=np.concatenate([*no_ints[:3], lengths]),
        hist_index=indexes,
        hist_count=counts,
    )
    for numbers in (columns.sum, columns.min, columns.max, columns.last):
        if not np.isfinite(numbers).all():
            raise BadPush("The push holds a number that is not finite.")
    return columns


def check_times(time: Ints) -> None:
    """Refuses seconds since the epoch outside of 2000 … 2100.

    Raises:
        BadPush: there are some.
    """
    if len(time) and (time.min() < EARLIEST or time.max() >= LATEST):
        raise BadPush("The push holds a time before 2000 or after 2100. Check the clock of the machine that runs k6.")


def _zeros(wire: WireSamples) -> tuple[list[Ints], list[Floats]]:
    sizes = [len(kind.series) for kind in (wire.counters, wire.gauges, wire.rates, wire.trends)]
    return [np.zeros(size, np.int64) for size in sizes], [np.zeros(size, np.float64) for size in sizes]


def _gauge_bounds(gauges: WireGauges) -> tuple[Floats, Floats]:
    """Smallest and largest value of each bucket of a gauge.

    k6 0.45 … 1.7 sends the two swapped; and when all values are negative, it sends the larger one as 0 (values -4, -2:
    `min` absent, `max` -4). That case shows by its order: a 0 in `min` above a negative `max`. Then, unless the last
    value or the mean speak for a value >= 0, the larger of these two is the best known bound. It is exact for one
    value, and whenever the last one is the largest.
    """
    if (gauges.count == 0).any():
        raise BadPush("The push contradicts itself: a gauge without samples.")
    low, high = np.minimum(gauges.min, gauges.max), np.maximum(gauges.min, gauges.max)
    known = np.maximum(gauges.last, gauges.avg)
    unknown = (gauges.min == 0) & (gauges.max < 0) & (known < 0)
    return low, np.where(unknown, np.maximum(known, low), high)


def _histograms(trends: WireTrends) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Buckets per row, their indexes and counts, and the samples of each row outside the range."""
    span_sums = row_sums(trends.span_length, trends.n_spans)
    if (span_sums != trends.n_counters).any():
        raise BadPush("The push contradicts itself: a histogram whose spans and counters differ in number.")
    if (trends.count == 0).any():
        raise BadPush("The push contradicts itself: a trend without samples.")
    if (trends.min > trends.max).any():
        raise BadPush("The push contradicts itself: a trend whose min is above its max.")
    if (row_sums(trends.counters, trends.n_counters) + trends.low + trends.high != trends.count).any():
        raise BadPush("The push contradicts itself: a histogram whose counters do not add up to its count.")
    # A span starts where the gaps and lengths of its row before it lead; the row's start is subtracted again.
    offsets, lengths = np.cumsum(trends.span_offset), np.cumsum(trends.span_length)
    span_ends = np.cumsum(trends.n_spans)
    passed = np.concatenate([np.zeros(1, np.int64), offsets + lengths])
    row_starts = passed[span_ends - trends.n_spans]
    if len(row_starts) and (passed[span_ends] - row_starts).max() - 1 > MAX_INDEX:
        raise BadPush("The push holds a histogram bucket that does not exist.")
    # `offsets` alone is enough for the first index of a span relative to the position of its first counter.
    shift = offsets - np.repeat(row_starts, trends.n_spans)
    indexes = np.repeat(shift, trends.span_length) + np.arange(len(trends.counters))
    resolution = np.where(trends.resolution == 0, 1.0, trends.resolution)  # as k6 means an absent one
    if (resolution == RESOLUTION).all():
        return trends.n_counters, indexes, trends.counters, trends.low, trends.high
    if not ((resolution >= 1 / _MAX_RESOLUTION) & (resolution <= _MAX_RESOLUTION)).all():
        raise BadPush("The push holds a histogram with an impossible resolution.")
    return _rescaled(trends, indexes, resolution)


def _rescaled(trends: WireTrends, indexes: Ints, resolution: Floats) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Histograms of another resolution, their buckets moved to where their middles belong."""
    rows = np.repeat(np.arange(len(resolution)), trends.n_counters)
    lower, upper = edges(indexes)
    units = scaled_up((lower + upper) / 2 / RESOLUTION * resolution[rows])
    beyond = units > _BEYOND
    high = trends.high + np.bincount(rows, np.where(beyond, trends.counters, 0), len(resolution)).astype(np.int64)
    rows, units, counts = rows[~beyond], units[~beyond], trends.counters[~beyond]
    # Two narrow buckets may fall into one: merge them. Order within a row stays, as the scale is monotonous.
    places = rows * (MAX_INDEX + 1) + bucket_indexes(units)
    places, where = np.unique(places, return_inverse=True)
    merged = np.zeros(len(places), np.int64)
    np.add.at(merged, where, counts)
    lengths = np.bincount(places // (MAX_INDEX + 1), minlength=len(resolution)).astype(np.int64)
    return lengths, places % (MAX_INDEX + 1), merged, trends.low, high
