"""Protobuf's variable-length integers, a whole push at a time."""

import numpy as np
from numpy.typing import NDArray

from baltoro.k6.columns import Ints
from baltoro.k6.errors import BadPush

_MAX_LENGTH = 5
"""Bytes of the longest 32-bit integer: whatever is expanded here (counters, spans) is a uint32 in k6."""


def encode_varint(value: int) -> bytes:
    """One number >= 0, encoded."""
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits per byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def row_sums(values: Ints, lengths: Ints) -> Ints:
    """The sum of each row, where `lengths` says how many of `values` each row has, one row after another."""
    totals = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=totals[1:])
    ends = np.cumsum(lengths)
    sums: Ints = totals[ends] - totals[ends - lengths]
    return sums


def decode_varints(data: NDArray[np.uint8], lengths: Ints) -> tuple[Ints, Ints]:
    """Every varint of `data`, which is the packed numbers of several rows one after another.

    Args:
        data: the bytes.
        lengths: how many bytes each row has; they add up to the whole of `data`.

    Returns:
        The numbers (each below 2^35), and how many of them each row has.

    Raises:
        BadPush: a number crosses the end of its row, or is longer than 32-bit numbers can be.
    """
    continues = data > 0x7F  # noqa: PLR2004 - the high bit says that the number goes on
    if not continues.any():
        return data.astype(np.int64), lengths
    ends = np.flatnonzero(~continues)
    row_ends = np.cumsum(lengths)
    if continues[row_ends[lengths > 0] - 1].any():
        raise BadPush("The push is damaged: a number is cut off.")
    starts = np.empty_like(ends)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    size = ends - starts
    if size.max() >= _MAX_LENGTH:
        raise BadPush("The push is damaged: a number has more than 32 bits.")
    values = (data[starts] & 0x7F).astype(np.int64)
    for byte in range(1, int(size.max()) + 1):
        longer = np.flatnonzero(size >= byte)
        values[longer] |= (data[starts[longer] + byte] & 0x7F).astype(np.int64) << (7 * byte)
    before = np.searchsorted(ends, row_ends)  # numbers that end before each row's end
    return values, np.diff(before, prepend=0)
