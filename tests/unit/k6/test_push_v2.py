"""Pushes of protocol version 2: what is accepted, what is refused, and that nothing else can happen."""

from typing import Any

import cramjam
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baltoro.k6.columns import Columns, Decoded, MetricType, series_key
from baltoro.k6.decoder import PushDecoder
from baltoro.k6.errors import BadPush, PushTooLarge, UnsupportedPush
from baltoro.k6.metrics_pb2 import Push
from baltoro.k6.read_any import read_any
from baltoro.k6.read_canonical import NotCanonical, read_canonical
from tests import pushes
from tests.pushes import NOON, OneSeries

from .recordings import body, recordings

RUN = 4711


def decode(content: bytes, **settings_: Any) -> Decoded:
    return PushDecoder(run_id=RUN, bucket_width=1, **settings_).decode(2, "snappy", content)


def one_trend(value: bytes, **labels: str) -> bytes:
    return pushes.v2_body(RUN, OneSeries("t", pushes.TREND, labels, [value]))


def same(one: Columns, other: Columns) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Columns.__slots__)


def test_the_four_types_land_in_their_columns() -> None:
    decoded = decode(
        pushes.v2_body(
            RUN,
            OneSeries("reqs", pushes.COUNTER, {"a": "b"}, [pushes.counter_value(7.5)]),
            OneSeries("vus", pushes.GAUGE, {}, [pushes.gauge_value(5, count=3, lo=3, hi=7, avg=5)]),
            OneSeries("ok", pushes.RATE, {}, [pushes.rate_value(2, 3)]),
            OneSeries("t", pushes.TREND, {}, [pushes.trend_value([1.0, 1.0, 100.0])]),
        )
    )
    columns = decoded.columns
    assert columns.series.tolist() == [
        series_key("reqs", MetricType.COUNTER, {"a": "b"}),
        series_key("vus", MetricType.GAUGE, {}),
        series_key("ok", MetricType.RATE, {}),
        series_key("t", MetricType.TREND, {}),
    ]
    assert columns.time.tolist() == [NOON] * 4
    assert columns.count.tolist() == [0, 3, 3, 3]
    assert columns.sum.tolist() == [7.5, 15.0, 2.0, 102.0]
    assert columns.min.tolist() == [0, 3, 0, 1]
    assert columns.max.tolist() == [0, 7, 0, 100]
    assert columns.last.tolist() == [0, 5, 0, 0]
    assert columns.hist_length.tolist() == [0, 0, 0, 2]
    assert columns.hist_index.tolist() == [506, 1347]
    assert columns.hist_count.tolist() == [2, 1]


@pytest.mark.parametrize("swapped", [True, False], ids=["before k6 1.8", "k6 1.8"])
@pytest.mark.parametrize(
    ("samples", "lowest", "highest"),
    [([7, 3, 5], 3, 7), ([9, -3, 6], -3, 9), ([-4, 0, 0], -4, 0), ([0], 0, 0)],
)
def test_a_gauge_has_its_extremes_whichever_way_they_come(
    samples: list[float], lowest: float, highest: float, *, swapped: bool
) -> None:
    value = pushes.gauge_value(
        samples[-1], count=len(samples), lo=min(samples), hi=max(samples), avg=sum(samples) / len(samples),
        swapped=swapped,
    )  # fmt: skip
    columns = decode(pushes.v2_body(RUN, OneSeries("g", pushes.GAUGE, {}, [value]))).columns
    assert (columns.min.tolist(), columns.max.tolist()) == ([lowest], [highest])


def test_a_gauge_of_negative_values_is_not_given_a_maximum_of_zero() -> None:
    value = pushes.gauge_value(-2, count=2, lo=-4, hi=0, avg=-3)
    columns = decode(pushes.v2_body(RUN, OneSeries("g", pushes.GAUGE, {}, [value]))).columns
    assert (columns.min.tolist(), columns.max.tolist()) == ([-4], [-2])


def test_a_correct_maximum_of_zero_stays_though_mean_and_last_are_negative() -> None:
    value = pushes.gauge_value(-2, count=3, lo=-4, hi=0, avg=-2, swapped=False)
    columns = decode(pushes.v2_body(RUN, OneSeries("g", pushes.GAUGE, {}, [value]))).columns
    assert columns.max.tolist() == [0]


def test_several_buckets_of_a_series_are_several_rows() -> None:
    values = [pushes.trend_value([index + 1.0], time=NOON + index) for index in range(3)]
    columns = decode(pushes.v2_body(RUN, OneSeries("t", pushes.TREND, {}, values))).columns
    assert columns.time.tolist() == [NOON, NOON + 1, NOON + 2]
    assert len(set(columns.series.tolist())) == 1
    assert columns.min.tolist() == [1, 2, 3]
    assert columns.hist_length.tolist() == [1, 1, 1]


def test_times_are_cut_down_to_the_period() -> None:
    series = OneSeries("c", pushes.COUNTER, {}, [pushes.counter_value(1, time=NOON + 4)])
    decoded = decode(pushes.v2_body(RUN, series, period=3))
    assert decoded.columns.time.tolist() == [NOON + 3]
    assert decoded.period == 3


def test_series_are_defined_once() -> None:
    decoder = PushDecoder(run_id=RUN, bucket_width=1)
    first = decoder.decode(2, "snappy", pushes.big_push(RUN, series=50, trends=30))
    again = decoder.decode(2, "snappy", pushes.big_push(RUN, series=60, trends=30, seed=2))
    assert len(first.series) == 50
    assert len(again.series) == 10
    assert not {one.key for one in first.series} & {one.key for one in again.series}
    decoder.forget(first.columns.series.tolist())
    assert len(decoder.decode(2, "snappy", pushes.big_push(RUN, series=60, trends=30)).series) == 50


def test_a_refused_push_leaves_its_series_to_be_defined_by_the_next() -> None:
    decoder = PushDecoder(run_id=RUN, bucket_width=1)
    with pytest.raises(BadPush, match="time"):
        decoder.decode(2, "snappy", one_trend(pushes.trend_value([1.0], time=5), a="b"))
    assert len(decoder.decode(2, "snappy", one_trend(pushes.trend_value([1.0]), a="b")).series) == 1


def test_coarser_histograms_are_rescaled() -> None:
    """k6 0.46 counts in whole milliseconds."""
    samples = [0.0, 3.0, 3.0, 250.0, 1000.0, 5e9]
    columns = decode(one_trend(pushes.trend_value(samples, resolution=1.0))).columns
    assert columns.hist_count.tolist() == [1, 2, 1, 1, 1]
    middles = [bucket * 0.001 for bucket in (0, 2500, 249500)]
    assert [columns.hist_index[at] for at in (0, 1, 2)] == [pushes.bucket_of(value) for value in middles]
    assert columns.count.tolist() == [6]


def test_finer_histograms_merge_their_buckets() -> None:
    samples = [0.0001, 0.0002, 0.0003, 5.0]
    columns = decode(one_trend(pushes.trend_value(samples, resolution=0.0001))).columns
    assert columns.hist_index.tolist() == [1, pushes.bucket_of(5.0)]
    assert columns.hist_count.tolist() == [3, 1]


def test_rescaling_moves_what_does_not_fit_to_the_values_beyond() -> None:
    columns = decode(one_trend(pushes.trend_value([1.0, 1e17], resolution=1.0))).columns
    assert (columns.high.tolist(), columns.hist_length.tolist(), columns.count.tolist()) == ([1], [1], [2])


HISTOGRAM = {10: 1, 12: 2}


def series(name: str = "c", **labels: str) -> OneSeries:
    return OneSeries(name, pushes.COUNTER, labels, [pushes.counter_value(1)])


def tagged(labels: dict[str, str]) -> OneSeries:
    return OneSeries("c", pushes.COUNTER, labels, [pushes.counter_value(1)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pushes.v2_body(4712, series()), "run"),
        (pushes.v2_body("", series()), "run"),
        (pushes.v2_body(RUN, series(), period=0), "period"),
        (pushes.v2_body(RUN, series(), period=4000), "period"),
        (pushes.v2_body(RUN, OneSeries("c", 9, {}, [pushes.counter_value(1)])), "type"),
        (pushes.v2_body(RUN, series("")), "name"),
        (pushes.v2_body(RUN, series("m" * 1025)), "1024"),
        (pushes.v2_body(RUN, series(a="x" * 2049)), "2048"),
        (pushes.v2_body(RUN, series(a="ä" * 1025)), "2048"),
        (pushes.v2_body(RUN, series(a="x\0y")), "zero byte"),
        (pushes.v2_body(RUN, tagged({f"tag{k}": "" for k in range(41)})), "40"),
        (pushes.v2_body(RUN, OneSeries("c", 1, {}, [pushes.counter_value(float("nan"))])), "finite"),
        (pushes.v2_body(RUN, OneSeries("c", 1, {}, [pushes.counter_value(float("inf"))])), "finite"),
        (pushes.v2_body(RUN, OneSeries("c", 1, {}, [pushes.counter_value(1, time=946_684_799)])), "time"),
        (pushes.v2_body(RUN, OneSeries("c", 1, {}, [pushes.counter_value(1, time=4_102_444_800)])), "time"),
        (pushes.v2_body(RUN, OneSeries("c", 1, {}, [pushes.counter_value(1, time=2**60)])), "time"),
        (pushes.v2_body(RUN, OneSeries("r", 3, {}, [pushes.rate_value(4, 3)])), "rate"),
        (pushes.v2_body(RUN, OneSeries("g", 2, {}, [pushes.gauge_value(1, count=0)])), "gauge"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, count=4)), "add up"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, spans=[(10, 1)])), "spans"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, spans=[(10, 3)])), "spans"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, spans=[(10, 2**32 - 1)])), "spans"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, spans=[(7296, 2)])), "bucket"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, spans=[(2**32 - 1, 2)])), "bucket"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=3, max=2)), "min"),
        (one_trend(pushes.histogram_value({}, sum=0, min=0, max=0)), "without samples"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, resolution=1e300)), "resolution"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=1, min=1, max=2, resolution=float("nan"))), "resolution"),
        (one_trend(pushes.histogram_value(HISTOGRAM, sum=float("nan"), min=1, max=2)), "finite"),
        (b"", "snappy"),
        (b"\x05abc", "snappy"),
        (pushes.snappy(b"\xff\xff"), "protobuf"),
        (pushes.snappy(pushes.v2_message(RUN, series())[:-3]), "protobuf"),
    ],
)  # fmt: skip
def test_a_push_that_cannot_be_true_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(BadPush, match=words):
        decode(content)


def test_the_highest_bucket_is_accepted() -> None:
    columns = decode(one_trend(pushes.histogram_value({7296: 1}, sum=9e15, min=9e15, max=9e15))).columns
    assert columns.hist_index.tolist() == [7296]


def test_a_label_may_be_empty_and_come_with_forty_others() -> None:
    labels = {"": "x", **{f"tag{number:02}": "" for number in range(39)}}
    assert dict(decode(pushes.v2_body(RUN, tagged(labels))).series[0].labels) == labels


def test_reserved_labels_are_dropped() -> None:
    decoded = decode(pushes.v2_body(RUN, series(__name__="x", test_run_id="9", kept="1")))
    assert dict(decoded.series[0].labels) == {"kept": "1"}


def test_a_block_that_announces_too_much_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(PushTooLarge):
        decode(b"\xff\xff\xff\xff\x0f" + b"\0" * 20)
    with pytest.raises(PushTooLarge):
        decode(pushes.big_push(RUN), max_batch_bytes=300_000)


def test_too_many_series_are_refused() -> None:
    message = pushes.v2_message(RUN) + pushes.bytes_field(
        3, pushes.bytes_field(1, b"m") + pushes.number_field(2, 1) + b"\x1a\x00" * 50_001
    )
    with pytest.raises(PushTooLarge, match="series"):
        decode(pushes.snappy(message))


def test_endless_spans_end() -> None:
    """A million spans in one histogram would be a million steps."""
    value = pushes.time_field(NOON) + b"\x1a\x00" * 500_000
    with pytest.raises(BadPush, match="without samples"):
        decode(one_trend(value))


@pytest.mark.parametrize(("protocol", "encoding"), [(2, "gzip"), (2, ""), (1, "snappy"), (3, "snappy"), (0, "")])
def test_an_unknown_encoding_is_named(protocol: int, encoding: str) -> None:
    with pytest.raises(UnsupportedPush):
        PushDecoder(run_id=RUN, bucket_width=1).decode(protocol, encoding, b"")


def both_readers(message: bytes) -> None:
    """What the fast reader reads, protobuf's own parser reads too."""
    raw: list[bytes] = []
    types: list[int] = []
    for metric in Push.FromString(message).metrics:
        raw += metric.time_series
        types += [metric.type] * len(metric.time_series)
    fast = read_canonical(raw, np.array(types, np.int64))
    slow = read_any(raw, [MetricType(number) for number in types])
    assert list(fast.labels) == list(slow.labels)
    for kind in ("counters", "gauges", "rates", "trends"):
        for name in getattr(fast, kind).__slots__:
            one, other = getattr(getattr(fast, kind), name), getattr(getattr(slow, kind), name)
            assert np.array_equal(one, other), (kind, name)


@pytest.mark.parametrize("recording", recordings("v2-"), ids=lambda recording: recording["file"])
def test_the_fast_reader_reads_real_pushes(recording: dict[str, Any]) -> None:
    both_readers(bytes(cramjam.snappy.decompress_raw(body(recording))))


def test_the_fast_reader_reads_a_large_push() -> None:
    both_readers(pushes.big_message(RUN, series=200, trends=120))


numbers = st.floats(0, 1e16) | st.integers(0, 300).map(lambda unit: unit / 1000)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
times = st.integers(NOON - 10_000, NOON + 10_000)
counters = st.builds(lambda value, time: (1, pushes.counter_value(value, time=time)), numbers, times)
gauges = st.builds(lambda value, time: (2, pushes.gauge_value(value, time=time)), st.floats(-1e9, 1e9), times)
rates = st.builds(
    lambda one, other, time: (3, pushes.rate_value(min(one, other), max(one, other), time=time)),
    st.integers(0, 2**31), st.integers(0, 2**31), times,
)  # fmt: skip
trends = st.builds(
    lambda samples, time: (4, pushes.trend_value(samples, time=time)),
    st.lists(st.floats(-10, 1e18) | numbers, min_size=1, max_size=20), times,
)  # fmt: skip
some_series = st.builds(
    lambda metric, labels, value: OneSeries(metric, value[0], labels, [value[1]] * 2),
    st.sampled_from(["a", "b", "metric_ä"]),
    st.dictionaries(texts.filter(lambda name: not name.startswith("__") and name != "test_run_id"), texts, max_size=10),
    st.one_of(counters, gauges, rates, trends),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(some_series, max_size=12))
def test_both_readers_agree_on_whatever_k6_may_send(made: list[OneSeries]) -> None:
    message = pushes.v2_message(RUN, *made)
    both_readers(message)
    decoded = decode(pushes.snappy(message))
    assert len(decoded.columns) == 2 * len(made)
    kept = {series_key(one.metric, MetricType(one.type), one.labels) for one in made}
    assert {one.key for one in decoded.series} == kept


def test_legal_but_unusual_encodings_are_read_as_well() -> None:
    """Fields in another order, times with nanoseconds, unpacked counters: never seen, but protobuf allows it."""
    usual = one_trend(pushes.histogram_value(HISTOGRAM, sum=30, min=9, max=12), a="b")
    value = (
        pushes.double_field(11, 0.001)
        + pushes.number_field(6, 3)
        + b"".join(pushes.number_field(2, count) for count in HISTOGRAM.values())
        + pushes.bytes_field(3, pushes.number_field(2, 1) + pushes.number_field(1, 10))
        + pushes.bytes_field(3, pushes.number_field(1, 1) + pushes.number_field(2, 1))
        + pushes.double_field(8, 12)
        + pushes.double_field(7, 9)
        + pushes.double_field(5, 30)
        + pushes.bytes_field(1, pushes.number_field(1, NOON) + pushes.number_field(2, 500))
    )
    unusual = one_trend(value, a="b")
    assert same(decode(usual).columns, decode(unusual).columns)


def expect_refusal_or_columns(content: bytes) -> None:
    """A hostile body may be understood or refused; nothing else can happen."""
    try:
        columns = decode(content).columns
    except (BadPush, PushTooLarge):
        return
    assert int(columns.hist_length.sum()) == len(columns.hist_index) == len(columns.hist_count)
    assert all(np.isfinite(getattr(columns, name)).all() for name in ("sum", "min", "max", "last"))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    expect_refusal_or_columns(content)
    expect_refusal_or_columns(pushes.snappy(content))
    expect_refusal_or_columns(pushes.snappy(pushes.v2_message(RUN) + content))


MESSAGES = [bytes(cramjam.snappy.decompress_raw(body(recording))) for recording in recordings("v2-")] + [
    pushes.v2_message(RUN, *pushes.big_series(series=12, trends=8, buckets=6))
]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(MESSAGES),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 1 << 20),
)
def test_damaged_pushes_are_refused(message: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(message)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    expect_refusal_or_columns(pushes.snappy(bytes(damaged)))
    expect_refusal_or_columns(pushes.snappy(bytes(damaged[: cut % len(damaged)])))
    expect_refusal_or_columns(pushes.snappy(message)[: cut % 4000])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([1, 2, 3, 4]))
def test_arbitrary_series_never_break_the_fast_reader(content: bytes, type_: int) -> None:
    usual = pushes.encode_labels({"a": "b"}) + pushes.bytes_field(type_ + 1, pushes.bytes_field(1, content))
    for raw in (content, usual):
        try:
            read_canonical([raw], np.array([type_]))
        except (NotCanonical, BadPush):
            continue
