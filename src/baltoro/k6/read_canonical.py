"""Reads all series of a push at once, when they are encoded the way k6 encodes them.

k6 writes the fields of a message in the order of their numbers, each number in as few bytes as it needs. So the same
field of a thousand series can be read by one vectorised step: all series advance through their messages side by side.
Whatever is legal protobuf but not of that form raises `NotCanonical`, and `read_any` reads it instead.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baltoro.k6.columns import Floats, Ints, MetricType
from baltoro.k6.errors import PushTooLarge
from baltoro.k6.labels import MAX_LABELS
from baltoro.k6.varints import decode_varints
from baltoro.k6.wire import WireCounters, WireGauges, WireRates, WireSamples, WireTrends

Bytes = NDArray[np.uint8]

_PADDING = bytes(512)
"""Behind the last series, so that looking ahead (by at most one block of 255 bytes) never leaves the array."""
_MAX_STEPS = 200
"""Buckets of one series, or labels: beyond, going on side by side would cost more than reading one by one."""
_MAX_SPANS = 4000
"""Spans of one histogram: with 7,297 buckets there cannot be more."""
_MAX_BUCKETS = 4_000_000
"""Histogram buckets of one push."""
_LONGEST = 5
"""Bytes of a 32-bit varint."""
_ONE = np.ones(1, np.int64)
_REPEATED_1 = 0x0A
"""Tag of `labels` in a series, `values` in its samples and `time` in a value alike: field 1, with a length."""
_SECONDS = 0x08
_COUNTERS, _SPANS = 0x12, 0x1A
_OFFSET, _LENGTH = 0x08, 0x10


class NotCanonical(Exception):
    """The push is not encoded as k6 encodes it."""


def read_canonical(series: Sequence[bytes], types: Ints) -> WireSamples:
    """The samples of the given series, in the form they have on the wire.

    Args:
        series: each one's message.
        types: number of each one's type (see `MetricType`).

    Raises:
        NotCanonical: use `read_any`.
        PushTooLarge: more than 4 million histogram buckets.
    """
    message = b"".join([*series, _PADDING])
    data = np.frombuffer(message, np.uint8)
    ends = np.cumsum(np.fromiter(map(len, series), np.int64, len(series)))
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1]
    labels_end = _after_labels(data, starts, ends)
    labels = [message[start:end] for start, end in zip(starts.tolist(), labels_end.tolist(), strict=True)]
    if (data[labels_end] != (types + 1) << 3 | 2).any():
        raise NotCanonical
    length, size = _varints_at(data, labels_end + 1)
    values = labels_end + 1 + size
    if (values + length != ends).any():
        raise NotCanonical
    number, at, end = _values(data, values, ends)
    type_of = types[number]

    def rows(type_: MetricType) -> tuple[Ints, _Cursor]:
        chosen = np.flatnonzero(type_of == type_)
        return number[chosen], _Cursor(data, at[chosen], end[chosen])

    return WireSamples(
        labels,
        _counters(*rows(MetricType.COUNTER)),
        _gauges(*rows(MetricType.GAUGE)),
        _rates(*rows(MetricType.RATE)),
        _trends(*rows(MetricType.TREND)),
    )


def _varints_at(data: Bytes, at: Ints) -> tuple[Ints, Ints]:
    """The number at each place, and how many bytes it has (one entry for all when each has one byte)."""
    first = data[at]
    value = first.astype(np.int64)
    if first.max(initial=0) <= 0x7F:  # noqa: PLR2004 - the high bit says that the number goes on
        return value, _ONE
    size = np.ones(len(at), np.int64)
    more = np.flatnonzero(first > 0x7F)  # noqa: PLR2004
    value[more] &= 0x7F
    for byte in range(1, _LONGEST):
        next_ = data[at[more] + byte].astype(np.int64)
        value[more] |= (next_ & 0x7F) << (7 * byte)
        size[more] += 1
        more = more[next_ > 0x7F]  # noqa: PLR2004
        if not len(more):
            return value, size
    raise NotCanonical


def _varints_where(data: Bytes, at: Ints, here: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The same where `here` is true; elsewhere a 0, whatever stands there (it may be part of something else)."""
    return _varints_at(data, np.where(here, at, len(data) - 1))


def _after_labels(data: Bytes, starts: Ints, ends: Ints) -> Ints:
    """Where the labels of each series end."""
    at = starts.copy()
    for _ in range(MAX_LABELS + 1):
        is_label = (data[at] == _REPEATED_1) & (at < ends)
        if not is_label.any():
            return at
        length, size = _varints_where(data, at + 1, is_label)
        at += (1 + size + length) * is_label
        if (at > ends).any():
            break
    raise NotCanonical


def _values(data: Bytes, at: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """Series, start and end of each value (bucket), in the order of the series."""
    number = np.arange(len(at))
    steps: list[tuple[Ints, Ints, Ints]] = []
    while True:
        left = at < ends
        if not left.all():
            number, at, ends = number[left], at[left], ends[left]
        if not len(number):
            break
        if len(steps) == _MAX_STEPS or (data[at] != _REPEATED_1).any():
            raise NotCanonical
        length, size = _varints_at(data, at + 1)
        start = at + 1 + size
        at = start + length
        if (at > ends).any():
            raise NotCanonical
        steps.append((number, start, at))
    if not steps:
        return number, at, ends
    if len(steps) == 1:
        return steps[0]
    all_numbers, all_starts, all_ends = (np.concatenate([step[part] for step in steps]) for part in range(3))
    order = np.argsort(all_numbers, kind="stable")
    return all_numbers[order], all_starts[order], all_ends[order]


class _Cursor:
    """Reads one field after another of many messages side by side.

    A place that has gone beyond its message's end stays there, as no field is found behind the end; `finish` refuses
    it. Fields of numbers go a few bytes too far at most, which the padding covers; blocks are checked at once.
    """

    def __init__(self, data: Bytes, at: Ints, end: Ints) -> None:
        self.data = data
        self.at = at
        self.end = end

    def has(self, tag: int) -> NDArray[np.bool_]:
        here: NDArray[np.bool_] = (self.data[self.at] == tag) & (self.at < self.end)
        return here

    def time(self) -> Ints:
        """Field 1 with seconds only, which k6 always sends."""
        length, size = _varints_at(self.data, self.at + 3)
        if (
            (self.data[self.at] != _REPEATED_1)
            | (self.data[self.at + 1] != size + 1)
            | (self.data[self.at + 2] != _SECONDS)
        ).any():
            raise NotCanonical
        self.at = self.at + 3 + size
        return length

    def number(self, tag: int) -> Ints:
        """A varint field; 0 where it is absent."""
        here = self.has(tag)
        value, size = _varints_where(self.data, self.at + 1, here)
        self.at = self.at + (1 + size) * here
        return value

    def double(self, tag: int) -> Floats:
        """A 64-bit float field; 0 where it is absent."""
        here = self.has(tag)
        value: Floats = self.data[self.at[:, np.newaxis] + np.arange(1, 9)].view("<f8").ravel()
        self.at = self.at + 9 * here
        return np.where(here, value, 0.0)

    def block(self, tag: int) -> tuple[Ints, Ints]:
        """Start and length of a field of bytes; 0 bytes where it is absent."""
        here = self.has(tag)
        length, size = _varints_where(self.data, self.at + 1, here)
        start = self.at + 1 + size
        self.at = self.at + (1 + size) * here + length
        self._check()
        return start, length

    def repeated(self, tag: int) -> tuple[Ints, Ints]:
        """Starts of all blocks (below 128 bytes) of a repeated field, row after row, and how many each row has."""
        row, at, end = np.arange(len(self.at)), self.at.copy(), self.end
        rows: list[Ints] = []
        starts: list[Ints] = []
        while len(row):
            here = (self.data[at] == tag) & (at < end)
            if not here.all():
                self.at[row] = at
                row, at, end = row[here], at[here], end[here]
                if not len(row):
                    break
            if len(rows) == _MAX_SPANS:
                raise NotCanonical
            rows.append(row)
            starts.append(at)
            at = at + 2 + self.data[at + 1]
        self._check()
        if not rows:
            return np.zeros(0, np.int64), np.zeros(len(self.at), np.int64)
        all_rows = np.concatenate(rows)
        counts = np.bincount(all_rows, minlength=len(self.at)).astype(np.int64)
        # Step k of a row is its k-th block.
        step = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
        ordered = np.empty(len(all_rows), np.int64)
        ordered[(np.cumsum(counts) - counts)[all_rows] + step] = np.concatenate(starts)
        return ordered, counts

    def finish(self) -> None:
        """Nothing may be left."""
        if (self.at != self.end).any():
            raise NotCanonical

    def _check(self) -> None:
        if (self.at > self.end).any():
            raise NotCanonical


def _counters(series: Ints, cursor: _Cursor) -> WireCounters:
    read = WireCounters(series=series, time=cursor.time(), value=cursor.double(0x11))
    cursor.finish()
    return read


def _gauges(series: Ints, cursor: _Cursor) -> WireGauges:
    read = WireGauges(
        series=series,
        time=cursor.time(),
        last=cursor.double(0x11),
        count=cursor.number(0x18),
        min=cursor.double(0x21),
        max=cursor.double(0x29),
        avg=cursor.double(0x31),
    )
    cursor.finish()
    return read


def _rates(series: Ints, cursor: _Cursor) -> WireRates:
    read = WireRates(series=series, time=cursor.time(), nonzero=cursor.number(0x10), total=cursor.number(0x18))
    cursor.finish()
    return read


def _trends(series: Ints, cursor: _Cursor) -> WireTrends:
    time = cursor.time()
    block_start, block_length = cursor.block(_COUNTERS)
    spans, n_spans = cursor.repeated(_SPANS)
    offset, length = _spans(cursor.data, spans)
    if block_length.sum() > _MAX_BUCKETS:
        raise PushTooLarge(f"The push has more than {_MAX_BUCKETS} histogram buckets.")
    before = np.cumsum(block_length) - block_length
    places = np.repeat(block_start - before, block_length) + np.arange(int(block_length.sum()))
    counters, n_counters = decode_varints(cursor.data[places], block_length)
    read = WireTrends(
        series=series,
        time=time,
        n_counters=n_counters,
        counters=counters,
        n_spans=n_spans,
        span_offset=offset,
        span_length=length,
        sum=cursor.double(0x29),
        count=cursor.number(0x30),
        min=cursor.double(0x39),
        max=cursor.double(0x41),
        low=cursor.number(0x48),
        high=cursor.number(0x50),
        resolution=cursor.double(0x59),
    )
    cursor.finish()
    return read


def _spans(data: Bytes, at: Ints) -> tuple[Ints, Ints]:
    """Offset (0 is absent) and length of each span."""
    has_offset = data[at + 2] == _OFFSET
    offset, offset_size = _varints_where(data, at + 3, has_offset)
    skip = (1 + offset_size) * has_offset
    length_at = at + 2 + skip
    length, length_size = _varints_at(data, length_at + 1)
    if ((data[length_at] != _LENGTH) | (data[at + 1] != skip + 1 + length_size)).any():
        raise NotCanonical
    return offset, length
