"""Pushes of protocol version 1: a JSON array of samples, as k6 up to 0.49 sends it, put into buckets like version 2."""

import zlib
from collections.abc import Iterable
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from baltoro.k6.columns import Columns, Floats, Ints, MetricType, Series, series_key
from baltoro.k6.errors import BadPush, PushTooLarge
from baltoro.k6.histogram import bucket_indexes, scaled_up
from baltoro.k6.labels import accepted_labels, check_metric_name
from baltoro.k6.push_v2 import check_times

MAX_BRACES = 800_000
"""Opening braces in a body: at most 100,000 samples of up to four objects each come in one push, plus what URLs hold.
Counting them is cheap and says, before anything is built, how many objects there can be."""
MAX_TAG_BYTES = 512 * 1024
"""Of one sample, as JSON."""
MAX_AGGREGATED = 10**9
"""Requests that one aggregated sample can stand for."""
_BEYOND = 2.0**63
_MICROSECONDS = 1_000_000
_NO_TAGS = msgspec.Raw(b"null")

COUNTER, GAUGE, RATE, TREND = MetricType.COUNTER, MetricType.GAUGE, MetricType.RATE, MetricType.TREND
_TYPES: dict[str, MetricType] = {type_.name.lower(): type_ for type_ in MetricType}


class _PointData(msgspec.Struct):
    time: str
    type: Literal["counter", "gauge", "rate", "trend"]
    value: float
    tags: msgspec.Raw = _NO_TAGS


class _Point(msgspec.Struct, tag_field="type", tag="Point"):
    metric: str
    data: _PointData


class _Values(msgspec.Struct):
    """What one request or one iteration measured; milliseconds, bytes, numbers of things."""

    http_reqs: float | None = None
    http_req_duration: float | None = None
    http_req_blocked: float | None = None
    http_req_connecting: float | None = None
    http_req_tls_handshaking: float | None = None
    http_req_sending: float | None = None
    http_req_waiting: float | None = None
    http_req_receiving: float | None = None
    http_req_failed: float | None = None
    data_sent: float | None = None
    data_received: float | None = None
    iteration_duration: float | None = None
    iterations: float | None = None


_VALUE_TYPES: tuple[tuple[str, MetricType], ...] = tuple(
    (
        name,
        COUNTER
        if name in {"http_reqs", "data_sent", "data_received", "iterations"}
        else RATE
        if name == "http_req_failed"
        else TREND,
    )
    for name in _Values.__struct_fields__
)


class _PointsData(msgspec.Struct):
    time: str
    values: _Values
    tags: msgspec.Raw = _NO_TAGS


class _Points(msgspec.Struct, tag_field="type", tag="Points"):
    metric: Literal["http_req_li_all", "iter_li_all"]
    data: _PointsData


class _Spread(msgspec.Struct):
    min: float
    max: float
    avg: float


class _Share(msgspec.Struct):
    count: int
    nz_count: int


class _AggregatedValues(msgspec.Struct):
    http_req_duration: _Spread | None = None
    http_req_blocked: _Spread | None = None
    http_req_connecting: _Spread | None = None
    http_req_tls_handshaking: _Spread | None = None
    http_req_sending: _Spread | None = None
    http_req_waiting: _Spread | None = None
    http_req_receiving: _Spread | None = None
    http_req_failed: _Share | None = None


class _AggregatedData(msgspec.Struct):
    time: str
    count: int
    values: _AggregatedValues
    tags: msgspec.Raw = _NO_TAGS


class _AggregatedPoints(msgspec.Struct, tag_field="type", tag="AggregatedPoints"):
    metric: Literal["http_req_li_all"]
    data: _AggregatedData


_Sample = _Point | _Points | _AggregatedPoints
_SAMPLES = msgspec.json.Decoder(list[_Sample])
_TAGS = msgspec.json.Decoder(dict[str, str] | None)
_SPREADS = tuple(name for name in _AggregatedValues.__struct_fields__ if name != "http_req_failed")


def decompress(body: bytes, max_bytes: int) -> bytes:
    """The content of a gzip body.

    Raises:
        BadPush: it is not one, or not complete.
        PushTooLarge: it would be larger than `max_bytes`; no more than that was decompressed.
    """
    gzip = zlib.decompressobj(wbits=31)
    try:
        content = gzip.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BadPush("The push is damaged: its gzip stream cannot be decompressed.") from error
    if len(content) > max_bytes:
        raise PushTooLarge(f"The push has more than the {max_bytes} bytes that are allowed.")
    if not gzip.eof or gzip.unused_data:
        raise BadPush("The push is damaged: its gzip stream is cut off or followed by something else.")
    return content


class _Samples:
    """Samples of all elements, one entry per (series, time): the plain lists that the columns are made from."""

    def __init__(self) -> None:
        self.series: list[int] = []
        self.time: list[int] = []
        self.value: list[float] = []
        self.weight: list[int] = []
        self.defined: list[Series] = []
        self._labels: dict[bytes, dict[str, str]] = {}
        self._numbers: dict[tuple[str, MetricType, bytes], int] = {}

    def add(self, metric: str, type: MetricType, tags: bytes, time: int, value: float, weight: int = 1) -> None:
        number = self._numbers.get((metric, type, tags))
        if number is None:
            number = self._number(metric, type, tags)
        self.series.append(number)
        self.time.append(time)
        self.value.append(value)
        self.weight.append(weight)

    def _number(self, metric: str, type: MetricType, tags: bytes) -> int:
        labels = self._labels.get(tags)
        if labels is None:
            labels = self._labels[tags] = _parse_tags(tags)
        check_metric_name(metric)
        kept = accepted_labels(metric, labels)
        self._numbers[metric, type, tags] = len(self.defined)
        self.defined.append(Series(series_key(metric, type, kept), metric, type, kept))
        return len(self.defined) - 1


def _parse_tags(raw: bytes) -> dict[str, str]:
    if len(raw) > MAX_TAG_BYTES:
        raise BadPush(f"The push holds a sample with more than {MAX_TAG_BYTES} bytes of tags.")
    try:
        tags = _TAGS.decode(raw) or {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadPush("The push holds tags that are not an object of strings.") from error
    for name, value in tags.items():
        if "\0" in name or "\0" in value:
            raise BadPush("The push holds a tag with a zero byte.")
    return tags


def decode_json(body: bytes, *, is_gzip: bool, period: int, max_bytes: int) -> tuple[Columns, list[Series]]:
    """Decodes and checks a push of protocol version 1.

    Args:
        body: as received.
        is_gzip: whether it is compressed.
        period: bucket width in seconds.
        max_bytes: limit of the JSON text.

    Returns:
        Its rows, and the definition of each of their series.

    Raises:
        BadPush, PushTooLarge: nothing of it may be stored.
    """
    text = decompress(body, max_bytes) if is_gzip else body
    if len(text) > max_bytes:
        raise PushTooLarge(f"The push has {len(text)} bytes; {max_bytes} are allowed.")
    if text.count(b"{") > MAX_BRACES:
        raise PushTooLarge("The push has more than 100,000 samples. Lower K6_CLOUD_MAX_METRIC_SAMPLES_PER_PACKAGE.")
    try:
        elements = _SAMPLES.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadPush(f"The push is not an array of samples as k6 sends it: {str(error)[:200]}") from error
    samples = _Samples()
    for element in elements:
        _add(samples, element)
    return _columns(samples, period)


def _microseconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004 - digits that fit 64 bits
        raise BadPush(f"The push holds the time {text[:40]!r}, which is not a number of microseconds.")
    return int(text)


def _add(samples: _Samples, element: _Sample) -> None:
    data = element.data
    time, tags = _microseconds(data.time), bytes(data.tags)
    if isinstance(data, _PointData):
        samples.add(element.metric, _TYPES[data.type], tags, time, data.value)
    elif isinstance(data, _PointsData):
        for name, type_ in _VALUE_TYPES:
            value = getattr(data.values, name)
            if value is not None:
                samples.add(name, type_, tags, time, value)
    else:
        _add_aggregated(samples, data, time, tags)


def _add_aggregated(samples: _Samples, data: _AggregatedData, time: int, tags: bytes) -> None:
    """Requests of which only number, extremes and mean are known: the rest stand where the mean stays right."""
    if not 1 <= data.count <= MAX_AGGREGATED:
        raise BadPush(f"The push holds an aggregate of {data.count} requests.")
    samples.add("http_reqs", COUNTER, tags, time, data.count)
    for name in _SPREADS:
        spread = getattr(data.values, name)
        if spread is not None:
            for value, weight in _spread_out(spread, data.count):
                samples.add(name, TREND, tags, time, value, weight)
    failed = data.values.http_req_failed
    if failed is not None:
        if not 0 <= failed.nz_count <= failed.count <= MAX_AGGREGATED:
            raise BadPush("The push contradicts itself: an aggregate with more failures than requests.")
        for value, weight in ((1, failed.nz_count), (0, failed.count - failed.nz_count)):
            if weight:
                samples.add("http_req_failed", RATE, tags, time, value, weight)


def _spread_out(spread: _Spread, count: int) -> list[tuple[float, int]]:
    """Values, and how often each: the two extremes once, the others where they keep the sum."""
    slack = 1e-9 * max(abs(spread.min), abs(spread.max))  # of the client's rounding
    if not spread.min - slack <= spread.avg <= spread.max + slack:
        raise BadPush("The push contradicts itself: an aggregate whose mean is outside its extremes.")
    if count == 1:
        return [(spread.avg, 1)]
    others = count - 2
    if not others:
        return [(spread.min, 1), (spread.max, 1)]
    rest = (spread.avg * count - spread.min - spread.max) / others
    return [(spread.min, 1), (spread.max, 1), (min(max(rest, spread.min), spread.max), others)]


def _columns(samples: _Samples, period: int) -> tuple[Columns, list[Series]]:
    if not samples.series:
        return Columns.empty(), []
    value = np.array(samples.value, np.float64)
    if not np.isfinite(value).all():
        raise BadPush("The push holds a number that is not finite.")
    weight = np.array(samples.weight, np.int64)
    moment = np.array(samples.time, np.int64)
    bucket = moment // (period * _MICROSECONDS) * period
    check_times(bucket)
    defined, numbers = _without_repeats(samples.defined)
    series = numbers[np.array(samples.series, np.int64)]
    # In order of series, bucket and moment; samples of one moment stay in the order they were sent in.
    order = np.lexsort((moment, bucket, series))
    series, bucket, value, weight = series[order], bucket[order], value[order], weight[order]
    first = np.flatnonzero(np.append(True, (np.diff(series) != 0) | (np.diff(bucket) != 0)))
    row_of = np.repeat(np.arange(len(first)), np.diff(first, append=len(series)))
    types = np.array([int(one.type) for one in defined])[series]
    return _rows(defined, series, bucket, value, weight, first, row_of, types), defined


def _without_repeats(defined: Iterable[Series]) -> tuple[list[Series], Ints]:
    """Each series once (old clients write the tags in any order), and the number of each entry in that list."""
    numbers: dict[int, int] = {}
    unique: list[Series] = []
    for one in defined:
        if one.key not in numbers:
            numbers[one.key] = len(unique)
            unique.append(one)
    return unique, np.array([numbers[one.key] for one in defined], np.int64)


def _rows(
    defined: list[Series], series: Ints, bucket: Ints, value: Floats, weight: Ints,
    first: Ints, row_of: Ints, types: NDArray[np.int64],
) -> Columns:  # fmt: skip
    """The columns, from samples sorted by row."""
    rows = len(first)
    kind = types[first]
    is_trend, is_gauge = kind == TREND, kind == GAUGE
    count = np.add.reduceat(weight, first)
    # A rate's sum is the number of samples that are not zero, whatever they are.
    added = np.where(types == RATE, value != 0, value) * weight
    total = np.add.reduceat(added, first)
    has_extremes = is_trend | is_gauge
    last = value[np.append(first[1:], len(value)) - 1]
    units = scaled_up(value)
    below, beyond = (types == TREND) & (value < 0), (types == TREND) & (units > _BEYOND)
    inside = np.flatnonzero((types == TREND) & ~below & ~beyond)
    # One number per (row, bucket), so that one sort merges them all.
    places, where = np.unique(row_of[inside] * 8192 + bucket_indexes(units[inside]), return_inverse=True)
    merged = np.zeros(len(places), np.int64)
    np.add.at(merged, where, weight[inside])
    keys = np.array([one.key for one in defined], np.int64)
    return Columns(
        series=keys[series[first]],
        time=bucket[first],
        count=np.where(kind == COUNTER, 0, count),
        sum=total.astype(np.float64),
        min=np.where(has_extremes, np.minimum.reduceat(value, first), 0.0),
        max=np.where(has_extremes, np.maximum.reduceat(value, first), 0.0),
        last=np.where(is_gauge, last, 0.0),
        low=np.add.reduceat(np.where(below, weight, 0), first),
        high=np.add.reduceat(np.where(beyond, weight, 0), first),
        hist_length=np.bincount(places // 8192, minlength=rows).astype(np.int64),
        hist_index=places % 8192,
        hist_count=merged,
    )
