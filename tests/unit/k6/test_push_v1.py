"""Pushes of protocol version 1: single samples are put into the same buckets as those of version 2."""

import gzip
import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baltoro.k6.columns import Decoded, MetricType, series_key
from baltoro.k6.decoder import PushDecoder
from baltoro.k6.errors import BadPush, PushTooLarge
from tests.pushes import NOON, bucket_of

from .recordings import body, recordings

RUN = 4711


def decode(content: bytes, encoding: str = "", width: int = 1, **settings_: Any) -> Decoded:
    return PushDecoder(run_id=RUN, bucket_width=width, **settings_).decode(1, encoding, content)


def send(*elements: Any, **settings_: Any) -> Decoded:
    return decode(json.dumps(elements).encode(), **settings_)


def point(type_: str, value: float, *, metric: str = "m", at: float = NOON, tags: Any = None) -> dict[str, Any]:
    time = str(int(at * 1_000_000))
    return {"type": "Point", "metric": metric, "data": {"time": time, "type": type_, "tags": tags, "value": value}}


def points(metric: str, values: Any, *, at: float = NOON) -> dict[str, Any]:
    data = {"time": str(int(at * 1_000_000)), "type": "counter", "tags": {"a": "b"}, "values": values}
    return {"type": "Points", "metric": metric, "data": data}


def aggregated(count: int, values: Any, *, at: float = NOON) -> dict[str, Any]:
    data = {"time": str(int(at * 1e6)), "type": "aggregated_trend", "count": count, "tags": {}, "values": values}
    return {"type": "AggregatedPoints", "metric": "http_req_li_all", "data": data}


def test_samples_of_a_second_become_one_row_of_their_series() -> None:
    columns = send(
        point("trend", 1.0), point("trend", 100.0, at=NOON + 0.9), point("trend", 100.0, at=NOON + 0.1),
        point("trend", 5.0, at=NOON + 1),
    ).columns  # fmt: skip
    assert columns.time.tolist() == [NOON, NOON + 1]
    assert columns.count.tolist() == [3, 1]
    assert columns.sum.tolist() == [201, 5]
    assert (columns.min.tolist(), columns.max.tolist()) == ([1, 5], [100, 5])
    assert columns.hist_length.tolist() == [2, 1]
    assert columns.hist_index.tolist() == [bucket_of(1.0), bucket_of(100.0), bucket_of(5.0)]
    assert columns.hist_count.tolist() == [1, 2, 1]


def test_each_type_has_its_columns() -> None:
    decoded = send(
        point("counter", 2, metric="c"), point("counter", 3.5, metric="c"),
        point("rate", 1, metric="r"), point("rate", 0, metric="r"), point("rate", 1, metric="r"),
        point("gauge", 4, metric="g", at=NOON + 0.5), point("gauge", 9, metric="g", at=NOON + 0.1),
    )  # fmt: skip
    rows = {one.metric: int(np.flatnonzero(decoded.columns.series == one.key)[0]) for one in decoded.series}
    columns = decoded.columns
    assert (columns.count[rows["c"]], columns.sum[rows["c"]]) == (0, 5.5)
    assert (columns.count[rows["r"]], columns.sum[rows["r"]]) == (3, 2)
    assert [getattr(columns, name)[rows["g"]] for name in ("count", "sum", "min", "max", "last")] == [2, 13, 4, 9, 4]
    assert columns.hist_length.sum() == 0


def test_a_request_is_nine_samples() -> None:
    values = {
        "http_reqs": 1, "http_req_duration": 5.0, "http_req_blocked": 0, "http_req_connecting": 0,
        "http_req_tls_handshaking": 0, "http_req_sending": 1.0, "http_req_waiting": 3.0, "http_req_receiving": 1.0,
        "http_req_failed": 1,
    }  # fmt: skip
    decoded = send(points("http_req_li_all", values))
    types = {one.metric: one.type for one in decoded.series}
    assert types.keys() == values.keys()
    assert types["http_reqs"] is MetricType.COUNTER
    assert types["http_req_failed"] is MetricType.RATE
    assert types["http_req_duration"] is MetricType.TREND
    assert all(dict(one.labels) == {"a": "b"} for one in decoded.series)


def test_an_aggregate_keeps_number_sum_and_extremes() -> None:
    spread = {"min": 1.0, "max": 10.0, "avg": 4.0}
    decoded = send(aggregated(10, {"http_req_duration": spread, "http_req_failed": {"count": 10, "nz_count": 3}}))
    rows = {one.metric: int(np.flatnonzero(decoded.columns.series == one.key)[0]) for one in decoded.series}
    columns = decoded.columns
    trend = rows["http_req_duration"]
    figures = [getattr(columns, name)[trend] for name in ("count", "sum", "min", "max")]
    assert figures == pytest.approx([10, 40, 1, 10])
    assert columns.hist_count.tolist() == [1, 8, 1]
    assert columns.sum[rows["http_reqs"]] == 10
    assert (columns.count[rows["http_req_failed"]], columns.sum[rows["http_req_failed"]]) == (10, 3)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_small_aggregates_keep_their_number(count: int) -> None:
    spread = {"min": 4.0, "max": 4.0, "avg": 4.0}
    decoded = send(aggregated(count, {"http_req_duration": spread}))
    duration = next(one.key for one in decoded.series if one.metric == "http_req_duration")
    row = int(np.flatnonzero(decoded.columns.series == duration)[0])
    assert (decoded.columns.count[row], decoded.columns.sum[row]) == (count, 4.0 * count)


def test_buckets_have_the_width_of_the_run() -> None:
    columns = send(point("counter", 1, at=NOON + 4.9), point("counter", 1, at=NOON + 5), width=5).columns
    assert columns.time.tolist() == [NOON, NOON + 5]


def test_labels_in_any_order_are_one_series_and_reserved_ones_are_dropped() -> None:
    decoded = send(
        point("counter", 1, tags={"a": "1", "b": "2"}),
        point("counter", 1, tags={"b": "2", "a": "1", "__x": "y", "test_run_id": "7"}),
    )
    assert [one.key for one in decoded.series] == [series_key("m", MetricType.COUNTER, {"a": "1", "b": "2"})]
    assert decoded.columns.sum.tolist() == [2]


def test_tags_may_be_absent_or_null() -> None:
    bare = point("counter", 1)
    del bare["data"]["tags"]
    assert send(bare, point("counter", 1), point("counter", 1, tags={})).columns.sum.tolist() == [3]


def test_a_push_without_samples_is_empty() -> None:
    decoded = decode(b"[]")
    assert (len(decoded.columns), list(decoded.series)) == (0, [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "array"),
        (b"{}", "array"),
        (b"[", "array"),
        (b"[1]", "array"),
        (b'[{"type":"Other","metric":"m","data":{}}]', "array"),
        (b"[" * 100_000, "array"),
        (b'["\xff"]', "array"),
        (json.dumps([point("trend", 1, at=1.0)]).encode(), "time"),
        (json.dumps([{**point("trend", 1), "metric": ""}]).encode(), "name"),
        (json.dumps([point("histogram", 1)]).encode(), "array"),
        (json.dumps([point("trend", float("nan"))]).encode(), "array"),
        (json.dumps([point("trend", 1)]).encode().replace(b'"value": 1', b'"value": 1e999'), "finite|array"),
        (json.dumps([point("trend", 1, tags={"a": 1})]).encode(), "tags"),
        (json.dumps([point("trend", 1, tags=["a"])]).encode(), "tags"),
        (json.dumps([point("trend", 1, tags={"a": "\0"})]).encode(), "zero byte"),
        (json.dumps([point("trend", 1, tags={"a": "x" * 2049})]).encode(), "2048"),
        (json.dumps([point("trend", 1, tags={str(k): "" for k in range(41)})]).encode(), "40"),
        (json.dumps([aggregated(0, {})]).encode(), "aggregate"),
        (json.dumps([aggregated(10**12, {})]).encode(), "aggregate"),
        (json.dumps([aggregated(5, {"http_req_duration": {"min": 2, "max": 3, "avg": 9}})]).encode(), "mean"),
        (json.dumps([aggregated(5, {"http_req_failed": {"count": 5, "nz_count": 6}})]).encode(), "failures"),
    ],
)
def test_a_push_that_cannot_be_true_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(BadPush, match=words):
        decode(content)


@pytest.mark.parametrize("time", ["", "x", "-5", "1.5", "1" * 30, "١٢٣"])
def test_a_time_is_a_string_of_microseconds(time: str) -> None:
    sample = point("trend", 1)
    sample["data"]["time"] = time
    with pytest.raises(BadPush, match="time"):
        send(sample)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    with pytest.raises(PushTooLarge):
        decode(gzip.compress(b" " * 2_000_000), "gzip", max_json_bytes=1_000_000)
    with pytest.raises(PushTooLarge):
        decode(b" " * 2_000_000, max_json_bytes=1_000_000)


def test_an_array_of_too_many_samples_is_not_built() -> None:
    with pytest.raises(PushTooLarge, match="samples"):
        decode(b"[" + b"{}," * 900_000 + b"{}]")


@pytest.mark.parametrize(
    "damage", [lambda body: body[:-5], lambda body: body + b"x", lambda _: b"no gzip", lambda _: b""]
)
def test_a_damaged_gzip_stream_is_refused(damage: Any) -> None:
    with pytest.raises(BadPush, match="gzip"):
        decode(damage(gzip.compress(b"[]")), "gzip")


def test_gzip_and_plain_are_the_same() -> None:
    text = json.dumps([point("trend", 1.0)]).encode()
    one, other = decode(text).columns, decode(gzip.compress(text), "gzip").columns
    assert np.array_equal(one.hist_index, other.hist_index)


def expect_refusal_or_columns(content: bytes, encoding: str) -> None:
    try:
        columns = decode(content, encoding).columns
    except (BadPush, PushTooLarge):
        return
    assert int(columns.hist_length.sum()) == len(columns.hist_index) == len(columns.hist_count)
    assert all(np.isfinite(getattr(columns, name)).all() for name in ("sum", "min", "max", "last"))


TEXTS = [
    zlib.decompress(body(recording), wbits=31) if "gz" in recording["file"] else body(recording)
    for recording in recordings("v1-")
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=5))
def test_damaged_pushes_are_refused(text: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(text)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    expect_refusal_or_columns(bytes(damaged), "")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    expect_refusal_or_columns(content, "")
    expect_refusal_or_columns(content, "gzip")
    expect_refusal_or_columns(gzip.compress(content), "gzip")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["Point", "Points", "AggregatedPoints"]),
    st.dictionaries(st.sampled_from(["time", "type", "tags", "value", "values", "count"]), json_values),
)
def test_samples_of_any_shape_are_refused_or_understood(type_: str, data: dict[str, Any]) -> None:
    sample = point("trend", 1.0)
    sample |= {"type": type_, "data": {**sample["data"], **data}}
    expect_refusal_or_columns(json.dumps([sample]).encode(), "")
