"""From rows to an answer: the one place where measurements are aggregated. Pure, and slow enough to belong in a thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from baltoro.k6.columns import Columns, Floats, Ints, MetricType
from baltoro.metrics.gauges import last_values
from baltoro.metrics.merge import add_dense, add_ints, greatest, least, merge, sparse, used_buckets
from baltoro.metrics.model import Query, TooMuchAsked
from baltoro.metrics.registry import Selection
from baltoro.metrics.result import Histograms, QueryResult

_MOST_CELLS = 5_000_000
_DENSE_CELLS = 4_000_000
_BATCH_ENTRIES = 400_000


@dataclass(frozen=True, slots=True)
class Question:
    """A query with what the run adds to it.

    Attributes:
        origin: the run's first bucket.
        until: end of the run's last bucket.
    """

    query: Query
    type: MetricType
    selection: Selection
    origin: int
    until: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that count: their group, and their step since the origin."""

    columns: Columns
    group: Ints
    column: Ints
    early: Ints


def answer(question: Question, parts: list[Columns]) -> QueryResult:
    """Aggregate.

    Args:
        question: what is asked.
        parts: rows of the metric, which may be outside of the range and of other series; a sample must not be in two of them.

    Raises:
        TooMuchAsked: more than five million cells.
    """
    chosen = [_choose(question, part) for part in _batches(parts)]
    groups = len(question.selection.groups)
    first, width = _columns(question, chosen)
    if groups * width > _MOST_CELLS:
        raise TooMuchAsked(
            "That is too many points at once. Ask for a longer interval, a shorter range or fewer groups."
        )
    cells = groups * width
    shape = (groups, width)
    rows, cell = _rows_and_cells(chosen, first, width)
    merged_rows = _Rows.of(rows)
    early_sum, early_count = _earlier(chosen, groups)
    count = add_ints(merged_rows.count, cell, cells).reshape(shape)
    nothing = np.full(shape, np.nan)
    last, max_last = (
        _last(question, chosen, first, width) if question.type is MetricType.GAUGE else (nothing, nothing)
    )  # fmt: skip
    with_histograms = question.type is MetricType.TREND and question.query.histograms
    return QueryResult(
        type=question.type,
        groups=question.selection.groups,
        times=question.origin + (first + np.arange(width)) * (question.query.step or 0),
        seconds=float(question.query.step or _whole_range(question)),
        origin=question.origin,
        present=(np.bincount(cell, minlength=cells) > 0).reshape(shape),  # type: ignore[arg-type]
        count=count,
        sum=np.bincount(cell, merged_rows.sum, cells).reshape(shape).astype(np.float64, copy=False),
        min=least(merged_rows.min, cell, cells).reshape(shape),
        max=greatest(merged_rows.max, cell, cells).reshape(shape),
        low=add_ints(merged_rows.low, cell, cells).reshape(shape),
        high=add_ints(merged_rows.high, cell, cells).reshape(shape),
        last=last,
        max_last=max_last,
        earlier_sum=early_sum,
        earlier_count=early_count,
        histograms=_histograms(chosen, first, width, cells) if with_histograms else None,
    )


def no_answer(query: Query) -> QueryResult:
    """The answer for a metric that received nothing."""
    ints, floats, table = np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 0))
    whole = np.zeros((0, 0), np.int64)
    return QueryResult(
        None, [], ints, float(query.step or 1), 0, whole, whole, table, table, table, whole, whole, table, table,
        floats, ints, Histograms(ints, ints, ints),
    )  # fmt: skip


def _batches(parts: list[Columns]) -> list[Columns]:
    """Few larger parts instead of many small ones: each has a price of its own."""
    batches: list[Columns] = []
    waiting: list[Columns] = []
    entries = 0
    for part in parts:
        waiting.append(part)
        entries += len(part) + len(part.hist_index)
        if entries >= _BATCH_ENTRIES:
            batches.append(Columns.concatenate(waiting))
            waiting, entries = [], 0
    return [*batches, Columns.concatenate(waiting)] if waiting else batches


def _choose(question: Question, part: Columns) -> _Part:
    query = question.query
    group = question.selection.group_of(part.series)
    time = part.time.astype(np.int64)
    keep = group >= 0
    if query.end is not None:
        keep &= time < query.end
    if query.start is not None and question.type is MetricType.TREND:
        keep &= time >= query.start
    if not keep.all():
        rows = np.flatnonzero(keep)
        part, group, time = part.take(rows), group[rows], time[rows]
    early = time < query.start if query.start is not None else np.zeros(len(time), bool)
    column = np.zeros(len(time), np.int64) if query.step is None else (time - question.origin) // query.step
    return _Part(part, group, column, early)  # type: ignore[arg-type]


def _columns(question: Question, chosen: list[_Part]) -> tuple[int, int]:
    """First step that has data, and how many from there to the last one."""
    if question.query.step is None:
        return 0, 1
    seen = [part.column[~part.early] for part in chosen]
    seen = [columns for columns in seen if len(columns)]
    if not seen:
        return 0, 0
    first = min(int(columns.min()) for columns in seen)
    return first, max(int(columns.max()) for columns in seen) - first + 1


@dataclass(frozen=True, slots=True)
class _Rows:
    """The row columns that add up, without histograms."""

    count: Ints
    sum: Floats
    min: Floats
    max: Floats
    low: Ints
    high: Ints

    @classmethod
    def of(cls, rows: list[tuple[Columns, Ints]]) -> "_Rows":
        def joined(name: str, kind: type) -> Any:
            return np.concatenate([np.zeros(0, kind), *(getattr(columns, name)[which] for columns, which in rows)])

        return cls(
            joined("count", np.int64), joined("sum", np.float64), joined("min", np.float64), joined("max", np.float64),
            joined("low", np.int64), joined("high", np.int64),
        )  # fmt: skip


def _rows_and_cells(chosen: list[_Part], first: int, width: int) -> tuple[list[tuple[Columns, Ints]], Ints]:
    rows = [(part.columns, np.flatnonzero(~part.early)) for part in chosen]
    cell = [
        part.group[which] * width + part.column[which] - first for part, (_, which) in zip(chosen, rows, strict=True)
    ]
    return rows, np.concatenate([np.zeros(0, np.int64), *cell])


def _earlier(chosen: list[_Part], groups: int) -> tuple[Floats, Ints]:
    sums, counts = np.zeros(groups), np.zeros(groups, np.int64)
    for part in chosen:
        if part.early.any():
            sums += np.bincount(part.group[part.early], part.columns.sum[part.early], groups)
            counts += add_ints(part.columns.count[part.early], part.group[part.early], groups)
    return sums, counts


def _histograms(chosen: list[_Part], first: int, width: int, cells: int) -> Histograms:
    used, slot_of = used_buckets([part.columns for part in chosen])
    per_slice = max(1, _DENSE_CELLS // max(1, len(used)))
    lengths, indexes, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    places = [part.group * width + part.column - first for part in chosen]
    for start in range(0, cells, per_slice):
        rows = min(per_slice, cells - start)
        dense = np.zeros(rows * len(used))
        for part, place in zip(chosen, places, strict=True):
            columns, own = part.columns, place - start
            if rows < cells:
                inside = np.flatnonzero((own >= 0) & (own < rows))
                columns, own = columns.take(inside), own[inside]
            add_dense(dense, columns, own, slot_of, len(used))
        length, index, count = sparse(dense.reshape(rows, len(used)), used)
        lengths.append(length)
        indexes.append(index)
        counts.append(count)
    return Histograms(np.concatenate(lengths), np.concatenate(indexes), np.concatenate(counts))


def _last(question: Question, chosen: list[_Part], first: int, width: int) -> tuple[Floats, Floats]:
    """A gauge's last values, and the highest of them among the native buckets of each step."""
    groups = len(question.selection.groups)
    rows = merge(Columns.concatenate([part.columns for part in chosen]))
    if not len(rows) or not width:
        empty = np.full((groups, width), np.nan)
        return empty, empty
    query = question.query
    group = question.selection.group_of(rows.series)
    time = rows.time.astype(np.int64)
    early = time < query.start if query.start is not None else np.zeros(len(time), bool)
    column = np.zeros(len(time), np.int64) if query.step is None else (time - question.origin) // query.step - first
    last = last_values(rows, group, groups, np.where(early, -1, column), width)
    native = np.unique(time[~early])
    if len(native) * groups > _MOST_CELLS:
        raise TooMuchAsked("That is too many points at once. Ask for a shorter range or fewer groups.")
    place = np.where(early, -1, np.searchsorted(native, time))
    each = last_values(rows, group, groups, place, len(native))
    step = (native - question.origin) // query.step - first if query.step is not None else np.zeros(len(native), int)
    highest = np.full((groups, width), -np.inf)
    np.maximum.at(highest.T, step, np.where(np.isnan(each), -np.inf, each).T)
    # A step without any bucket of its own stands at what was carried into it.
    return last, np.where(np.isneginf(highest), last, highest)


def _whole_range(question: Question) -> int:
    query = question.query
    start = question.origin if query.start is None else max(query.start, question.origin)
    until = question.until if query.end is None else min(query.end, question.until)
    return max(1, until - start)
