"""Bodies of metrics pushes as k6 encodes them, for tests and benchmarks: written by hand, byte for byte.

It shares nothing with the decoder on purpose, so that a mistake there cannot cancel itself out here.
"""

import random
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import cramjam

COUNTER, GAUGE, RATE, TREND = 1, 2, 3, 4
NOON = 1_795_521_600
"""A time for samples when the test does not care: a multiple of every bucket width in use."""


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number_field(number: int, value: int) -> bytes:
    """proto3: a zero is not sent."""
    return varint(number << 3) + varint(value) if value else b""


def double_field(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value) if value else b""


def bytes_field(number: int, value: bytes, *, always: bool = True) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value if value or always else b""


def time_field(seconds: int) -> bytes:
    return bytes_field(1, number_field(1, seconds))


def bucket_of(value: float, resolution: float = 0.001) -> int:
    """The histogram index that k6 gives a value >= 0, straight from the protocol's definition."""
    scaled = value / resolution
    unit = int(scaled) + (int(scaled) < scaled)
    if unit < 256:
        return unit
    depth = (unit >> 7).bit_length() - 1
    return (depth << 7) + (unit >> depth)


@dataclass
class OneSeries:
    """One series of a push: `values` are the encoded values of its buckets, from the functions below."""

    metric: str
    type: int
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[bytes] = ()


def counter_value(value: float, *, time: int = NOON) -> bytes:
    return time_field(time) + double_field(2, value)


def gauge_value(
    last: float, *, count: int = 1, lo: float | None = None, hi: float | None = None, avg: float | None = None,
    time: int = NOON, swapped: bool = True,
) -> bytes:  # fmt: skip
    """A gauge as k6 0.45 … 1.7 sends it, with both bounds swapped; `swapped=False`: as k6 1.8 does."""
    low, high = last if lo is None else lo, last if hi is None else hi
    first, second = (high, low) if swapped else (low, high)
    return (
        time_field(time)
        + double_field(2, last)
        + number_field(3, count)
        + double_field(4, first)
        + double_field(5, second)
        + double_field(6, last if avg is None else avg)
    )


def rate_value(nonzero: int, total: int, *, time: int = NOON) -> bytes:
    return time_field(time) + number_field(2, nonzero) + number_field(3, total)


def spans_of(indexes: Iterable[int]) -> list[tuple[int, int]]:
    """(offset, length) of each run of consecutive indexes; the first offset is absolute, later ones are gaps."""
    spans: list[tuple[int, int]] = []
    after = 0
    for index in sorted(indexes):
        if spans and index == after:
            spans[-1] = (spans[-1][0], spans[-1][1] + 1)
        else:
            spans.append((index - after, 1))
        after = index + 1
    return spans


def histogram_value(
    buckets: Mapping[int, int], *, sum: float, min: float, max: float, low: int = 0, high: int = 0,
    resolution: float = 0.001, time: int = NOON, count: int | None = None,
    spans: Sequence[tuple[int, int]] | None = None,
) -> bytes:  # fmt: skip
    """A trend's bucket with the given histogram. `count` and `spans` can be given wrong on purpose."""
    total = low + high + _total(buckets) if count is None else count
    chosen = spans_of(buckets) if spans is None else spans
    counters = b"".join(varint(buckets[index]) for index in sorted(buckets))
    return (
        time_field(time)
        + bytes_field(2, counters, always=False)
        + b"".join(bytes_field(3, number_field(1, offset) + number_field(2, length)) for offset, length in chosen)
        + double_field(5, sum)
        + number_field(6, total)
        + double_field(7, min)
        + double_field(8, max)
        + number_field(9, low)
        + number_field(10, high)
        + double_field(11, resolution)
    )


def _total(buckets: Mapping[int, int]) -> int:
    total = 0
    for count in buckets.values():
        total += count
    return total


def trend_value(samples: Sequence[float], *, resolution: float = 0.001, time: int = NOON) -> bytes:
    """A trend's bucket that holds the given samples."""
    buckets: dict[int, int] = {}
    low = high = 0
    total = 0.0
    for value in samples:
        total += value
        if value < 0:
            low += 1
        elif value / resolution > 2.0**63 - 1:
            high += 1
        else:
            index = bucket_of(value, resolution)
            buckets[index] = buckets.get(index, 0) + 1
    return histogram_value(
        buckets, sum=total, min=min(samples), max=max(samples), low=low, high=high, resolution=resolution, time=time
    )


def encode_labels(labels: Mapping[str, str]) -> bytes:
    return b"".join(
        bytes_field(1, bytes_field(1, name.encode(), always=False) + bytes_field(2, value.encode(), always=False))
        for name, value in labels.items()
    )


def v2_message(run_id: int | str, *series: OneSeries, period: int = 1) -> bytes:
    """The protobuf message of a push, not compressed. Series of one metric are grouped, as k6 does."""
    metrics: dict[tuple[str, int], list[bytes]] = {}
    for one in series:
        samples = b"".join(bytes_field(1, value) for value in one.values)
        encoded = encode_labels(one.labels) + bytes_field(one.type + 1, samples)
        metrics.setdefault((one.metric, one.type), []).append(encoded)
    return (
        bytes_field(1, str(run_id).encode())
        + number_field(2, period)
        + b"".join(
            bytes_field(
                3,
                bytes_field(1, name.encode(), always=False)
                + number_field(2, type_)
                + b"".join(bytes_field(3, one) for one in encoded),
            )
            for (name, type_), encoded in metrics.items()
        )
    )


def snappy(message: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(message))


def v2_body(run_id: int | str, *series: OneSeries, period: int = 1) -> bytes:
    """A whole push, ready to be sent: one snappy block."""
    return snappy(v2_message(run_id, *series, period=period))


HTTP_TRENDS = (
    "http_req_duration", "http_req_blocked", "http_req_connecting",
    "http_req_sending", "http_req_waiting", "http_req_receiving",
)  # fmt: skip


def big_series(
    *, series: int = 1000, trends: int = 600, buckets: int = 40, time: int = NOON, seed: int = 1
) -> list[OneSeries]:
    """The series of a busy push: `trends` trends of exactly `buckets` occupied histogram buckets; of the rest, half
    counters, half rates. Another seed gives other figures for the same series.
    """
    figures = random.Random(seed)
    made: list[OneSeries] = []
    for number in range(series):
        is_trend = number < trends
        page = number // len(HTTP_TRENDS) if is_trend else number
        labels = {
            "expected_response": "true",
            "group": "::shop::checkout",
            "method": "GET",
            "name": f"https://shop.example.com/api/v2/{page}",
            "proto": "HTTP/1.1",
            "scenario": "browse",
            "status": "200",
            "url": f"https://shop.example.com/api/v2/{page}",
        }
        if is_trend:
            first = figures.randrange(1300, 1500)
            indexes = sorted(figures.sample(range(first, first + 2 * buckets), buckets))
            counts = {index: figures.randrange(1, 100) for index in indexes}
            value = histogram_value(
                counts, sum=100.0 * _total(counts), min=_middle(indexes[0]), max=_middle(indexes[-1]), time=time
            )
            made.append(OneSeries(HTTP_TRENDS[number % len(HTTP_TRENDS)], TREND, labels, [value]))
        elif number % 2:
            made.append(OneSeries("http_reqs", COUNTER, labels, [counter_value(figures.randrange(1, 1000), time=time)]))
        else:
            total = figures.randrange(1, 1000)
            value = rate_value(figures.randrange(total + 1), total, time=time)
            made.append(OneSeries("http_req_failed", RATE, labels, [value]))
    return made


def _middle(index: int) -> float:
    depth = (index >> 7) - 1
    return ((index - (depth << 7) << depth) + (1 << depth) / 2) * 0.001


def big_message(
    run_id: int | str, *, series: int = 1000, trends: int = 600, buckets: int = 40, time: int = NOON, seed: int = 1
) -> bytes:
    return v2_message(run_id, *big_series(series=series, trends=trends, buckets=buckets, time=time, seed=seed))


def big_push(
    run_id: int | str, *, series: int = 1000, trends: int = 600, buckets: int = 40, time: int = NOON, seed: int = 1
) -> bytes:
    """A 1,000-series push as it is sent (about 350 kB before compression): see `big_series`."""
    return snappy(big_message(run_id, series=series, trends=trends, buckets=buckets, time=time, seed=seed))
