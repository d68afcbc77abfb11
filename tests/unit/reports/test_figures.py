"""Charts, tiles and tables against the samples that were sent."""

from datetime import timedelta

import msgspec
import pytest

from baltoro.foundation.errors import Invalid
from baltoro.foundation.paging import Page
from baltoro.metrics import MetricStore
from baltoro.reports import (
    HttpFilter,
    checks_first_seen,
    checks_table,
    groups_of,
    handle_summary,
    http_table,
    load_time,
    overview_chart,
    run_overview,
    scenarios_of,
    summarize_run,
    summary_json,
    summary_of,
    thresholds_table,
    tiles,
)
from tests.pushes import COUNTER, GAUGE, NOON, TREND, OneSeries, counter_value, gauge_value, trend_value
from tests.traffic import SCENARIO, Traffic, exact_percentile, page
from tests.unit.reports.conftest import STARTED, Sink, make_run, make_threshold

LATER = STARTED + timedelta(seconds=60)
RUNNING = make_run()
OVER = make_run(lasted_s=60.0)


async def test_the_overview_has_one_point_per_second_of_a_short_run(store: MetricStore, traffic: Traffic) -> None:
    chart = await overview_chart(store, OVER)
    assert (chart.kind, chart.step, chart.replace) == ("http", 1, True)
    assert chart.times == list(range(NOON, NOON + 60))
    assert chart.rate == [float(traffic.per_second[second]) for second in range(60)]
    assert chart.vus == [2.0] * 10 + [3.0] * 50
    assert chart.failures[29:32] == [0.0, 0.25, 0.0]
    assert chart.p95[0] == pytest.approx(exact_percentile(traffic.durations[:15], 0.95), rel=0.01)


async def test_the_overview_of_a_long_run_has_at_most_600_points_and_loses_no_request(
    store: MetricStore, sink: Sink
) -> None:
    for hour in range(4):
        values = [counter_value(1, time=NOON + hour * 3600 + second) for second in range(3600)]
        sink.send(OneSeries("http_reqs", COUNTER, page("a"), values))
    chart = await overview_chart(store, make_run(lasted_s=4 * 3600.0))
    assert len(chart.times) <= 600
    assert sum(value * chart.step for value in chart.rate if value is not None) == pytest.approx(4 * 3600)


async def test_a_point_of_a_running_run_that_can_still_grow_is_not_shown(store: MetricStore, sink: Sink) -> None:
    values = [counter_value(1, time=NOON + second) for second in range(601)]
    sink.send(OneSeries("http_reqs", COUNTER, page("a"), values))
    running, over = await overview_chart(store, RUNNING), await overview_chart(store, make_run(lasted_s=601.0))
    assert (running.step, running.times[-1]) == (2, NOON + 598)
    assert over.times[-1] == NOON + 600


async def test_a_pause_shows_as_no_requests_and_not_as_a_gap(store: MetricStore, sink: Sink) -> None:
    sink.send(
        OneSeries("http_reqs", COUNTER, page("a"), [counter_value(4, time=NOON), counter_value(2, time=NOON + 3)])
    )
    chart = await overview_chart(store, OVER)
    assert chart.rate == [4.0, 0.0, 0.0, 2.0]
    assert chart.p95 == [None] * 4


async def test_without_http_the_overview_shows_iterations(store: MetricStore, sink: Sink) -> None:
    sink.send(
        OneSeries("iterations", COUNTER, SCENARIO, [counter_value(7)]),
        OneSeries("iteration_duration", TREND, SCENARIO, [trend_value([10.0, 20.0])]),
    )
    chart = await overview_chart(store, OVER)
    assert (chart.kind, chart.rate, chart.avg, chart.failures) == ("iterations", [7.0], [15.0], [None])


async def test_a_run_without_data_has_empty_reports(store: MetricStore) -> None:
    assert (await overview_chart(store, OVER)).times == []
    assert (await tiles(store, RUNNING, [], at=LATER)).http_reqs is None
    assert (await http_table(store, OVER, at=LATER)).rows == []
    assert await checks_table(store, OVER) == []
    assert await handle_summary(store, OVER, at=LATER) == {}
    overview = await run_overview(store, OVER, [], at=LATER)
    assert (overview.urls_hits_total, overview.http_req_duration_avg, overview.http_reqs_avg) == (0, None, None)


async def test_tiles_count_exactly_and_know_the_present(store: MetricStore, traffic: Traffic) -> None:
    shown = await tiles(store, RUNNING, [make_threshold("http_req_duration", "p(95)<1")], at=LATER)
    assert shown.http_reqs == len(traffic.durations) == 905
    assert shown.http_failures == 5
    assert shown.http_failure_rate == pytest.approx(5 / 905)
    assert (shown.http_reqs_peak, shown.http_reqs_now) == (20.0, 15.0)
    assert shown.http_duration_avg_now == pytest.approx(sum(traffic.durations[-75:]) / 75)
    assert shown.http_duration_p95 == pytest.approx(exact_percentile(traffic.durations, 0.95), rel=0.01)
    assert (shown.vus, shown.vus_max) == (3.0, 3.0)
    assert (shown.checks_passes, shown.checks_total) == (1805, 1810)
    assert (shown.thresholds_passed, shown.thresholds_total) == (0, 1)
    assert shown.http_reqs_rate == pytest.approx(905 / 60)


async def test_virtual_users_of_all_instances_add_up(store: MetricStore, sink: Sink) -> None:
    for instance in ("0", "1"):
        sink.send(OneSeries("vus", GAUGE, {"instance_id": instance}, [gauge_value(10)]))
    assert (await tiles(store, RUNNING, [], at=LATER)).vus == 20.0


async def test_http_rows_are_told_apart_by_status_and_sum_up_to_all_requests(
    store: MetricStore, traffic: Traffic
) -> None:
    table = await http_table(store, OVER, at=LATER)
    assert [(row.method, row.status, row.expected, row.count, row.failures) for row in table.rows] == [
        ("GET", 200, True, 600, 0),
        ("POST", 200, True, 300, 0),
        ("POST", 503, False, 5, 5),
    ]
    assert (table.total, table.passed, table.requests, table.failures) == (3, 2, len(traffic.durations), 5)
    assert table.rows[0].rate == pytest.approx(10.0)
    assert all(
        row.min is not None and row.min <= (row.med or 0) <= (row.p99 or 0) <= (row.max or 0) for row in table.rows
    )


@pytest.mark.parametrize(
    ("wanted", "statuses"),
    [
        (HttpFilter(text="CART"), [200, 503]),
        (HttpFilter(status_from=500, status_to=599), [503]),
        (HttpFilter(method="get"), [200]),
        (HttpFilter(group="::buy", expected=True), [200]),
        (HttpFilter(scenario="another"), []),
    ],
)
async def test_http_rows_can_be_filtered(
    store: MetricStore, traffic: Traffic, wanted: HttpFilter, statuses: list[int]
) -> None:
    del traffic
    table = await http_table(store, OVER, at=LATER, filter=wanted, order_by="status")
    assert [row.status for row in table.rows] == statuses
    assert (table.count, table.total) == (len(statuses), 3)


async def test_http_rows_are_ordered_and_paged(store: MetricStore, traffic: Traffic) -> None:
    del traffic
    pages = [await http_table(store, OVER, at=LATER, order_by="count", page=Page(number, 2)) for number in (1, 2, 3)]
    assert [[row.count for row in table.rows] for table in pages] == [[5, 300], [600], []]
    with pytest.raises(Invalid, match="Allowed: scenario, group, name"):
        await http_table(store, OVER, at=LATER, order_by="-secret")


async def test_a_client_without_http_req_failed_is_judged_by_status(store: MetricStore, sink: Sink) -> None:
    tags = {"method": "GET", "name": "a", "status": "404"}
    for labels, count in ((tags, 1), ({**tags, "status": "200"}, 3)):
        sink.send(
            OneSeries("http_reqs", COUNTER, labels, [counter_value(count)]),
            OneSeries("http_req_duration", TREND, labels, [trend_value([5.0] * count)]),
        )
    shown = await tiles(store, RUNNING, [], at=LATER)
    assert (shown.http_failures, shown.http_failure_rate) == (1, 0.25)
    assert (await overview_chart(store, OVER)).failures == [0.25]
    assert [(row.status, row.failures) for row in (await http_table(store, OVER, at=LATER)).rows] == [
        (200, 0),
        (404, 1),
    ]


async def test_checks_are_counted_and_know_when_they_first_ran(store: MetricStore, traffic: Traffic) -> None:
    rows = await checks_table(store, OVER)
    assert {row.name: [row.passes, row.fails] for row in rows} == traffic.checks
    assert rows[1].rate == pytest.approx(900 / 905)
    assert await checks_first_seen(store, OVER) == {("default", "", row.name): NOON for row in rows}


async def test_groups_and_scenarios(store: MetricStore, sink: Sink, traffic: Traffic) -> None:
    del traffic
    sink.send(
        OneSeries("group_duration", TREND, {"group": "::buy", "scenario": "default"}, [trend_value([40.0, 60.0])])
    )
    assert [(row.path, row.name, row.count, row.avg) for row in await groups_of(store, OVER)] == [
        ("", "", 0, None),
        ("::buy", "buy", 2, 50.0),
    ]
    planned = make_run(options={"scenarios": {"default": {"executor": "constant-vus"}, "late": {"exec": "other"}}})
    assert [(row.name, row.executor, row.exec, row.requests) for row in await scenarios_of(store, planned)] == [
        ("default", "constant-vus", "default", 905),
        ("late", "", "other", 0),
    ]


async def test_handle_summary_has_the_names_and_values_of_k6(store: MetricStore, traffic: Traffic) -> None:
    summary = await handle_summary(store, OVER, at=LATER)
    assert {name: set(metric.values) for name, metric in summary.items() if name in {"vus", "http_reqs", "checks"}} == {
        "vus": {"value", "min", "max"},
        "http_reqs": {"count", "rate"},
        "checks": {"rate", "passes", "fails"},
    }
    assert summary["http_reqs"].values == {"count": 905.0, "rate": pytest.approx(905 / 60)}
    assert summary["vus"].values == {"value": 3.0, "min": 2.0, "max": 3.0}
    assert (summary["http_req_duration"].type, summary["http_req_duration"].contains) == ("trend", "time")
    assert summary["data_sent"].contains == "data"
    duration = summary["http_req_duration"].values
    exact = {
        "avg": sum(traffic.durations) / 905, "min": min(traffic.durations), "max": max(traffic.durations), "count": 905,
    }  # fmt: skip
    assert {name: duration[name] for name in exact} == pytest.approx(exact)
    for name, share in (("med", 0.5), ("p(90)", 0.9), ("p(95)", 0.95), ("p(99)", 0.99)):
        assert duration[name] == pytest.approx(exact_percentile(traffic.durations, share), rel=0.01)


async def test_the_rate_of_a_counter_is_per_second_of_the_data_when_the_clock_of_the_run_says_more(
    store: MetricStore, traffic: Traffic
) -> None:
    del traffic
    # k6 announced the run, initialised for 20 seconds, and then ran for a minute.
    slow = make_run(lasted_s=80.0)
    assert (await handle_summary(store, slow, at=LATER))["http_reqs"].values["rate"] == pytest.approx(905 / 60)


THRESHOLDS = [
    make_threshold("http_req_duration", "p(95)<1", id=1),
    make_threshold("http_req_duration{status:503}", "count>0", id=2),
    make_threshold("http_req_failed", "rate<0.5", id=3),
    make_threshold("http_reqs", "rate>=1", id=4),
    make_threshold("http_reqs{status:503}", "count<3", id=5),
    make_threshold("vus", "value>2", id=6),
    make_threshold("never_seen", "avg<1", id=7),
    make_threshold("http_reqs{{{", "what", id=8),
]


async def test_thresholds_are_judged_on_the_series_that_their_selector_names(
    store: MetricStore, traffic: Traffic
) -> None:
    del traffic
    rows = await thresholds_table(store, OVER, THRESHOLDS, at=LATER)
    assert [row.passed for row in rows] == [False, True, True, True, False, True, True, True]
    assert [row.no_data for row in rows] == [False, False, False, False, False, False, True, True]
    assert rows[4].value == 5.0
    assert rows[4].distance == -2.0
    assert (rows[0].stat, rows[0].operator, rows[0].limit, rows[0].metric_name) == (
        "p(95)",
        "<",
        1.0,
        "http_req_duration",
    )
    assert (rows[1].tags, rows[1].type) == ({"status": "503"}, "trend")


async def test_k6s_verdict_wins_and_the_servers_value_is_shown(store: MetricStore, traffic: Traffic) -> None:
    del traffic
    reported = make_threshold("http_req_duration", "p(95)<1", tainted=False)
    (row,) = await thresholds_table(store, OVER, [reported], at=LATER)
    assert (row.passed, row.reported) == (True, True)
    assert row.value is not None
    assert row.value > 1


async def test_a_threshold_without_data_has_no_verdict_while_the_run_goes_on(store: MetricStore) -> None:
    (row,) = await thresholds_table(store, RUNNING, [make_threshold("http_reqs", "count>0")], at=LATER)
    assert (row.passed, row.no_data) == (None, True)


async def test_a_kept_summary_survives_json_and_answers_for_the_run(store: MetricStore, traffic: Traffic) -> None:
    summary = await summarize_run(store, OVER, THRESHOLDS[:5], at=LATER)
    kept = msgspec.json.decode(msgspec.json.encode(summary_json(summary)))
    run = msgspec.structs.replace(OVER, summary=kept)
    assert summary_of(run) == summary
    assert load_time(summary, "0.95") == load_time(summary) == summary.load_time
    assert load_time(summary, "avg") == pytest.approx(sum(traffic.durations) / 905)
    assert (summary.requests, summary.rps_max, summary.vus_max, summary.execution_s) == (905, 20.0, 3.0, 60.0)
    assert summary.threshold_verdicts == {1: False, 2: True, 3: True, 4: True, 5: False}
    overview = await run_overview(store, run, [], at=LATER)
    assert (overview.checks_total, overview.checks_successes, overview.checks_hits_total) == (2, 1, 1810)
    assert (overview.urls_total, overview.urls_successes, overview.urls_hits_successes) == (3, 2, 900)
    assert (overview.thresholds_total, overview.thresholds_successes) == (5, 3)
    assert overview.http_reqs_avg == pytest.approx(905 / 60)


def test_a_summary_of_an_unknown_form_is_as_good_as_none() -> None:
    assert summary_of(make_run(summary={"version": 99})) is None
