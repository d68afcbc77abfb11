"""A push of protocol version 2 as it stands on the wire, in columns: read, but neither checked nor expanded."""

from collections.abc import Sequence
from dataclasses import dataclass

from baltoro.k6.columns import Floats, Ints


@dataclass(frozen=True, slots=True)
class WireCounters:
    """Buckets of counters. `series`: position of each row's series in the push; `time`: seconds since the epoch."""

    series: Ints
    time: Ints
    value: Floats


@dataclass(frozen=True, slots=True)
class WireGauges:
    """Buckets of gauges; `min` and `max` are the two fields as sent, swapped or not."""

    series: Ints
    time: Ints
    last: Floats
    count: Ints
    min: Floats
    max: Floats
    avg: Floats


@dataclass(frozen=True, slots=True)
class WireRates:
    """Buckets of rates."""

    series: Ints
    time: Ints
    nonzero: Ints
    total: Ints


@dataclass(frozen=True, slots=True)
class WireTrends:
    """Buckets of trends. Row r has `n_counters[r]` of `counters` and `n_spans[r]` of the spans, row after row."""

    series: Ints
    time: Ints
    sum: Floats
    count: Ints
    min: Floats
    max: Floats
    low: Ints
    high: Ints
    resolution: Floats
    n_counters: Ints
    counters: Ints
    n_spans: Ints
    span_offset: Ints
    span_length: Ints


@dataclass(frozen=True, slots=True)
class WireSamples:
    """What the series of one push hold, and the raw bytes of each one's labels."""

    labels: Sequence[bytes]
    counters: WireCounters
    gauges: WireGauges
    rates: WireRates
    trends: WireTrends
