"""The bucket layout, and the one rule for percentiles: readable, vectorised and against exact sorting."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baltoro.k6.columns import Floats
from baltoro.k6.errors import EmptyHistogram
from baltoro.k6.histogram import (
    MAX_INDEX,
    bucket_bounds,
    bucket_index,
    bucket_indexes,
    edges,
    histogram_of,
    percentile,
    percentiles,
)


@pytest.mark.parametrize(
    ("value", "index", "low", "high"),
    [
        (0.0, 0, 0, 0),
        (0.0001, 1, 1, 1),
        (0.0015, 2, 2, 2),
        (0.255, 255, 255, 255),
        (0.256, 256, 256, 257),
        (0.257, 256, 256, 257),
        (0.5, 378, 500, 501),
        (1.0, 506, 1000, 1003),
        (12.345, 960, 12288, 12351),
        (12.5, 963, 12480, 12543),
        (100.0, 1347, 99840, 100351),
        (255.5, 1529, 254976, 255999),
        (256.0, 1530, 256000, 257023),
        (1000.0, 1780, 999424, 1003519),
        (65536.25, 2554, 65536000, 65798143),
        (1e9, 4328, None, None),
        (9e15, 7289, None, None),
    ],
)
def test_the_buckets_are_those_of_k6(value: float, index: int, low: int | None, high: int | None) -> None:
    indexes, counts, below, beyond = histogram_of(np.array([value]))
    assert (indexes.tolist(), counts.tolist(), below, beyond) == ([index], [1], 0, 0)
    if low is not None:
        assert bucket_bounds(index) == (low, high)


def test_values_outside_of_the_range_are_counted_apart() -> None:
    indexes, _, below, beyond = histogram_of(np.array([-1.0, -0.001, 1e16, 1e300, 0.0]))
    assert (indexes.tolist(), below, beyond) == ([0], 2, 2)


def test_every_bucket_contains_its_bounds() -> None:
    for index in range(MAX_INDEX + 1):
        low, high = bucket_bounds(index)
        assert bucket_index(low) == bucket_index(high) == index
        assert index == 0 or bucket_bounds(index - 1)[1] + 1 == low
    assert bucket_index(2**63) == MAX_INDEX


@given(st.integers(0, 2**63))
def test_both_ways_to_find_a_bucket_agree(units: int) -> None:
    exact = int(float(units))
    if exact <= 2**63:
        assert bucket_indexes(np.array([float(units)])).tolist() == [bucket_index(exact)]


def test_edges_are_in_the_metrics_own_unit() -> None:
    low, high = edges(np.array([0, 1, 1347]))
    assert low.tolist() == pytest.approx([0.0, 0.0, 99.839])
    assert high.tolist() == pytest.approx([0.0, 0.001, 100.351])


def from_samples(samples: Floats, share: float) -> float:
    """Our percentile of some samples, by both forms of the rule, which must agree."""
    indexes, counts, low, high = histogram_of(samples)
    lowest, highest = float(samples.min()), float(samples.max())
    buckets = dict(zip(indexes.tolist(), counts.tolist(), strict=True))
    plain = percentile(buckets, share, min=lowest, max=highest, low=low, high=high)
    many = percentiles(
        np.array([len(indexes)]), indexes, counts, np.array([low]), np.array([high]), np.array([len(samples)]),
        np.array([lowest]), np.array([highest]), share,
    )  # fmt: skip
    assert many.tolist() == [plain]
    return plain


def exact(samples: Floats, share: float) -> float:
    """k6's own rule on the samples themselves."""
    ordered = np.sort(samples)
    position = share * (len(ordered) - 1)
    before = math.floor(position)
    after = min(before + 1, len(ordered) - 1)
    return float(ordered[before] + (ordered[after] - ordered[before]) * (position - before))


thousandths = st.lists(st.integers(0, 60_000_000), min_size=1, max_size=200)
shares = st.floats(0, 1)


@given(thousandths, shares)
def test_a_percentile_stays_within_one_128th_or_one_unit_of_the_exact_one(samples: list[int], share: float) -> None:
    values = np.array(samples) / 1000
    wanted, found = exact(values, share), from_samples(values, share)
    assert abs(found - wanted) <= max(0.001, wanted / 128) * (1 + 1e-9)


@given(st.lists(st.floats(-1e17, 1e17), min_size=1, max_size=50), shares)
def test_a_percentile_is_never_outside_of_the_extremes(samples: list[float], share: float) -> None:
    values = np.array(samples)
    assert values.min() <= from_samples(values, share) <= values.max()


@given(st.floats(-1e17, 1e17), st.integers(1, 50), shares)
def test_a_constant_comes_out_exactly(value: float, count: int, share: float) -> None:
    assert from_samples(np.full(count, value), share) == value


@given(thousandths, shares, shares)
def test_a_higher_share_never_gives_a_lower_figure(samples: list[int], one: float, other: float) -> None:
    values = np.array(samples) / 1000
    low, high = sorted([one, other])
    assert from_samples(values, low) <= from_samples(values, high) * (1 + 1e-12)


def test_with_twelve_samples_k6_interpolates_between_ranks() -> None:
    """Where nearest rank is far off: p(95) of twelve samples lies between the two largest."""
    samples = np.array([10.0] * 11 + [100.0])
    assert from_samples(samples, 0.95) == pytest.approx(10 + 90 * 0.45, rel=1 / 128)
    assert from_samples(samples, 0.5) == pytest.approx(10, rel=1 / 128)
    assert from_samples(samples, 1.0) == 100.0


@settings(max_examples=40)
@given(st.lists(st.lists(st.floats(-10, 1e6), max_size=30), min_size=1, max_size=12), shares)
def test_many_histograms_at_once_give_what_each_gives_alone(groups: list[list[float]], share: float) -> None:
    made = [histogram_of(np.array(group, np.float64)) for group in groups]
    found = percentiles(
        np.array([len(indexes) for indexes, *_ in made]),
        np.concatenate([indexes for indexes, *_ in made]),
        np.concatenate([counts for _, counts, *_ in made]),
        np.array([low for *_, low, _ in made]),
        np.array([high for *_, high in made]),
        np.array([len(group) for group in groups]),
        np.array([min(group, default=0.0) for group in groups]),
        np.array([max(group, default=0.0) for group in groups]),
        share,
    )
    for figure, group in zip(found.tolist(), groups, strict=True):
        if group:
            assert figure == from_samples(np.array(group), share)
        else:
            assert math.isnan(figure)


def test_nothing_recorded_has_no_percentile() -> None:
    with pytest.raises(EmptyHistogram):
        percentile({}, 0.5, min=0, max=0)
    none = np.zeros(0, np.int64)
    nothing = np.zeros(0)
    assert percentiles(none, none, none, none, none, none, nothing, nothing, 0.5).tolist() == []
