"""Adding up columns. Every way of cutting samples into pushes, blocks and processes gives the same figures.

Merging is associative and commutative: counts, sums and histogram buckets add up, min and max are kept. A gauge's `last`
is that of the latest bucket; of two values for the same series and bucket the larger one stands, since nothing says which
came later and the result must not depend on the order of arrival.
"""

from typing import Any

import numpy as np

from baltoro.k6.columns import Columns, Floats, Ints

_DENSE_CELLS = 4_000_000
_INT_COLUMNS = ("time", "count", "low", "high", "hist_length", "hist_index", "hist_count")


def narrow(columns: Columns) -> Columns:
    """The same rows in the smallest signed integer types that hold them: about a quarter of the memory.

    Signed types only: NumPy turns a mix of uint64 and int64 into floats.
    """
    changed = {name: _narrowed(getattr(columns, name)) for name in _INT_COLUMNS}
    return Columns(
        columns.series, changed["time"], changed["count"], columns.sum, columns.min, columns.max, columns.last,
        changed["low"], changed["high"], changed["hist_length"], changed["hist_index"], changed["hist_count"],
    )  # fmt: skip


def _narrowed(values: Ints) -> Any:
    if not len(values):
        return values.astype(np.int8)
    low, high = int(values.min()), int(values.max())
    for kind in (np.int8, np.int16, np.int32):
        info = np.iinfo(kind)
        if info.min <= low and high <= info.max:
            return values.astype(kind)
    return values.astype(np.int64)


def size_of(columns: Columns) -> int:
    """Bytes of memory."""
    return sum(int(getattr(columns, name).nbytes) for name in Columns.__slots__)


def row_slice(columns: Columns, start: int, stop: int, hist_start: int, hist_stop: int) -> Columns:
    """Rows `start:stop` as views; their histogram entries are `hist_start:hist_stop`."""
    names = Columns.__slots__
    rows: dict[str, Any] = {name: getattr(columns, name)[start:stop] for name in names[:10]}
    entries = slice(hist_start, hist_stop)
    return Columns(**rows, hist_index=columns.hist_index[entries], hist_count=columns.hist_count[entries])


def merge(columns: Columns) -> Columns:
    """One row per (series, bucket), sorted by series, then time."""
    if not len(columns):
        return columns
    order = np.lexsort((columns.time, columns.series))
    series, time = columns.series[order], columns.time[order]
    first = np.ones(len(order), bool)
    first[1:] = (series[1:] != series[:-1]) | (time[1:] != time[:-1])
    if first.all():
        return columns.take(order)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(first) - 1
    return _combine(columns, group, series[first], time[first].astype(np.int64))


def total(columns: Columns) -> Columns:
    """The whole-run aggregate: one row per series. Its `time` is that of the series' latest bucket (for `last`)."""
    keys, group = np.unique(columns.series, return_inverse=True)
    latest = np.full(len(keys), np.iinfo(np.int64).min)
    np.maximum.at(latest, group, columns.time)
    return _combine(columns, group, keys, latest)


def roll_up(columns: Columns, origin: int, width: int) -> Columns:
    """One row per series and `width` seconds counted from `origin`. Not for gauges, whose `last` needs every bucket."""
    start = origin + (columns.time.astype(np.int64) - origin) // width * width
    rolled = Columns(columns.series, start, *(getattr(columns, name) for name in Columns.__slots__[2:]))
    return merge(rolled)


def _combine(columns: Columns, group: Ints, series: Ints, time: Ints) -> Columns:
    """Add up the rows of equal `group`; `series` and `time` name the groups."""
    groups = len(series)
    length, index, count = add_histograms(columns, group, groups)
    return Columns(
        series,
        time,
        add_ints(columns.count, group, groups),
        np.bincount(group, columns.sum, groups).astype(np.float64, copy=False),
        least(columns.min, group, groups),
        greatest(columns.max, group, groups),
        _latest(columns, group, time),
        add_ints(columns.low, group, groups),
        add_ints(columns.high, group, groups),
        length,
        index,
        count,
    )


def add_ints(values: Ints, group: Ints, groups: int) -> Ints:
    """Sum per group, exact up to 2^63."""
    result = np.zeros(groups, np.int64)
    np.add.at(result, group, values)
    return result


def least(values: Floats, group: Ints, groups: int) -> Floats:
    """Minimum per group; +inf for groups without rows."""
    result = np.full(groups, np.inf)
    np.minimum.at(result, group, values)
    return result


def greatest(values: Floats, group: Ints, groups: int) -> Floats:
    """Maximum per group; -inf for groups without rows."""
    result = np.full(groups, -np.inf)
    np.maximum.at(result, group, values)
    return result


def _latest(columns: Columns, group: Ints, time: Ints) -> Floats:
    if not columns.last.any():
        return np.zeros(len(time))
    at_latest = columns.time == time[group]
    # Totals and merged rows carry the group's own latest time; roll-ups are not built for gauges.
    return greatest(columns.last[at_latest], group[at_latest], len(time))


def add_histograms(columns: Columns, group: Ints, groups: int) -> tuple[Ints, Ints, Ints]:
    """The histograms of each group's rows, added bucket by bucket.

    Args:
        columns: rows with histograms.
        group: group of each row, 0 <= group < groups; rows with -1 are left out.
        groups: how many.

    Returns:
        Entries per group, then bucket indexes (ascending within a group) and counts, all groups one after another.
    """
    if not len(columns.hist_index):
        empty = np.zeros(0, np.int64)
        return np.zeros(groups, np.int64), empty, empty
    used, slot_of = used_buckets([columns])
    if groups * len(used) <= max(_DENSE_CELLS, 2 * len(columns.hist_index)):
        dense = np.zeros(groups * len(used))
        add_dense(dense, columns, group, slot_of, len(used))
        return sparse(dense.reshape(groups, len(used)), used)
    entry_group = np.repeat(group.astype(np.int64), columns.hist_length)
    key = entry_group * len(used) + slot_of[columns.hist_index]
    keep = entry_group >= 0
    keys, inverse = np.unique(key[keep], return_inverse=True)
    counts = add_ints(columns.hist_count[keep], inverse, len(keys))
    return np.bincount(keys // len(used), minlength=groups), used[keys % len(used)], counts


def used_buckets(parts: list[Columns]) -> tuple[Ints, Ints]:
    """The histogram buckets that occur, ascending, and a table from bucket index to place in that list."""
    occurs = np.zeros(8192, bool)
    for part in parts:
        occurs[part.hist_index] = True
    used = np.flatnonzero(occurs)
    slot_of = np.zeros(8192, np.int64)
    slot_of[used] = np.arange(len(used))
    return used, slot_of


def add_dense(dense: Floats, columns: Columns, group: Ints, slot_of: Ints, width: int) -> None:
    """Add the rows' histograms to `dense`, a flat (groups x width) table, skipping rows of group -1."""
    if not len(columns.hist_index):
        return
    # Skipped rows land in one further cell. Counts are exact in doubles up to 2^53.
    outside = len(dense)
    base = np.where(group >= 0, group.astype(np.int64) * width, -1)
    key = np.repeat(base, columns.hist_length)
    if (base < 0).any():
        key = np.where(key < 0, outside, key + slot_of[columns.hist_index])
    else:
        key += slot_of[columns.hist_index]
    dense += np.bincount(key, columns.hist_count, outside + 1)[:outside]


def sparse(dense: Floats, used: Ints) -> tuple[Ints, Ints, Ints]:
    """Histograms of a (groups x buckets) table as entries per group, bucket indexes and counts."""
    group, slot = np.nonzero(dense)
    counts = dense[group, slot].astype(np.int64)
    return np.bincount(group, minlength=len(dense)), used[slot], counts
