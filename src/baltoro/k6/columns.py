"""What a metrics push means, as columns: the one form in which samples travel through the house.

One row is one (series, time bucket). All four metric types share the columns; what a type does not use is 0:

| type    | count            | sum            | min, max | last       | low, high, histogram |
| ------- | ---------------- | -------------- | -------- | ---------- | -------------------- |
| counter | 0                | sum            | 0        | 0          | –                    |
| gauge   | samples          | avg x samples  | exact    | last value | –                    |
| rate    | samples          | non-zero ones  | 0        | 0          | –                    |
| trend   | samples          | exact          | exact    | 0          | yes                  |
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

RESOLUTION = 0.001
"""What one histogram unit is worth in a trend's own unit. Pushes with another resolution are rescaled when decoded."""


class MetricType(IntEnum):
    """k6's four metric types, with the numbers of its protobuf."""

    COUNTER = 1
    GAUGE = 2
    RATE = 3
    TREND = 4


class Series(msgspec.Struct, frozen=True):
    """A time series: a metric name and one set of labels.

    `key` is a function of the content (see `series_key`), so that processes agree on it without talking.
    """

    key: int
    metric: str
    type: MetricType
    labels: Mapping[str, str]


def series_key(metric: str, type: MetricType, labels: Mapping[str, str]) -> int:
    """A signed 64-bit key of a series: BLAKE2b over name, type and labels sorted by name.

    Two of a run's 200,000 series share a key with a probability of about 1e-9.
    """
    parts = [metric, str(int(type)), *(part for name in sorted(labels) for part in (name, labels[name]))]
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of samples, as equally long arrays.

    Attributes:
        series: series key of each row.
        time: start of the bucket, whole seconds since the epoch.
        count, sum, min, max, last: see the module's table.
        low, high: trend samples below zero and beyond the histogram's range.
        hist_length: how many histogram buckets each row occupies.
        hist_index, hist_count: bucket index (ascending within a row) and samples in it, all rows one after another.
    """

    series: Ints
    time: Ints
    count: Ints
    sum: Floats
    min: Floats
    max: Floats
    last: Floats
    low: Ints
    high: Ints
    hist_length: Ints
    hist_index: Ints
    hist_count: Ints

    def __len__(self) -> int:
        return len(self.series)

    @classmethod
    def empty(cls) -> Self:
        """No rows."""
        ints, floats = np.zeros(0, np.int64), np.zeros(0, np.float64)
        return cls(ints, ints, ints, floats, floats, floats, floats, ints, ints, ints, ints, ints)

    @classmethod
    def concatenate(cls, parts: Sequence["Columns"]) -> "Columns":
        """All rows of `parts`, in their order."""
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def take(self, rows: Ints) -> "Columns":
        """The given rows (indexes), in the given order, with their histograms."""
        ends = np.cumsum(self.hist_length)
        starts = (ends - self.hist_length)[rows]
        lengths = self.hist_length[rows]
        total = int(lengths.sum())
        # Position k of the result is: start of its row + k - (entries of the rows before it).
        before = np.repeat(np.cumsum(lengths) - lengths, lengths)
        positions = np.repeat(starts, lengths) + np.arange(total) - before
        return Columns(
            self.series[rows],
            self.time[rows],
            self.count[rows],
            self.sum[rows],
            self.min[rows],
            self.max[rows],
            self.last[rows],
            self.low[rows],
            self.high[rows],
            lengths,
            self.hist_index[positions],
            self.hist_count[positions],
        )


@dataclass(frozen=True, slots=True)
class Decoded:
    """A push, decoded and fully validated.

    Attributes:
        columns: its rows.
        series: definitions of its series that this decoder had not met before in this run (a fresh one: all of them).
        period: bucket width in seconds.
    """

    columns: Columns
    series: Sequence[Series]
    period: int
