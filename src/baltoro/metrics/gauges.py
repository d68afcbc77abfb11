"""The last value of gauges, over several series and with gaps.

Each series stands for an instance (one k6 process). Between its first and its last bucket an instance that says nothing
keeps its value; before and after, it does not exist. What is shown is the sum over instances.
"""

import numpy as np

from baltoro.k6.columns import Columns, Floats, Ints

_CELLS = 2_000_000


def last_values(columns: Columns, group: Ints, groups: int, column: Ints, columns_wanted: int) -> Floats:
    """Sum over series of each one's last value, per group and column, carried forward within the series' life.

    Args:
        columns: merged rows (sorted by series, then time).
        group: group of each row.
        groups: how many groups.
        column: table column of each row, ascending within a series; beyond the table on either side: only carried.
        columns_wanted: how many columns the table has.

    Returns:
        Groups x columns; NaN where no series lives.
    """
    width = columns_wanted + 2  # the first and the last collect what is before and after the table
    place = np.clip(column, -1, columns_wanted) + 1
    starts = (
        np.flatnonzero(np.r_[True, columns.series[1:] != columns.series[:-1]]) if len(columns) else np.zeros(0, int)
    )
    ends = np.r_[starts[1:], len(columns)]
    sums = np.zeros((groups, width))
    living = np.zeros((groups, width), bool)
    per_slice = max(1, _CELLS // width)
    for first in range(0, len(starts), per_slice):
        chosen = slice(first, min(first + per_slice, len(starts)))
        begin, end = starts[chosen][0], ends[chosen][-1]
        lengths = ends[chosen] - starts[chosen]
        rows = len(lengths)
        own = np.repeat(np.arange(rows), lengths)
        table = np.zeros((rows, width))
        known = np.zeros((rows, width), np.int64)
        # Rows are in order of time, and of several assignments to one cell the last one stands.
        table[own, place[begin:end]] = columns.last[begin:end]
        known[own, place[begin:end]] = place[begin:end]
        first_place, last_place = place[starts[chosen]], place[ends[chosen] - 1]
        latest = np.maximum.accumulate(known, axis=1)
        everywhere = np.arange(width)
        alive = (everywhere >= first_place[:, None]) & (everywhere <= last_place[:, None])
        carried = np.where(alive, np.take_along_axis(table, latest, axis=1), 0.0)
        owner = group[starts[chosen]]
        np.add.at(sums, owner, carried)
        np.logical_or.at(living, owner, alive)
    return np.where(living, sums, np.nan)[:, 1:-1]
