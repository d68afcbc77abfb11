"""However samples are cut into pushes and blocks, and in whatever order they come, the figures are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baltoro.k6.columns import Columns
from baltoro.k6.decoder import PushDecoder
from baltoro.metrics import DamagedBlock, decode_block, encode_block
from baltoro.metrics.merge import merge, narrow, total
from tests.pushes import (
    COUNTER,
    GAUGE,
    NOON,
    RATE,
    TREND,
    OneSeries,
    counter_value,
    gauge_value,
    rate_value,
    trend_value,
    v2_body,
)

RUN = 7
values = st.floats(0, 1e9, allow_nan=False).map(lambda value: round(value, 6))
times = st.integers(NOON, NOON + 5)
labels = st.sampled_from([{}, {"name": "a"}, {"name": "b", "status": "200"}])
series = st.one_of(
    st.builds(lambda tags, value, time: OneSeries("c", COUNTER, tags, [counter_value(value, time=time)]), labels, values, times),
    st.builds(lambda tags, value, time: OneSeries("g", GAUGE, tags, [gauge_value(value, time=time)]), labels, values, times),
    st.builds(
        lambda tags, one, more, time: OneSeries("r", RATE, tags, [rate_value(one, one + more + 1, time=time)]),
        labels, st.integers(0, 1000), st.integers(0, 1000), times,
    ),
    st.builds(
        lambda tags, samples, time: OneSeries("t", TREND, tags, [trend_value(samples, time=time)]),
        labels, st.lists(values, min_size=1, max_size=12), times,
    ),
)  # fmt: skip
pushes = st.lists(series, min_size=1, max_size=12)


def decoded(made: list[OneSeries]) -> list[Columns]:
    """Each series as a push of its own."""
    decoder = PushDecoder(run_id=RUN, bucket_width=1)
    return [decoder.decode(2, "snappy", v2_body(RUN, one)).columns for one in made]


def same(one: Columns, other: Columns) -> bool:
    return all(
        np.allclose(getattr(one, name).astype(np.float64), getattr(other, name).astype(np.float64), rtol=1e-12, atol=0)
        if len(getattr(one, name)) == len(getattr(other, name))
        else False
        for name in Columns.__slots__
    )


@settings(deadline=None)
@given(pushes, st.randoms(), st.integers(0, 12))
def test_order_and_cuts_do_not_matter(made: list[OneSeries], chance: object, cut: int) -> None:
    parts = decoded(made)
    at_once = merge(Columns.concatenate(parts))
    shuffled = parts[:]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    pieces = [merge(Columns.concatenate(part)) for part in (shuffled[:cut], shuffled[cut:]) if part]
    assert same(merge(Columns.concatenate(pieces)), at_once)
    assert same(total(Columns.concatenate(pieces)), total(Columns.concatenate(parts)))


@settings(deadline=None)
@given(pushes)
def test_a_block_gives_back_what_went_in(made: list[OneSeries]) -> None:
    for rows in decoded(made):
        merged = merge(rows)
        assert same(decode_block(encode_block(narrow(merged), period=1, level=3)).columns, merged)


def test_a_damaged_block_is_never_read_as_something_else() -> None:
    rows = merge(decoded([OneSeries("t", TREND, {}, [trend_value([1.0, 2.5, 80.0], time=NOON)])])[0])
    body = encode_block(rows, period=1, level=3)
    for place in range(len(body)):
        broken = bytes([*body[:place], body[place] ^ 0x55, *body[place + 1 :]])
        try:
            read = decode_block(broken).columns
        except DamagedBlock:
            continue
        assert same(read, rows), "bytes that nothing depends on"
    for length in range(len(body)):
        with pytest.raises(DamagedBlock):
            decode_block(body[:length])
