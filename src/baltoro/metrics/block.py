"""A block's body: columns, each in a compressed frame of its own, checked by checksums.

Layout: 4 bytes magic, uint32 length of the head, uint32 CRC of the head, head (MessagePack), zstd frames one after another.
Every frame carries zstd's own checksum. How the columns are made small (docs/adr/0003):

* Rows are sorted by series, then time. The keys of the series stand once, with the number of rows of each.
* Integers: differences where neighbours are alike, the smallest type that holds them, bytes of equal weight together.
* Doubles: k6 reports nanoseconds as milliseconds with six decimals, so x is near n / 10^6. Kept are n and by how many
  units in the last place x differs from it (mostly 0): exact for every double. A trend's min, max and sum are kept
  relative to what its histogram lets expect.
* Histogram entries: gap to the previous bucket and count share one byte, 4 bits each; larger ones are exceptions.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import zstandard

from baltoro.k6.columns import Columns, Floats, Ints
from baltoro.k6.histogram import MAX_INDEX, bucket_bounds, edges
from baltoro.metrics.model import DamagedBlock

_MAGIC = b"BLT1"
_HEAD = struct.Struct("<4sII")
_SCALES = (1.0, 1e6)
_LARGEST_WHOLE = 2.0**53
_NEAR = 1 << 14
_NIBBLE = 15


class _Frame(msgspec.Struct, frozen=True, array_like=True):
    """Where a column is.

    Attributes:
        name: of the column.
        size: bytes of the compressed frame.
        kind: `i` integers, `d` differences of integers, `f` doubles.
        width: bytes per value.
        length: values.
    """

    name: str
    size: int
    kind: str
    width: int
    length: int


class _Head(msgspec.Struct, frozen=True):
    rows: int
    period: int
    scales: dict[str, float]
    frames: list[_Frame]


@dataclass(frozen=True, slots=True)
class Block:
    """What is in a body.

    Attributes:
        columns: rows sorted by series, then time. Without histograms if they were not asked for.
        period: bucket width of the pushes it was made from, in seconds.
    """

    columns: Columns
    period: int


class _Writer:
    def __init__(self, level: int) -> None:
        self._compressor = zstandard.ZstdCompressor(level=level, write_checksum=True)
        self.frames: list[_Frame] = []
        self.parts: list[bytes] = []
        self.scales: dict[str, float] = {}

    def ints(self, name: str, values: Ints) -> None:
        """Whole numbers whose neighbours have nothing to do with each other."""
        self._integers(name, "i", values.astype(np.int64))

    def differences(self, name: str, values: Ints) -> None:
        """Whole numbers close to their neighbours."""
        shifted = values.astype(np.int64)
        shifted[1:] -= values[:-1].astype(np.int64)
        self._integers(name, "d", shifted)

    def floats(self, name: str, values: Floats, expected: Floats | None = None) -> None:
        """Doubles, as scaled whole numbers where that is exact.

        Args:
            name: of the column.
            values: doubles.
            expected: a guess known to the reader, too; only the difference is kept.
        """
        for scale in _SCALES:
            whole = np.rint(values * scale)
            whole[np.abs(whole) >= _LARGEST_WHOLE] = 0.0
            # Sums of six-decimal numbers miss the nearest six-decimal number by a few units in the last place.
            off = values.astype(np.float64).view(np.int64) - (whole / scale).view(np.int64)
            if (np.abs(off) > _NEAR).sum() * 4 <= len(off):
                break
        else:
            self._raw(name, "f", values.astype("<f8").view(np.uint8), 8, len(values))
            return
        self.scales[name] = scale
        numbers = whole.astype(np.int64)
        self.ints(name, numbers if expected is None else numbers - _guess(expected, scale))
        self.ints(name + "~", off)

    def bytes(self, name: str, values: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> None:
        """Bytes as they are."""
        self._raw(name, "b", values, 1, len(values))

    def _integers(self, name: str, kind: str, values: Ints) -> None:
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        width = next(width for width in (1, 2, 4, 8) if -(1 << (8 * width - 1)) <= low and high < 1 << (8 * width - 1))
        self._raw(name, kind, values.astype(f"<i{width}").view(np.uint8), width, len(values))

    def _raw(
        self, name: str, kind: str, data: "np.ndarray[tuple[int], np.dtype[np.uint8]]", width: int, length: int
    ) -> None:
        shuffled = np.ascontiguousarray(data.reshape(length, width).T).tobytes() if width > 1 else data.tobytes()
        body = self._compressor.compress(shuffled)
        self.frames.append(_Frame(name, len(body), kind, width, length))
        self.parts.append(body)


class _Reader:
    def __init__(self, head: _Head, body: memoryview) -> None:
        self._head = head
        self._decompressor = zstandard.ZstdDecompressor()
        self._places: dict[str, tuple[_Frame, memoryview]] = {}
        place = 0
        for frame in head.frames:
            self._places[frame.name] = (frame, body[place : place + frame.size])
            place += frame.size

    def ints(self, name: str) -> Ints:
        frame, data = self._bytes(name)
        values: Ints = data.view(f"<i{frame.width}")
        return np.cumsum(values, dtype=np.int64) if frame.kind == "d" else values

    def floats(self, name: str, expected: Floats | None = None) -> Floats:
        scale = self._head.scales.get(name)
        if scale is None:
            return self._bytes(name)[1].view("<f8")
        numbers = self.ints(name)
        if expected is not None:
            numbers = numbers + _guess(expected, scale)
        values: Floats = ((numbers / scale).view(np.int64) + self.ints(name + "~")).view(np.float64)
        return values

    def bytes(self, name: str) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
        return self._bytes(name)[1]

    def _bytes(self, name: str) -> "tuple[_Frame, np.ndarray[tuple[int], np.dtype[np.uint8]]]":
        frame, body = self._places[name]
        data = np.frombuffer(
            self._decompressor.decompress(body, max_output_size=frame.width * frame.length), np.uint8
        )  # fmt: skip
        if frame.width > 1:
            data = np.ascontiguousarray(data.reshape(frame.width, frame.length).T).reshape(-1)
        return frame, data


def encode_block(columns: Columns, *, period: int, level: int = 3) -> bytes:
    """The body of a block.

    Args:
        columns: rows as `merge` or `total` leave them: sorted by series, then time; histogram indexes ascending.
        period: bucket width, seconds.
        level: zstd's; higher is smaller and slower.
    """
    writer = _Writer(level)
    changes = np.flatnonzero(np.diff(columns.series)) + 1 if len(columns) else np.zeros(0, np.int64)
    starts = np.r_[0, changes] if len(columns) else changes
    writer.differences("series", columns.series[starts])
    writer.ints("rows", np.diff(np.r_[starts, len(columns)]))
    writer.differences("time", columns.time)
    writer.ints("count", columns.count)
    lengths = columns.hist_length.astype(np.int64)
    _encode_histograms(writer, columns, lengths)
    lower, upper, expected = _expectations(lengths, columns.hist_index, columns.hist_count)
    writer.floats("min", columns.min, lower)
    writer.floats("max", columns.max, upper)
    writer.floats("sum", columns.sum, expected)
    writer.floats("last", columns.last)
    writer.ints("low", columns.low)
    writer.ints("high", columns.high)
    head = msgspec.msgpack.encode(
        _Head(rows=len(columns), period=period, scales=writer.scales, frames=writer.frames)
    )  # fmt: skip
    return b"".join([_HEAD.pack(_MAGIC, len(head), zlib.crc32(head)), head, *writer.parts])


def _encode_histograms(writer: _Writer, columns: Columns, lengths: Ints) -> None:
    index = columns.hist_index.astype(np.int64)
    count = columns.hist_count.astype(np.int64)
    ends = np.cumsum(lengths)
    rows = np.flatnonzero(lengths)
    starts = (ends - lengths)[rows]
    gap = np.diff(index, prepend=0) - 1
    gap[starts] = 0
    fewer = count - 1
    writer.ints("hist_length", lengths)
    writer.differences("hist_first", index[starts])
    writer.bytes("hist", (np.minimum(gap, _NIBBLE) << 4 | np.minimum(fewer, _NIBBLE)).astype(np.uint8))
    writer.ints("hist_gaps", gap[gap >= _NIBBLE])
    writer.ints("hist_counts", fewer[fewer >= _NIBBLE])


def decode_block(body: bytes, *, histograms: bool = True) -> Block:
    """The columns of a body.

    Args:
        body: from `encode_block`.
        histograms: whether they are needed.

    Raises:
        DamagedBlock: a checksum does not match.
    """
    try:
        magic, size, crc = _HEAD.unpack_from(body)
        encoded = body[_HEAD.size : _HEAD.size + size]
        if magic != _MAGIC or zlib.crc32(encoded) != crc:
            raise DamagedBlock("Stored measurements are damaged: the head of a block does not match its checksum.")
        head = msgspec.msgpack.decode(encoded, type=_Head)
        return _decode(head, _Reader(head, memoryview(body)[_HEAD.size + size :]), histograms=histograms)
    except (struct.error, zstandard.ZstdError, msgspec.MsgspecError, ValueError, KeyError) as error:
        raise DamagedBlock("Stored measurements are damaged: a block does not match its checksum.") from error


def _decode(head: _Head, reader: _Reader, *, histograms: bool) -> Block:
    lengths = reader.ints("hist_length").astype(np.int64)
    rows = np.flatnonzero(lengths)
    index, count = _decode_histograms(reader, lengths, rows)
    lower, upper, expected = _expectations(lengths, index, count)
    none: Any = np.zeros(0, np.int16)
    no_lengths: Any = np.zeros(head.rows, np.int8)
    columns = Columns(
        series=np.repeat(reader.ints("series"), reader.ints("rows")),
        time=reader.ints("time"),
        count=reader.ints("count"),
        sum=reader.floats("sum", expected),
        min=reader.floats("min", lower),
        max=reader.floats("max", upper),
        last=reader.floats("last"),
        low=reader.ints("low"),
        high=reader.ints("high"),
        hist_length=reader.ints("hist_length") if histograms else no_lengths,
        hist_index=index if histograms else none,
        hist_count=count if histograms else none,
    )
    return Block(columns, head.period)


_GAP_OF = (np.arange(256) >> 4).astype(np.int32)
_COUNT_OF = ((np.arange(256) & _NIBBLE) + 1).astype(np.int16)


def _decode_histograms(reader: _Reader, lengths: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """All bucket indexes and counts."""
    packed = reader.bytes("hist")
    step = _GAP_OF[packed]
    gaps = reader.ints("hist_gaps")
    if len(gaps):
        step[step == _NIBBLE] = gaps
    step += 1
    count = _COUNT_OF[packed]
    fewer = reader.ints("hist_counts")
    if len(fewer):
        more = fewer.astype(np.int64) + 1
        count = count.astype(np.int64) if more.max() > np.iinfo(np.int16).max else count
        count[count == _NIBBLE + 1] = more
    starts = (np.cumsum(lengths) - lengths)[rows]
    if len(rows):
        # One running sum over everything: each row's first step leads from the last bucket of the row before it.
        firsts = reader.ints("hist_first")
        step[starts] = 0
        lasts = firsts + np.add.reduceat(step, starts)
        step[starts] = firsts - np.r_[0, lasts[:-1]]
    return np.cumsum(step, dtype=np.int32).astype(np.int16), count  # type: ignore[return-value]


def _expectations(lengths: Ints, index: Ints, count: Ints) -> tuple[Floats, Floats, Floats]:
    """What a histogram lets expect of min, max and sum: its outer edges, and all samples in the middle of their buckets.

    The sum is built from whole numbers, so that every machine expects the very same. 0 for rows without a histogram.
    """
    lower, upper, sums = np.zeros(len(lengths)), np.zeros(len(lengths)), np.zeros(len(lengths), np.int64)
    rows = np.flatnonzero(lengths)
    if len(rows):
        ends = np.cumsum(lengths)[rows]
        starts = ends - lengths[rows]
        lower[rows], upper[rows] = edges(index[starts])[0], edges(index[ends - 1])[1]
        sums[rows] = np.add.reduceat(_MIDDLE[index] * count, starts)
        sums[np.abs(sums) >= 1 << 52] = 0
    return lower, upper, sums / 1e6


_MIDDLE = np.array([(low + high - (index > 0)) * 500 if high < 1 << 40 else 0 for index in range(MAX_INDEX + 1)
                    for low, high in [bucket_bounds(index)]], np.int64)  # fmt: skip


def _guess(expected: Floats, scale: float) -> Ints:
    """The guess as a scaled whole number; beyond what doubles count exactly it is no help."""
    whole = np.rint(expected * scale)
    return np.where(np.abs(whole) < _LARGEST_WHOLE, whole, 0.0).astype(np.int64)
