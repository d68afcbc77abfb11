"""`k6 run -o cloud` and local execution, as a user sees them: acceptance rows 5 … 12."""

import os
import signal
import time

import httpx
import pytest

from tests.k6.conftest import K6, Server
from tests.k6.results import (
    baltoro,
    finished_run,
    get,
    run_id_of,
    run_of,
    runs,
    shown,
    started,
    thresholds,
    wait_for_requests,
)
from tests.target import Target

pytestmark = [pytest.mark.xdist_group("k6-streaming"), pytest.mark.promise("R20")]

SHORT = """
import http from 'k6/http';
import { check } from 'k6';
export const options = { iterations: 2, thresholds: { checks: ['rate>0.5'] } };
export default function () {
  const answer = http.get(__ENV.TARGET + '/');
  check(answer, { 'is up': (response) => response.status === 200 });
}
"""
FIVE = """
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: 2, duration: '5s' };
export default function () { http.get(__ENV.TARGET + '/'); sleep(0.1); }
"""


def test_a_short_run_is_on_the_server_when_k6_ends(connected: K6, server: Server, target: Target) -> None:
    done = connected.run_script(SHORT, env={"TARGET": target.url})
    assert done.returncode == 0, done.stderr
    assert "level=error" not in done.stderr
    run_id = run_id_of(done.stdout, server)
    run = finished_run(server, run_id)
    assert (run["run_status"], run["result_status"]) == (3, 0)
    summary = shown(server, run_id)["summary"]
    assert summary["iterations"]["values"]["count"] == 2
    assert summary["http_reqs"]["values"]["count"] == 2
    assert (summary["checks"]["values"]["passes"], summary["checks"]["values"]["fails"]) == (2, 0)
    assert thresholds(server, run_id) == {"checks:rate>0.5": False}
    waited = baltoro("run", "wait", str(run_id), "--host", server.url, "--token", server.ada.token)
    assert (waited.returncode, waited.stdout) == (0, "Finished (passed)\n")


def test_a_failed_threshold_fails_the_run(connected: K6, server: Server, target: Target) -> None:
    done = connected.run_script(SHORT.replace("rate>0.5", "rate>2"), env={"TARGET": target.url})
    assert done.returncode == 99
    run_id = run_id_of(done.stdout, server)
    run = finished_run(server, run_id)
    assert (run["run_status"], run["result_status"]) == (3, 1)
    assert thresholds(server, run_id) == {"checks:rate>2": True}
    assert baltoro("run", "wait", str(run_id), "--host", server.url, "--token", server.ada.token).returncode == 99


def test_data_is_visible_while_k6_runs(connected: K6, server: Server, target: Target) -> None:
    process, run_id = started(connected, server, FIVE, TARGET=target.url)
    wait_for_requests(server, run_id)
    assert process.poll() is None, "data came only when k6 had ended"
    assert run_of(server, run_id)["run_status"] == 2
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_an_abort_on_the_server_stops_k6(connected: K6, server: Server, target: Target) -> None:
    process, run_id = started(connected, server, FIVE, TARGET=target.url)
    wait_for_requests(server, run_id)
    answer = httpx.post(f"{server.url}/loadtests/v2/runs/{run_id}/stop", headers=server.ada.headers)
    assert answer.status_code == 200, answer.text
    began = time.monotonic()
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - began < 3.5
    assert process.returncode == 105
    assert "Received error to stop from output" in said
    assert "(403/E4)" in said
    run = finished_run(server, run_id)
    assert run["run_status"] == 5, "k6 reports an end of its own (6): the first one stands"
    assert baltoro("run", "wait", str(run_id), "--host", server.url, "--token", server.ada.token).returncode == 97


def test_control_c_aborts_the_run(connected: K6, server: Server, target: Target) -> None:
    process, run_id = started(connected, server, FIVE, TARGET=target.url)
    wait_for_requests(server, run_id)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 105
    assert "test run was aborted because k6 received a 'interrupt' signal" in said
    assert finished_run(server, run_id)["run_status"] == 5


def test_a_script_error_is_told_from_an_abort(connected: K6, server: Server) -> None:
    done = connected.run_script("export function setup() { throw new Error('no'); } export default function () {}")
    assert done.returncode == 107
    assert finished_run(server, run_id_of(done.stdout, server))["run_status"] == 7


def test_a_threshold_that_aborts_says_so(connected: K6, server: Server, target: Target) -> None:
    threshold = "[{ threshold: 'rate>2', abortOnFail: true, delayAbortEval: '1s' }]"
    done = connected.run_script(
        FIVE.replace("duration: '5s'", f"duration: '30s', thresholds: {{ http_req_failed: {threshold} }}"),
        env={"TARGET": target.url},
    )
    assert done.returncode == 99
    run = finished_run(server, run_id_of(done.stdout, server))
    assert (run["run_status"], run["result_status"]) == (8, 1)


def test_local_execution_keeps_the_archive_without_the_token(connected: K6, server: Server, target: Target) -> None:
    connected.script("script.js", SHORT)
    done = connected.run(
        "cloud", "run", "--local-execution", "--address", "", "-e", f"TARGET={target.url}", "script.js"
    )
    assert done.returncode == 0, done.stderr
    run_id = run_id_of(done.stdout, server)
    assert finished_run(server, run_id)["result_status"] == 0
    assert thresholds(server, run_id) == {"checks:rate>0.5": False}
    blobs = [path.read_bytes() for path in (server.process.settings.directory / "blobs").rglob("*") if path.is_file()]
    assert any(b"metadata.json" in blob for blob in blobs)
    assert not any(server.ada.token.encode() in blob for blob in blobs)


@pytest.mark.parametrize("token", ["", "bltu_0000000000000000000000000000000iH3MI"])
def test_without_a_valid_token_nothing_runs(connected: K6, server: Server, target: Target, token: str) -> None:
    before = runs(server)
    done = connected.run_script(SHORT, env={"TARGET": target.url, "K6_CLOUD_TOKEN": token})
    assert done.returncode == 255
    assert "(401/E" in done.stderr
    assert "k6 cloud login" in done.stderr or "K6_CLOUD_TOKEN" in done.stderr
    assert runs(server) == before


def test_runs_of_one_name_are_one_test(connected: K6, server: Server) -> None:
    text = "export const options = { iterations: 1 }; export default function () {}"
    first = connected.run_script(text, env={"K6_CLOUD_NAME": f"same {connected.version}"})
    second = connected.run_script(text, env={"K6_CLOUD_NAME": f"same {connected.version}"})
    ids = [run_id_of(done.stdout, server) for done in (first, second)]
    tests = {run_of(server, run_id)["test_id"] for run_id in ids}
    assert len(tests) == 1
    test = get(server, f"/loadtests/v2/tests/{tests.pop()}")["k6-test"]
    assert test["test_run_ids"][:2] == ids[::-1]


def test_baltoro_k6_runs_the_real_k6_and_passes_its_exit_code(k6: K6, server: Server, target: Target) -> None:
    k6.script("script.js", SHORT.replace("rate>0.5", "rate>2"))
    env = {
        "PATH": f"{k6.binary.parent}:{os.environ['PATH']}",
        "BALTORO_HOST": server.url,
        "K6_CLOUD_TOKEN": server.ada.token,
        "TARGET": target.url,
    }
    script = str(k6.home / "script.js")
    done = baltoro("k6", "run", "--address", "", "-o", "cloud", "--no-usage-report", script, env=env, home=k6.home)
    assert done.returncode == 99, done.stderr
    assert finished_run(server, run_id_of(done.stdout, server))["result_status"] == 1
