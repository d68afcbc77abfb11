"""The series of one run, and which of them a question means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from baltoro.k6.columns import Ints, MetricType, Series
from baltoro.metrics.model import MetricInfo, Query


@dataclass(frozen=True, slots=True)
class Selection:
    """The series that a query means.

    Attributes:
        keys: their keys, ascending.
        group: group number of each.
        groups: tag values of each group, in the order of `group_by`, sorted.
    """

    keys: Ints
    group: Ints
    groups: list[tuple[str, ...]]

    def group_of(self, series: Ints) -> Ints:
        """Group number of each row's series; -1 for series that are not meant."""
        if not len(self.keys):
            return np.full(len(series), -1)
        place = np.searchsorted(self.keys, series)
        place[place == len(self.keys)] = 0
        return np.where(self.keys[place] == series, self.group[place], -1)


class Registry:
    """All series of a run that this process has heard of. Grows only."""

    def __init__(self) -> None:
        self._series: dict[int, Series] = {}
        self._by_metric: dict[str, list[Series]] = {}
        self._types: dict[str, MetricType] = {}
        self._metric_number: dict[str, int] = {}
        self._unsorted = False
        self._keys = np.zeros(0, np.int64)
        self._metric_of_key = np.zeros(0, np.int64)
        self._stored: set[int] = set()
        self._selections: dict[Query, Selection] = {}

    def __len__(self) -> int:
        return len(self._series)

    def add(self, series: Iterable[Series], *, stored: bool = False) -> None:
        """Take note of definitions; known ones are left alone.

        Args:
            series: definitions.
            stored: they come from the database, so they need not be written again.
        """
        for one in series:
            if stored:
                self._stored.add(one.key)
            if one.key in self._series:
                continue
            self._series[one.key] = one
            self._by_metric.setdefault(one.metric, []).append(one)
            self._types.setdefault(one.metric, one.type)
            self._metric_number.setdefault(one.metric, len(self._metric_number))
            self._unsorted = True
        if self._unsorted:
            self._selections.clear()

    def new_among(self, series: Sequence[Series]) -> int:
        """How many of these are not known yet."""
        return sum(one.key not in self._series for one in series)

    def knows(self, series: Ints, further: Sequence[Series] = ()) -> bool:
        """Whether each of these keys is defined here or in `further`."""
        self._sort()
        unknown = series[~np.isin(series, self._keys)]
        return not len(unknown) or {int(key) for key in unknown} <= {one.key for one in further}

    def metric_numbers(self, series: Ints) -> Ints:
        """Number of the metric that each row belongs to; all keys must be known."""
        self._sort()
        return self._metric_of_key[np.searchsorted(self._keys, series)]

    @property
    def metric_names(self) -> list[str]:
        """Metric names by number."""
        return list(self._metric_number)

    def type_of(self, metric: str) -> MetricType | None:
        """The metric's type, or None if nothing by this name was received."""
        return self._types.get(metric)

    def metrics(self) -> list[MetricInfo]:
        """All metrics by name."""
        return [MetricInfo(name=name, type=self._types[name]) for name in sorted(self._types)]

    def series(self, metric: str | None = None) -> list[Series]:
        """The series of a metric, or all."""
        return list(self._series.values()) if metric is None else list(self._by_metric.get(metric, ()))

    def unstored(self) -> list[Series]:
        """Definitions that the database may not have."""
        return [one for key, one in self._series.items() if key not in self._stored]

    def mark_stored(self, series: Iterable[Series]) -> None:
        """These were committed."""
        self._stored.update(one.key for one in series)

    def select(self, query: Query) -> Selection:
        """The series that `query` means, in its groups."""
        question = Query(
            metric=query.metric, where=query.where, group_by=query.group_by, by_series=query.by_series
        )  # fmt: skip
        known = self._selections.get(question)
        if known is None:
            known = self._selections[question] = self._select(question)
        return known

    def _select(self, query: Query) -> Selection:
        type_ = self._types.get(query.metric)
        filters = [(one.tag, frozenset(one.values), one.negate) for one in query.where]
        meant = sorted(
            (
                one
                for one in self._by_metric.get(query.metric, ())
                if one.type is type_
                and all((one.labels.get(tag, "") in values) is not negate for tag, values, negate in filters)
            ),
            key=lambda one: one.key,
        )
        names = [
            (str(one.key),) if query.by_series else tuple(one.labels.get(tag, "") for tag in query.group_by)
            for one in meant
        ]
        groups = sorted(set(names))
        number = {name: place for place, name in enumerate(groups)}
        return Selection(
            np.array([one.key for one in meant], np.int64), np.array([number[name] for name in names], np.int64), groups
        )

    def _sort(self) -> None:
        if self._unsorted:
            keys = np.fromiter(self._series, np.int64, len(self._series))
            numbers = np.fromiter(
                (self._metric_number[one.metric] for one in self._series.values()), np.int64, len(keys)
            )
            order = np.argsort(keys)
            self._keys, self._metric_of_key = keys[order], numbers[order]
            self._unsorted = False
