"""Reads the series of a push in every form that protobuf allows, with protobuf's own parser: slow and plain.

k6 always writes one form, which `read_canonical.py` reads ten times as fast; whatever is unusual comes here.
"""

from collections.abc import Sequence

import numpy as np
from google.protobuf.message import DecodeError

from baltoro.k6.columns import Floats, Ints, MetricType
from baltoro.k6.errors import BadPush, PushTooLarge
from baltoro.k6.metrics_pb2 import CounterValue, GaugeValue, RateValue, TimeSeries, TrendValue
from baltoro.k6.varints import encode_varint
from baltoro.k6.wire import WireCounters, WireGauges, WireRates, WireSamples, WireTrends

MAX_BYTES = 2 * 1024 * 1024
"""Of all series. As objects they take far more memory than on the wire; k6's own pushes never come here."""
MAX_ROWS = 50_000
"""Buckets of all series, for the same reason."""
_LABEL = b"\x0a"


def read_any(series: Sequence[bytes], types: Sequence[MetricType]) -> WireSamples:
    """The samples of the given series, in the form they have on the wire.

    Args:
        series: each one's message.
        types: type of each one's metric.

    Raises:
        BadPush: not a series, or one of another type than its metric.
        PushTooLarge: more than 2 MiB, or more than 50,000 buckets of series.
    """
    if sum(map(len, series)) > MAX_BYTES:
        raise PushTooLarge(f"A push that is not encoded as k6 does it may have {MAX_BYTES} bytes at most.")
    labels: list[bytes] = []
    counters: list[tuple[int, CounterValue]] = []
    gauges: list[tuple[int, GaugeValue]] = []
    rates: list[tuple[int, RateValue]] = []
    trends: list[tuple[int, TrendValue]] = []
    rows = 0
    for number, (raw, type_) in enumerate(zip(series, types, strict=True)):
        try:
            one = TimeSeries.FromString(raw)
        except DecodeError as error:
            raise BadPush("The push is damaged: a series cannot be read.") from error
        labels.append(b"".join(_LABEL + encode_varint(len(label)) + label for label in one.labels))
        kind = one.WhichOneof("samples")
        if kind is not None and kind != type_.name.lower():
            raise BadPush(f"The push contradicts itself: a {type_.name.lower()} with samples of a {kind}.")
        rows += sum(len(kind.values) for kind in (one.counter, one.gauge, one.rate, one.trend))
        if rows > MAX_ROWS:
            raise PushTooLarge(f"A push that is not encoded as k6 does it may have {MAX_ROWS} buckets at most.")
        counters.extend((number, value) for value in one.counter.values)
        gauges.extend((number, value) for value in one.gauge.values)
        rates.extend((number, value) for value in one.rate.values)
        trends.extend((number, value) for value in one.trend.values)
    return WireSamples(labels, _counters(counters), _gauges(gauges), _rates(rates), _trends(trends))


def _ints(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, np.int64)


def _floats(numbers: Sequence[float]) -> Floats:
    return np.array(numbers, np.float64)


def _counters(rows: Sequence[tuple[int, CounterValue]]) -> WireCounters:
    return WireCounters(
        series=_ints([number for number, _ in rows]),
        time=_ints([value.time.seconds for _, value in rows]),
        value=_floats([value.value for _, value in rows]),
    )


def _gauges(rows: Sequence[tuple[int, GaugeValue]]) -> WireGauges:
    return WireGauges(
        series=_ints([number for number, _ in rows]),
        time=_ints([value.time.seconds for _, value in rows]),
        last=_floats([value.last for _, value in rows]),
        count=_ints([value.count for _, value in rows]),
        min=_floats([value.min for _, value in rows]),
        max=_floats([value.max for _, value in rows]),
        avg=_floats([value.avg for _, value in rows]),
    )


def _rates(rows: Sequence[tuple[int, RateValue]]) -> WireRates:
    return WireRates(
        series=_ints([number for number, _ in rows]),
        time=_ints([value.time.seconds for _, value in rows]),
        nonzero=_ints([value.nonzero_count for _, value in rows]),
        total=_ints([value.total_count for _, value in rows]),
    )


def _trends(rows: Sequence[tuple[int, TrendValue]]) -> WireTrends:
    return WireTrends(
        series=_ints([number for number, _ in rows]),
        time=_ints([value.time.seconds for _, value in rows]),
        sum=_floats([value.sum for _, value in rows]),
        count=_ints([value.count for _, value in rows]),
        min=_floats([value.min_value for _, value in rows]),
        max=_floats([value.max_value for _, value in rows]),
        low=_ints([value.extra_low_values_counter for _, value in rows]),
        high=_ints([value.extra_high_values_counter for _, value in rows]),
        resolution=_floats([value.min_resolution for _, value in rows]),
        n_counters=_ints([len(value.counters) for _, value in rows]),
        counters=_ints([counter for _, value in rows for counter in value.counters]),
        n_spans=_ints([len(value.spans) for _, value in rows]),
        span_offset=_ints([span.offset for _, value in rows for span in value.spans]),
        span_length=_ints([span.length for _, value in rows for span in value.spans]),
    )
