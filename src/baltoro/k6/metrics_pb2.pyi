from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Push(_message.Message):
    __slots__ = ("test_run_id", "aggregation_period", "metrics")
    TEST_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    AGGREGATION_PERIOD_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    test_run_id: str
    aggregation_period: int
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    def __init__(self, test_run_id: _Optional[str] = ..., aggregation_period: _Optional[int] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("name", "type", "time_series")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_SERIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: int
    time_series: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[int] = ..., time_series: _Optional[_Iterable[bytes]] = ...) -> None: ...

class TimeSeries(_message.Message):
    __slots__ = ("labels", "counter", "gauge", "rate", "trend")
    LABELS_FIELD_NUMBER: _ClassVar[int]
    COUNTER_FIELD_NUMBER: _ClassVar[int]
    GAUGE_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    TREND_FIELD_NUMBER: _ClassVar[int]
    labels: _containers.RepeatedScalarFieldContainer[bytes]
    counter: CounterSamples
    gauge: GaugeSamples
    rate: RateSamples
    trend: TrendSamples
    def __init__(self, labels: _Optional[_Iterable[bytes]] = ..., counter: _Optional[_Union[CounterSamples, _Mapping]] = ..., gauge: _Optional[_Union[GaugeSamples, _Mapping]] = ..., rate: _Optional[_Union[RateSamples, _Mapping]] = ..., trend: _Optional[_Union[TrendSamples, _Mapping]] = ...) -> None: ...

class Time(_message.Message):
    __slots__ = ("seconds",)
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    seconds: int
    def __init__(self, seconds: _Optional[int] = ...) -> None: ...

class CounterSamples(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[CounterValue]
    def __init__(self, values: _Optional[_Iterable[_Union[CounterValue, _Mapping]]] = ...) -> None: ...

class CounterValue(_message.Message):
    __slots__ = ("time", "value")
    TIME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    time: Time
    value: float
    def __init__(self, time: _Optional[_Union[Time, _Mapping]] = ..., value: _Optional[float] = ...) -> None: ...

class GaugeSamples(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[GaugeValue]
    def __init__(self, values: _Optional[_Iterable[_Union[GaugeValue, _Mapping]]] = ...) -> None: ...

class GaugeValue(_message.Message):
    __slots__ = ("time", "last", "count", "min", "max", "avg")
    TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    AVG_FIELD_NUMBER: _ClassVar[int]
    time: Time
    last: float
    count: int
    min: float
    max: float
    avg: float
    def __init__(self, time: _Optional[_Union[Time, _Mapping]] = ..., last: _Optional[float] = ..., count: _Optional[int] = ..., min: _Optional[float] = ..., max: _Optional[float] = ..., avg: _Optional[float] = ...) -> None: ...

class RateSamples(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[RateValue]
    def __init__(self, values: _Optional[_Iterable[_Union[RateValue, _Mapping]]] = ...) -> None: ...

class RateValue(_message.Message):
    __slots__ = ("time", "nonzero_count", "total_count")
    TIME_FIELD_NUMBER: _ClassVar[int]
    NONZERO_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    time: Time
    nonzero_count: int
    total_count: int
    def __init__(self, time: _Optional[_Union[Time, _Mapping]] = ..., nonzero_count: _Optional[int] = ..., total_count: _Optional[int] = ...) -> None: ...

class TrendSamples(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[TrendValue]
    def __init__(self, values: _Optional[_Iterable[_Union[TrendValue, _Mapping]]] = ...) -> None: ...

class TrendValue(_message.Message):
    __slots__ = ("time", "counters", "spans", "sum", "count", "min_value", "max_value", "extra_low_values_counter", "extra_high_values_counter", "min_resolution")
    TIME_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    SUM_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_VALUE_FIELD_NUMBER: _ClassVar[int]
    EXTRA_LOW_VALUES_COUNTER_FIELD_NUMBER: _ClassVar[int]
    EXTRA_HIGH_VALUES_COUNTER_FIELD_NUMBER: _ClassVar[int]
    MIN_RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    time: Time
    counters: _containers.RepeatedScalarFieldContainer[int]
    spans: _containers.RepeatedCompositeFieldContainer[BucketSpan]
    sum: float
    count: int
    min_value: float
    max_value: float
    extra_low_values_counter: int
    extra_high_values_counter: int
    min_resolution: float
    def __init__(self, time: _Optional[_Union[Time, _Mapping]] = ..., counters: _Optional[_Iterable[int]] = ..., spans: _Optional[_Iterable[_Union[BucketSpan, _Mapping]]] = ..., sum: _Optional[float] = ..., count: _Optional[int] = ..., min_value: _Optional[float] = ..., max_value: _Optional[float] = ..., extra_low_values_counter: _Optional[int] = ..., extra_high_values_counter: _Optional[int] = ..., min_resolution: _Optional[float] = ...) -> None: ...

class BucketSpan(_message.Message):
    __slots__ = ("offset", "length")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    offset: int
    length: int
    def __init__(self, offset: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...
