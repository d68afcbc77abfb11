"""The server's figures are those that k6 prints at the end of its test."""

import json

import httpx
import pytest

from tests.k6.conftest import K6, Server, run_arguments
from tests.k6.results import SUMMARY, compared, finished_run, run_id_of, shown, thresholds
from tests.target import Target

pytestmark = [pytest.mark.xdist_group("k6-figures"), pytest.mark.promise("R16")]

RICH = (
    """
import http from 'k6/http';
import { check, group, sleep } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
const orders = new Counter('orders');
const level = new Gauge('level');
const lucky = new Rate('lucky');
const size = new Trend('size');
const latency = new Trend('latency', true);
export const options = {
  scenarios: {
    browse: { executor: 'per-vu-iterations', vus: 3, iterations: 15, exec: 'browse', tags: { team: 'a' } },
    buy: { executor: 'shared-iterations', vus: 2, iterations: 20, exec: 'buy', tags: { team: 'b' } },
  },
  thresholds: {
    checks: ['rate>0.5'],
    'http_req_duration{scenario:buy}': ['max<0'],
    orders: ['count>=20'],
    'latency{team:a}': ['p(95)<100000'],
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'count'],
};
export function browse() {
  group('shop', () => {
    const page = http.get(__ENV.TARGET + '/list');
    check(page, { 'is up': (r) => r.status === 200, 'has cake': (r) => r.json('cake') === true });
    group('inner', () => { http.get(__ENV.TARGET + '/missing/' + __ITER, { tags: { name: '/missing/:n' } }); });
  });
  latency.add(Math.random() * 1000);
  lucky.add(Math.random() < 0.3);
}
export function buy() {
  const answer = http.post(__ENV.TARGET + '/cart', '{}', { tags: { kind: 'order' } });
  check(answer, { 'is up': (r) => r.status === 200 });
  orders.add(1 + (__ITER % 3));
  level.add(7 - (__ITER % 5));
  size.add(Math.exp(Math.random() * 12));
  sleep(0.05);
}
"""
    + SUMMARY
)
TREND = (
    """
import { Trend } from 'k6/metrics';
const values = new Trend('values');
export const options = {
  scenarios: { main: { executor: 'shared-iterations', vus: 1, iterations: Number(__ENV.SAMPLES) } },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'count'],
};
export default function () { values.add(EXPRESSION); }
"""
    + SUMMARY
)


def differing(lines: list[object]) -> list[object]:
    return [line for line in lines if not line.agrees]  # type: ignore[attr-defined]


def test_a_rich_test_has_the_same_figures_on_both_sides(connected: K6, server: Server, target: Target) -> None:
    done = connected.run_script(RICH, env={"TARGET": target.url})
    assert done.returncode == 99, done.stderr
    run_id = run_id_of(done.stdout, server)
    lines = compared(server, run_id, connected.home / "summary.json")
    assert differing(list(lines)) == []
    assert {
        "checks", "data_received", "data_sent", "group_duration", "http_req_duration", "http_req_failed", "http_reqs",
        "iteration_duration", "iterations", "latency", "level", "lucky", "orders", "size",
    } <= {line.metric for line in lines}  # fmt: skip
    failed = thresholds(server, run_id)
    assert failed["http_req_duration{scenario:buy}:max<0"] is True
    assert sorted(failed.values()) == [False, False, False, True]


def test_tags_and_groups_arrive(connected: K6, server: Server, target: Target) -> None:
    done = connected.run_script(RICH, env={"TARGET": target.url})
    run_id = run_id_of(done.stdout, server)
    finished_run(server, run_id)

    def get(path: str) -> object:
        answer = httpx.get(server.url + path, headers=server.ada.headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    tags = get(f"/loadtests/v2/runs/{run_id}/tags")
    assert isinstance(tags, list)
    assert {"group", "scenario", "team", "kind", "method", "name", "status"} <= set(tags)
    assert get(f"/loadtests/v2/runs/{run_id}/tag-values/team") == ["a", "b"]
    checks = get(f"/loadtests/v3/checks?test_run_id={run_id}")
    assert isinstance(checks, dict)
    counts = {(row["scenario"], row["name"]): (row["success_count"], row["total_count"]) for row in checks["k6-checks"]}
    assert counts == {("browse", "is up"): (45, 45), ("browse", "has cake"): (0, 45), ("buy", "is up"): (20, 20)}


@pytest.mark.parametrize("samples", [1, 12, 2000])
@pytest.mark.parametrize(
    "expression", ["Math.random() * 1000", "Math.exp(Math.random() * 14)", "Math.random() / 50", "42.5"]
)
def test_percentiles_agree(connected: K6, server: Server, samples: int, expression: str) -> None:
    done = connected.run_script(TREND.replace("EXPRESSION", expression), env={"SAMPLES": str(samples)})
    assert done.returncode == 0, done.stderr
    lines = compared(server, run_id_of(done.stdout, server), connected.home / "summary.json")
    assert differing(list(lines)) == []
    assert {line.figure for line in lines if line.metric == "values"} >= {"med", "p(90)", "p(95)", "p(99)", "count"}


def test_two_processes_push_into_one_run(connected: K6, server: Server, target: Target) -> None:
    created = httpx.post(
        f"{server.url}/v1/tests",
        json={"name": "segments", "vus": 2, "thresholds": {}, "duration": 30},
        headers=server.ada.headers,
    )
    assert created.status_code < 300, created.text
    run_id = created.json()["reference_id"]
    connected.script("script.js", RICH.replace("'summary.json'", "[__ENV.PART + '.json']"))
    processes = [
        connected.start(
            *run_arguments(), "--execution-segment", segment, "--execution-segment-sequence", "0,1/2,1", "script.js",
            env={
                "TARGET": target.url,
                "PART": part,
                "K6_CLOUD_PUSH_REF_ID": run_id,
                "K6_CLOUD_TRACES_ENABLED": "false",
                "K6_CLOUD_AGGREGATION_PERIOD": "1s",
                "K6_CLOUD_AGGREGATION_WAIT_PERIOD": "1s",
            },
        )
        for part, segment in (("one", "0:1/2"), ("two", "1/2:1"))
    ]  # fmt: skip
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode in {0, 99}, said
    ended = httpx.post(
        f"{server.url}/v1/tests/{run_id}",
        json={"result_status": 0, "run_status": 3, "thresholds": {}},
        headers=server.ada.headers,
    )
    assert ended.status_code < 300, ended.text
    finished_run(server, int(run_id))
    summary = shown(server, int(run_id))["summary"]
    parts = [json.loads((connected.home / f"{part}.json").read_text())["metrics"] for part in ("one", "two")]
    for metric, figure in (("iterations", "count"), ("http_reqs", "count"), ("orders", "count"), ("checks", "passes")):
        assert summary[metric]["values"][figure] == sum(part[metric]["values"][figure] for part in parts), metric
    assert summary["iterations"]["values"]["count"] == 45 + 20
    assert summary["vus_max"]["values"]["max"] >= 1
