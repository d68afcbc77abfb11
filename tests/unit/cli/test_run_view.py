"""What a run's state means for people and for scripts."""

import pytest

from baltoro.cli.demo.comparison import compare
from baltoro.cli.failures import Failure
from baltoro.cli.run_view import exit_code, is_over, status_text
from baltoro.cli.watch import parse_duration


@pytest.mark.parametrize(
    ("status", "result", "code", "text"),
    [
        (3, 0, 0, "Finished (passed)"),
        (3, 1, 99, "Failed by threshold"),
        (8, 1, 99, "Aborted (by threshold)"),
        (4, 0, 97, "Timed out"),
        (5, 0, 97, "Aborted (by user)"),
        (6, 0, 97, "Aborted (by system)"),
        (7, 1, 97, "Aborted (script error)"),
        (9, 0, 97, "Aborted (by limit)"),
    ],
)
def test_a_run_exits_as_k6_would(status: int, result: int, code: int, text: str) -> None:
    run = {"run_status": status, "result_status": result, "processing_status": 2}
    assert exit_code(run) == code
    assert status_text(run) == text


@pytest.mark.parametrize(("status", "processing", "over"), [(2, 1, False), (3, 1, False), (3, 2, True), (5, 3, True)])
def test_a_run_is_over_when_its_figures_are_final(status: int, processing: int, *, over: bool) -> None:
    assert is_over({"run_status": status, "processing_status": processing}) is over


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("1m30s", 90.0), ("1h0.5m", 3630.0), ("500ms", 0.5)]
)
def test_durations_are_written_as_in_k6(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1x", "1m 30s", "-1s", "s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="not a duration"):
        parse_duration(text)


def trend(p95: float) -> dict[str, object]:
    return {"t": {"type": "trend", "contains": "time", "values": {"max": 10.0, "p(95)": p95}}}


@pytest.mark.parametrize(("server", "agrees"), [(100.0, True), (100.99, True), (101.01, False), (98.9, False)])
def test_percentiles_may_be_one_per_cent_apart(server: float, *, agrees: bool) -> None:
    lines = compare(trend(100.0), trend(server))
    assert {line.figure: line.agrees for line in lines} == {"max": True, "p(95)": agrees}


@pytest.mark.parametrize(("server", "agrees"), [(0.0119, True), (0.0131, False)])
def test_tiny_percentiles_may_be_one_thousandth_apart(server: float, *, agrees: bool) -> None:
    (line,) = (line for line in compare(trend(0.012), trend(server)) if line.figure == "p(95)")
    assert line.agrees is agrees


def test_counts_must_be_the_same_and_missing_figures_differ() -> None:
    k6 = {
        "http_reqs": {"type": "counter", "values": {"count": 12, "rate": 3.1}},
        "checks": {"type": "rate", "values": {"rate": 1.0, "passes": 12, "fails": 0}},
    }
    server = {"http_reqs": {"values": {"count": 13, "rate": 9.9}}}
    lines = compare(k6, server)
    assert [(line.metric, line.figure) for line in lines if line.agrees] == []
    assert ("http_reqs", "rate") not in {(line.metric, line.figure) for line in lines}
