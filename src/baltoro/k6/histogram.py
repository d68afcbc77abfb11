"""k6's histogram: which bucket a value falls into, what a bucket stands for, and the one rule for percentiles.

A value is scaled by the resolution (0.001) and rounded up to a unit. Up to 255 each unit has its own bucket; beyond,
128 buckets share each power of two, so a bucket is never wider than 1/128 of its values. Values below zero and beyond
2^63 units are counted apart ("low" and "high"); they take part in percentiles, standing at min and max.

Source: bucket layout and rank rule read from what k6 0.57, 1.1 and 2.2 send and print.
"""

from collections.abc import Mapping

import numpy as np

from baltoro.k6.columns import RESOLUTION, Floats, Ints
from baltoro.k6.errors import EmptyHistogram

MAX_INDEX = 7296
"""The bucket of 2^63 units, the highest there is."""
_FINE = 256
"""Below this many units, each has a bucket of its own."""
_BEYOND = 2.0**63


def bucket_index(units: int) -> int:
    """The bucket of a value >= 0 that was scaled and rounded up to whole units."""
    if units < _FINE:
        return units
    depth = (units >> 7).bit_length() - 1
    return (depth << 7) + (units >> depth)


def bucket_bounds(index: int) -> tuple[int, int]:
    """The lowest and the highest number of units that fall into a bucket. Its scaled values are in (low - 1, high]."""
    if index < _FINE:
        return index, index
    depth = (index >> 7) - 1
    low = index - (depth << 7) << depth
    return low, low + (1 << depth) - 1


def _all_edges() -> tuple[Floats, Floats]:
    bounds = [bucket_bounds(index) for index in range(MAX_INDEX + 1)]
    low = np.array([low - 1 for low, _ in bounds], np.float64) * RESOLUTION
    high = np.array([high for _, high in bounds], np.float64) * RESOLUTION
    low[0] = 0.0
    return low, high


_LOW, _HIGH = _all_edges()


def edges(indexes: Ints) -> tuple[Floats, Floats]:
    """Lower (exclusive) and upper (inclusive) edge of each bucket, in the metric's own unit. Bucket 0 is exactly 0."""
    return _LOW[indexes], _HIGH[indexes]


def bucket_indexes(units: Floats) -> Ints:
    """`bucket_index` of many values: whole units, 0 <= units <= 2^63, as floats (exact, being whole)."""
    # A number of n binary digits is 0.1… x 2^n: frexp gives n, and digits beyond the first eight are dropped.
    depth = np.maximum(np.frexp(units)[1] - 8, 0)
    index: Ints = (depth.astype(np.int64) << 7) + np.floor(np.ldexp(units, -depth)).astype(np.int64)
    return index


def scaled_up(samples: Floats) -> Floats:
    """Samples in whole units, rounded up, as k6 does before it looks for the bucket."""
    units: Floats = np.ceil(samples / RESOLUTION)
    return units


def histogram_of(samples: Floats) -> tuple[Ints, Ints, int, int]:
    """The histogram of some samples.

    Returns:
        Bucket indexes (ascending), samples in each, samples below zero, samples beyond the range.
    """
    units = scaled_up(samples)
    low, high = samples < 0, units > _BEYOND
    indexes, counts = np.unique(bucket_indexes(units[~(low | high)]), return_counts=True)
    return indexes, counts.astype(np.int64), int(low.sum()), int(high.sum())


def percentile(
    buckets: Mapping[int, int], share: float, *, min: float, max: float, low: int = 0, high: int = 0
) -> float:
    """The percentile as k6 itself prints it, within the precision of the buckets.

    Between two ranks k6 interpolates linearly; with few samples nearest rank would be far off its summary. This is the
    rule written out; `percentiles` gives the same for many histograms at once.

    Args:
        buckets: bucket index -> number of samples (>= 1), merged over any series and time.
        share: 0 <= share <= 1; 0.95 for p(95).
        min, max: the exact extremes of all samples.
        low, high: samples below zero and beyond the range.

    Returns:
        Within max(0.001, 1/128) of the exact figure where no sample is in `low` or `high`; never outside [min, max].

    Raises:
        EmptyHistogram: nothing was recorded. Callers show "no data", not 0.
    """
    count = low + high + sum(buckets.values())
    if not count:
        raise EmptyHistogram
    position = share * (count - 1)
    rank = int(position)
    before = _order_statistic(buckets, rank, count, min, max, low, high)
    after = _order_statistic(buckets, rank + 1, count, min, max, low, high)
    return _clipped(before + (after - before) * (position - rank), min, max)


def _clipped(value: float, lowest: float, highest: float) -> float:
    return max(lowest, min(value, highest))


def _order_statistic(
    buckets: Mapping[int, int], rank: int, count: int, lowest: float, highest: float, low: int, high: int
) -> float:
    """The value at a rank (0-based): exact at both ends, else spread evenly inside its bucket."""
    if rank == 0:
        return lowest
    if rank >= count - max(high, 1):
        return highest
    if rank < low:
        return lowest
    rank -= low
    for index in sorted(buckets):
        here = buckets[index]
        if rank < here:
            lower, upper = (_clipped(float(edge[index]), lowest, highest) for edge in (_LOW, _HIGH))
            return lower + (upper - lower) * (rank + 1) / (here + 1)
        rank -= here
    raise ValueError("The histogram holds fewer samples than it says.")


def percentiles(
    hist_length: Ints,
    hist_index: Ints,
    hist_count: Ints,
    low: Ints,
    high: Ints,
    count: Ints,
    min: Floats,
    max: Floats,
    q: float,
) -> Floats:
    """One percentile of many histograms, by the rule of `percentile`.

    Args:
        hist_length: how many buckets each row has.
        hist_index, hist_count: all rows' buckets one row after another, merged and ascending within a row.
        low, high, count, min, max: per row; `count` includes `low` and `high`.
        q: 0 <= q <= 1.

    Returns:
        A figure per row; NaN where nothing was recorded.
    """
    rows = len(count)
    cumulated = np.cumsum(hist_count)
    ends = np.cumsum(hist_length)
    starts = ends - hist_length
    seen = np.concatenate([np.zeros(1, np.int64), cumulated])[starts]  # samples of the rows before
    position = q * (count - 1)
    rank = np.floor(position).astype(np.int64)

    def statistic(ranks: Ints) -> Floats:
        value = min.astype(np.float64)
        top = (ranks >= count - np.maximum(high, 1)) & (ranks > 0)
        value[top] = max[top]
        inside = np.flatnonzero((ranks > 0) & (ranks >= low) & ~top & (hist_length > 0))
        wanted = seen[inside] + ranks[inside] - low[inside]
        at = np.minimum(np.searchsorted(cumulated, wanted, side="right"), ends[inside] - 1)
        here = hist_count[at]
        nth = wanted - (cumulated[at] - here)
        lower, upper = (np.clip(edge[hist_index[at]], min[inside], max[inside]) for edge in (_LOW, _HIGH))
        value[inside] = lower + (upper - lower) * (nth + 1) / (here + 1)
        return value

    before = statistic(rank)
    after = statistic(np.minimum(rank + 1, count - 1))
    result: Floats = np.clip(before + (after - before) * (position - rank), min, max)
    result[count == 0] = np.nan
    return result if rows else np.zeros(0, np.float64)
