"""One decoder per run: bytes of a push in, checked columns out."""

from collections.abc import Iterable, Sequence

import cramjam
import numpy as np
from google.protobuf.message import DecodeError

from baltoro.k6.columns import Decoded, MetricType, Series, series_key
from baltoro.k6.errors import BadPush, PushTooLarge, UnsupportedPush
from baltoro.k6.labels import accepted_labels, check_metric_name, parse_labels
from baltoro.k6.metrics_pb2 import Push
from baltoro.k6.push_v1 import decode_json
from baltoro.k6.push_v2 import to_columns
from baltoro.k6.read_any import read_any
from baltoro.k6.read_canonical import NotCanonical, read_canonical
from baltoro.k6.wire import WireSamples

MAX_SERIES = 50_000
"""Series in one push of protocol version 2. k6 sends 1,000 unless its user asks for more."""
MAX_PERIOD = 3600
"""Seconds. The widest bucket that is accepted."""
V1, V2 = 1, 2
_TYPES = {int(type_): type_ for type_ in MetricType}


class _Keys(dict[bytes, int]):
    """Series keys of one metric by the raw bytes of their labels; an unknown one is computed once and kept."""

    def __init__(self, metric: str, type: MetricType) -> None:
        super().__init__()
        self._metric = metric
        self._type = type

        self._fresh: dict[int, Series] = {}

    def __missing__(self, raw: bytes) -> int:
        series = self._parse(raw)
        self[raw] = series.key
        self._fresh[series.key] = series
        return series.key

    def define(self, raw: bytes) -> Series:
        """The series itself. It is kept only from its first appearance until it is defined for the first time."""
        return self._fresh.pop(self[raw], None) or self._parse(raw)

    def _parse(self, raw: bytes) -> Series:
        labels = accepted_labels(self._metric, parse_labels(raw))
        return Series(series_key(self._metric, self._type, labels), self._metric, self._type, labels)


class PushDecoder:
    """Decodes the pushes of one run, and remembers its series so that each is defined only once.

    Not to be used by two threads at a time.

    Args:
        run_id: the run; a push that names another one is refused.
        bucket_width: seconds; the buckets that samples of protocol version 1 (single points) are put into.
        max_batch_bytes: limit of a version 2 push after decompression.
        max_json_bytes: the same for version 1.
    """

    def __init__(
        self,
        *,
        run_id: int,
        bucket_width: int,
        max_batch_bytes: int = 16 * 1024 * 1024,
        max_json_bytes: int = 128 * 1024 * 1024,
    ) -> None:
        self._run_id = str(run_id)
        self._bucket_width = bucket_width
        self._max_batch_bytes = max_batch_bytes
        self._max_json_bytes = max_json_bytes
        self._keys: dict[tuple[str, int], _Keys] = {}
        self._reported: set[int] = set()

    def decode(self, protocol: int, encoding: str, body: bytes) -> Decoded:
        """Decodes and checks a push.

        Args:
            protocol: 2 (snappy, protobuf) or 1 (JSON).
            encoding: the request's `Content-Encoding`: `snappy` for version 2, `gzip` or empty for version 1.
            body: as received.

        Raises:
            BadPush, PushTooLarge, UnsupportedPush: nothing of it may be stored; the decoder is as before.
        """
        encoding = encoding.strip().lower()
        if protocol == V2:
            if encoding != "snappy":
                raise UnsupportedPush(f"A push of protocol version 2 is snappy-compressed, not {encoding[:40]!r}.")
            return self._decode_v2(body)
        if protocol == V1:
            if encoding not in {"", "identity", "gzip"}:
                raise UnsupportedPush(f"A push of protocol version 1 is compressed by gzip, not by {encoding[:40]!r}.")
            columns, series = decode_json(
                body, is_gzip=encoding == "gzip", period=self._bucket_width, max_bytes=self._max_json_bytes
            )
            new = [one for one in series if one.key not in self._reported]
            self._reported.update(one.key for one in new)
            return Decoded(columns, new, self._bucket_width)
        raise UnsupportedPush(f"There is no metrics protocol version {protocol}.")

    def forget(self, keys: Iterable[int]) -> None:
        """Defines these series again when they come next: for pushes that were decoded but could not be stored."""
        self._reported.difference_update(keys)

    def _decode_v2(self, body: bytes) -> Decoded:
        push = _parse(decompress(body, self._max_batch_bytes))
        if push.test_run_id != self._run_id:
            raise BadPush(f"The push is for run {push.test_run_id[:40]!r}, but was sent to run {self._run_id}.")
        period = push.aggregation_period
        if not 1 <= period <= MAX_PERIOD:
            raise BadPush(f"The push has an aggregation period of {period} s; 1 to {MAX_PERIOD} are possible.")
        series: list[bytes] = []
        types: list[int] = []
        known: list[tuple[_Keys, int]] = []
        for metric in push.metrics:
            if len(series) + len(metric.time_series) > MAX_SERIES:
                raise PushTooLarge(
                    f"The push has more than {MAX_SERIES} series. Lower K6_CLOUD_MAX_TIME_SERIES_IN_BATCH."
                )
            keys = self._keys_of(metric.name, metric.type)
            series += metric.time_series
            known.append((keys, len(metric.time_series)))
            types += [metric.type] * len(metric.time_series)
        wire = _read(series, types)
        key_of: list[int] = []
        at = 0
        for keys, count in known:
            key_of.extend(map(keys.__getitem__, wire.labels[at : at + count]))
            at += count
        columns = to_columns(wire, np.array(key_of, np.int64), period)
        return Decoded(columns, self._define_new(wire, known, key_of), period)

    def _keys_of(self, name: str, number: int) -> _Keys:
        keys = self._keys.get((name, number))
        if keys is None:
            check_metric_name(name)
            if number not in _TYPES:
                raise BadPush(f"The metric {name[:60]!r} has the unknown type {number}.")
            keys = self._keys[name, number] = _Keys(name, _TYPES[number])
        return keys

    def _define_new(
        self, wire: WireSamples, known: Sequence[tuple[_Keys, int]], key_of: Sequence[int]
    ) -> Sequence[Series]:
        """Definitions of the push's series that were not given out before."""
        new = set(key_of) - self._reported
        if not new:
            return []
        self._reported |= new
        defined: list[Series] = []
        at = 0
        for keys, count in known:
            for place in range(at, at + count):
                if key_of[place] in new:
                    new.remove(key_of[place])
                    defined.append(keys.define(wire.labels[place]))
            at += count
        return defined


def _read(series: Sequence[bytes], types: Sequence[int]) -> WireSamples:
    try:
        return read_canonical(series, np.array(types, np.int64))
    except NotCanonical:
        return read_any(series, [_TYPES[number] for number in types])


def decompress(body: bytes, max_bytes: int) -> bytes:
    """The content of one snappy block.

    Raises:
        BadPush: it is not one.
        PushTooLarge: it announces more than `max_bytes`; nothing was decompressed then.
    """
    try:
        size = cramjam.snappy.decompress_raw_len(body)
        if size > max_bytes:
            raise PushTooLarge(f"The push has {size} bytes; {max_bytes} are allowed.")
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise BadPush("The push is damaged: its snappy block cannot be decompressed.") from error


def _parse(message: bytes) -> Push:
    try:
        return Push.FromString(message)
    except DecodeError as error:
        raise BadPush("The push is damaged: its protobuf message cannot be read.") from error
