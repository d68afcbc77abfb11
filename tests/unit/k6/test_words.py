"""Thresholds, options, versions, statuses, the configuration file: what k6 says and expects in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baltoro.k6.client import K6Version, bucket_width, client_version, run_config
from baltoro.k6.columns import MetricType
from baltoro.k6.config_file import (
    cloud_config,
    config_paths,
    merge_cloud_config,
    reads_legacy_path,
    reset_cloud_config,
)
from baltoro.k6.durations import parse_duration
from baltoro.k6.errors import BadExpression, BadOptions
from baltoro.k6.options import Plan, cloud_options, plan_of, thresholds_of, without_credentials
from baltoro.k6.status import ProcessingStatus, ResultStatus, RunStatus
from baltoro.k6.summary import SUMMARY_VALUES
from baltoro.k6.thresholds import parse_expression, parse_selector
from baltoro.k6.units import BUILTIN, contains, is_builtin


@pytest.mark.parametrize(
    ("text", "stat", "argument", "operator", "value"),
    [
        ("p(95)<500", "p", 95.0, "<", 500),
        ("p(99.9) <= 1.5", "p", 99.9, "<=", 1.5),
        ("  rate>0.95 ", "rate", None, ">", 0.95),
        ("count>=100", "count", None, ">=", 100),
        ("value==3", "value", None, "==", 3),
        ("avg===3", "avg", None, "===", 3),
        ("med!=0", "med", None, "!=", 0),
        ("min>-1e3", "min", None, ">", -1000),
        ("max<.5", "max", None, "<", 0.5),
    ],
)
def test_every_form_of_a_threshold_is_understood(
    text: str, stat: str, argument: float | None, operator: str, value: float
) -> None:
    found = parse_expression(text)
    assert (found.stat, found.argument, found.operator, found.value) == (stat, argument, operator, value)
    assert found.text == text


@pytest.mark.parametrize(
    "text",
    [
        "", "p(95)", "p95<5", "p()<5", "p(101)<5", "p(x)<5", "rate=5", "rate>", "rate>x", "mean<5", "rate>1 rate>2",
        "rate>1;", "rate <> 5", "<5", "rate>0x1F", "rate>nan", "rate>inf", "RATE>1", "rate>1" + "0" * 2000, "rate>١",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        parse_expression(text)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("rate<5", 4, True), ("rate<5", 5, False), ("rate<=5", 5, True), ("rate>5", 5, False), ("rate>=5", 5, True),
        ("rate==5", 5, True), ("rate===5", 4, False), ("rate!=5", 4, True),
    ],
)  # fmt: skip
def test_a_threshold_holds_or_not(text: str, value: float, *, holds: bool) -> None:
    assert parse_expression(text).holds(value) is holds


@given(st.text(max_size=40))
def test_no_text_breaks_the_parsers(text: str) -> None:
    for parse in (parse_expression, parse_selector):
        try:
            parse(text)
        except BadExpression:
            continue


@pytest.mark.parametrize(
    ("text", "metric", "tags"),
    [
        ("http_reqs", "http_reqs", {}),
        ("http_reqs{}", "http_reqs", {}),
        ("http_reqs{status:200}", "http_reqs", {"status": "200"}),
        ("http_reqs{ status : 200 , group:::main }", "http_reqs", {"status": "200", "group": "::main"}),
        ("m{load_zone:amazon:us:ashburn}", "m", {"load_zone": "amazon:us:ashburn"}),
        ("m{name:\"a b\",x:'y'}", "m", {"name": "a b", "x": "y"}),
        ("m{alone}", "m", {"alone": ""}),
        ("checks{check:{x}}", "checks", {"check": "{x}"}),
    ],
)
def test_the_selector_of_a_sub_metric_names_its_tags(text: str, metric: str, tags: dict[str, str]) -> None:
    assert parse_selector(text).metric == metric
    assert dict(parse_selector(text).tags) == tags


@pytest.mark.parametrize("text", ["", "{a:b}", "m{a:b", "m}"])
def test_a_broken_selector_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        parse_selector(text)


def test_thresholds_come_in_the_order_of_the_script() -> None:
    found = thresholds_of(
        {
            "thresholds": {
                "checks": ["rate>0.9", {"threshold": "rate>0.1", "abortOnFail": True, "delayAbortEval": "5s"}],
                "m": [{"threshold": "avg<1", "delayAbortEval": 500}],
            }
        }
    )
    assert [(one.metric, one.expression, one.abort_on_fail, one.delay_abort_eval) for one in found] == [
        ("checks", "rate>0.9", False, ""), ("checks", "rate>0.1", True, "5s"), ("m", "avg<1", False, "500ms"),
    ]  # fmt: skip
    assert thresholds_of({}) == thresholds_of({"thresholds": None}) == []


@pytest.mark.parametrize("thresholds", [1, [], {"m": 1}, {"m": [1]}, {"m": [{}]}, {"": ["x"]}, {"m": ["x"] * 1001}])
def test_thresholds_of_another_shape_are_refused(thresholds: Any) -> None:
    with pytest.raises(BadOptions):
        thresholds_of({"thresholds": thresholds})


def test_cloud_wins_over_loadimpact() -> None:
    both = {"cloud": {"name": "a"}, "ext": {"loadimpact": {"name": "b", "note": "n"}}}
    assert (cloud_options(both).name, cloud_options(both).note) == ("a", "")
    assert cloud_options({"ext": both["ext"]}).name == "b"
    assert cloud_options({}).others == {}


@pytest.mark.parametrize(("given_", "number"), [(77, 77), ("77", 77), (77.0, 77), (0, None), ("0", None), (None, None)])
def test_a_project_is_a_number_or_a_numeric_string(given_: Any, number: int | None) -> None:
    assert cloud_options({"cloud": {"projectID": given_, "x": 1}}).project_id == number


@pytest.mark.parametrize("given_", ["x", -1, 2**31, True, [], {}, "9" * 40, 1.5])
def test_a_wrong_project_is_refused(given_: Any) -> None:
    with pytest.raises(BadOptions):
        cloud_options({"cloud": {"projectID": given_}})


def test_credentials_are_left_out() -> None:
    options = {
        "vus": 1,
        "cloud": {"token": "s", "name": "n", "apm": [{"provider": "datadog", "apiKey": "s", "region": "eu"}]},
        "ext": {"loadimpact": {"token": "s", "apm": [{"credentials": {"token": "s"}, "remoteWriteURL": "u"}]}, "o": 1},
        "tlsAuth": [{"domains": ["a"], "cert": "c", "key": "s", "password": "s"}],
    }
    assert without_credentials(options) == {
        "vus": 1,
        "cloud": {"name": "n", "apm": [{"provider": "datadog", "region": "eu"}]},
        "ext": {"loadimpact": {"apm": [{"remoteWriteURL": "u"}]}, "o": 1},
        "tlsAuth": [{"domains": ["a"], "cert": "c"}],
    }


@pytest.mark.parametrize(
    ("options", "duration", "vus"),
    [
        ({}, 630, 1),
        ({"vus": 3, "duration": "5s"}, 35, 3),
        ({"vus": 1, "iterations": 2}, 630, 1),
        ({"stages": [{"duration": "1m", "target": 5}, {"duration": "30s", "target": 0}]}, 120, 5),
        ({"scenarios": {"a": {"executor": "constant-vus", "vus": 2, "duration": "10s", "gracefulStop": "0s"}}}, 10, 2),
        (
            {
                "scenarios": {
                    "a": {"executor": "constant-arrival-rate", "duration": "1m", "maxVUs": 10, "startTime": "5s"},
                    "b": {"executor": "per-vu-iterations", "vus": 4, "maxDuration": "20s"},
                }
            },
            95,
            14,
        ),
        ({"scenarios": {"a": {"executor": "externally-controlled", "maxVUs": 9}}}, None, 9),
    ],
)
def test_the_plan_is_the_longest_that_the_options_allow(
    options: dict[str, Any], duration: float | None, vus: int | None
) -> None:
    assert plan_of(options) == Plan(duration, vus)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["scenarios", "stages", "vus", "duration", "iterations", "thresholds", "cloud", "ext", "tlsAuth"]
        ),
        json_values | st.dictionaries(st.sampled_from(["loadimpact", "token", "apm", "projectID", "a"]), json_values),
    )
)
def test_options_of_any_shape_are_refused_or_understood(options: dict[str, Any]) -> None:
    plan_of(options)
    without_credentials(options)
    for read in (thresholds_of, cloud_options):
        try:
            read(options)
        except BadOptions:
            continue


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1m30s", 90), ("500ms", 0.5), ("1d2h", 93600), (1500, 1.5), ("1500", 1.5), ("-5s", -5), ("1.5h", 5400)],
)
def test_durations_are_read_as_k6_reads_them(text: Any, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "5 s", "s", None, True, [], "1" * 200])
def test_what_is_no_duration_is_none(text: Any) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("agent", "version"),
    [
        ("k6cloud/1.1.0", "1.1.0"),
        ("k6cloud/0.30.0", "0.30.0"),
        ("k6cloud/v2.2.0", "2.2.0"),
        ("k6cloud/7.1.2-rc1", "7.1.2-rc1"),
        ("k6/0.57.0 (https://k6.io/)", "0.57.0"),
        ("k6cloud/3.0", "3.0.0"),
    ],
)
def test_the_client_tells_its_version(agent: str, version: str) -> None:
    assert str(client_version(agent)) == version


@pytest.mark.parametrize("agent", [None, "", "curl/8.0", "k6cloud/", "k6cloud/dev", "Go-http-client/1.1"])
def test_an_unknown_client_has_no_version(agent: str | None) -> None:
    assert client_version(agent) is None


@pytest.mark.parametrize(("seconds", "width"), [(0, 1), (900, 1), (901, 2), (7200, 2), (7201, 5), (1e9, 5)])
def test_long_runs_get_wider_buckets(seconds: float, width: int) -> None:
    assert bucket_width(seconds) == width


def config_for(agent: str, duration_s: float = 60) -> dict[str, Any]:
    return run_config(
        client_version(agent), duration_s=duration_s, run_url="http://host/runs/1", public_url="http://host"
    )


def test_a_new_run_is_told_to_send_quickly_and_no_traces() -> None:
    assert config_for("k6cloud/1.1.0", 3000) == {
        "tracesEnabled": False,
        "stopOnError": True,
        "metricPushInterval": "500ms",
        "metricPushConcurrency": 1,
        "maxTimeSeriesInBatch": 1000,
        "webAppURL": "http://host",
        "testRunDetails": "http://host/runs/1",
        "aggregationPeriod": "2s",
        "aggregationWaitPeriod": "2s",
    }


@pytest.mark.parametrize("agent", ["k6cloud/0.30.0", "k6cloud/0.45.1", "k6cloud/0.47.0"])
def test_old_clients_are_left_to_send_single_points(agent: str) -> None:
    assert not {"aggregationPeriod", "aggregationWaitPeriod", "apiVersion", "pushRefID"} & config_for(agent).keys()


@pytest.mark.parametrize("agent", ["k6cloud/0.48.0", "k6cloud/1.8.0", "k6cloud/9.0.0", "something else"])
def test_clients_of_protocol_two_aggregate(agent: str) -> None:
    config = config_for(agent)
    assert config["aggregationPeriod"] == config["aggregationWaitPeriod"] == "1s"
    assert not {"apiVersion", "pushRefID"} & config.keys()


def test_the_statuses_are_those_that_k6_knows() -> None:
    assert [(status.value, status.text) for status in RunStatus] == [
        (-2, "Created"), (-1, "Validated"), (0, "Queued"), (1, "Initializing"), (2, "Running"), (3, "Finished"),
        (4, "Timed out"), (5, "Aborted (by user)"), (6, "Aborted (by system)"), (7, "Aborted (script error)"),
        (8, "Aborted (by threshold)"), (9, "Aborted (by limit)"), (10, "Archived"),
    ]  # fmt: skip
    assert [status.value for status in RunStatus if status.is_final] == list(range(3, 11))
    assert [status.value for status in RunStatus if status.is_cut_short] == list(range(4, 10))
    assert (ResultStatus.FAILED, ProcessingStatus.FINISHED) == (1, 2)


HOME = {"HOME": "/home/u"}


@pytest.mark.parametrize(
    ("platform", "environment", "paths"),
    [
        ("linux", HOME, ["/home/u/.config/k6/config.json", "/home/u/.config/loadimpact/k6/config.json"]),
        ("linux", {**HOME, "XDG_CONFIG_HOME": "/x"}, ["/x/k6/config.json", "/x/loadimpact/k6/config.json"]),
        (
            "darwin",
            HOME,
            [
                "/home/u/Library/Application Support/k6/config.json",
                "/home/u/Library/Application Support/loadimpact/k6/config.json",
            ],
        ),
        (
            "win32",
            {"APPDATA": "C:\\Users\\u\\AppData\\Roaming"},
            [
                "C:\\Users\\u\\AppData\\Roaming\\k6\\config.json",
                "C:\\Users\\u\\AppData\\Roaming\\loadimpact\\k6\\config.json",
            ],
        ),
    ],
)
def test_the_file_is_where_each_generation_of_k6_reads_it(
    platform: str, environment: dict[str, str], paths: list[str]
) -> None:
    new, old = paths
    assert [str(path) for path in config_paths(platform, environment)] == paths
    assert [str(path) for path in config_paths(platform, environment, K6Version(0, 57))] == [old]
    assert [str(path) for path in config_paths(platform, environment, K6Version(1, 1))] == [new]
    assert [reads_legacy_path(K6Version(*version)) for version in ((0, 57), (0, 58), (1, 8), (2, 0))] == [
        False, True, True, False,
    ]  # fmt: skip


def test_logging_in_keeps_what_else_the_file_holds() -> None:
    existing = {"collectors": {"cloud": {"name": "x", "token": "old"}, "influxdb": {"db": "k"}}, "other": 1}
    merged = merge_cloud_config(existing, token="new", base_url="http://h", stack_id=3, default_project_id=4)
    assert merged == {
        "collectors": {
            "cloud": {
                "name": "x", "token": "new", "host": "http://h", "hostv6": "http://h", "webAppURL": "http://h",
                "stackURL": "http://h", "tracesEnabled": False, "stackID": 3, "defaultProjectID": 4,
            },
            "influxdb": {"db": "k"},
        },
        "other": 1,
    }  # fmt: skip
    assert existing["collectors"]["cloud"]["token"] == "old"  # type: ignore[index]
    reset = reset_cloud_config(merged)
    assert cloud_config(reset)["token"] is None
    assert cloud_config(reset)["host"] == "http://h"


@pytest.mark.parametrize("existing", [{}, {"collectors": None}, {"collectors": {"cloud": None}}])
def test_an_empty_file_is_filled(existing: dict[str, Any]) -> None:
    merged = merge_cloud_config(existing, token="t", base_url="http://h")
    assert cloud_config(merged)["token"] == "t"
    assert "stackID" not in cloud_config(merged)


def test_metrics_of_k6_have_units_and_others_do_not() -> None:
    assert contains("http_req_duration") == contains("iteration_duration") == "time"
    assert contains("data_sent") == "data"
    assert contains("http_reqs") == contains("my_duration") == "default"
    assert is_builtin("vus")
    assert not is_builtin("my_duration")
    assert BUILTIN["checks"][0] is MetricType.RATE
    assert SUMMARY_VALUES[MetricType.RATE] == ("rate", "passes", "fails")
