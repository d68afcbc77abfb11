"""Runs whose client went away end by themselves, and stay ended."""

import signal
import threading
import time

import httpx
import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import counter_body, create_run
from tests.k6.conftest import BINARIES, K6

LIMIT_S = 3
SCRIPT = """
import { sleep } from 'k6';
export const options = { scenarios: { one: { executor: 'constant-vus', vus: 1, duration: '60s' } } };
export default function () { sleep(0.1); }
"""


@pytest.mark.promise("R4")
@pytest.mark.slow
def test_a_run_whose_client_died_times_out_and_never_comes_back(
    start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server, ada = start(environment={"BALTORO_RUNS__SILENCE_LIMIT_S": str(LIMIT_S)})
    k6 = K6("1.1.0", BINARIES["1.1.0"], tmp_path_factory.mktemp("home"))
    k6.environment = {"K6_CLOUD_HOST": server.url, "K6_CLOUD_TOKEN": ada.token}
    k6.script("long.js", SCRIPT)
    process = k6.start("run", "--address", "", "-o", "cloud", "long.js")
    listed = server.wait_until(f"/loadtests/v2/runs?project_id={ada.project_id}", ada, "json['k6-runs']")
    run_id = listed.json()["k6-runs"][0]["id"]
    server.wait_until(f"/loadtests/v2/runs/{run_id}/summary", ada, "'vus' in json['summary']")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    died = time.monotonic()
    run = server.wait_until(f"/loadtests/v2/runs/{run_id}", ada, "json['k6-run']['run_status'] == 4").json()["k6-run"]
    assert LIMIT_S - 2 <= time.monotonic() - died <= LIMIT_S + 3
    assert run["error_detail"]
    late = httpx.post(
        f"{server.url}/v2/metrics/{run_id}",
        content=counter_body(run_id, metric="ticks", value=1.0, time=int(time.time())),
        headers={
            **ada.headers,
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "K6-Idempotency-Key": "0" * 16,
        },
    )
    assert late.status_code == 403
    assert late.json()["error"]["code"] == 4
    assert server.get(f"/loadtests/v2/runs/{run_id}", ada).json()["k6-run"]["run_status"] == 4


@pytest.mark.slow
def test_a_run_that_never_pushed_times_out_too(start: Start) -> None:
    server, ada = start(environment={"BALTORO_RUNS__FIRST_PUSH_LIMIT_S": "2"})
    run_id = create_run(server.url, ada)
    server.wait_until(f"/loadtests/v2/runs/{run_id}", ada, "json['k6-run']['run_status'] == 4", timeout_s=10)


@pytest.mark.slow
def test_the_servers_own_down_time_does_not_count(start: Start) -> None:
    server, ada = start(environment={"BALTORO_RUNS__SILENCE_LIMIT_S": "4"})
    run_id = create_run(server.url, ada)
    push = {
        "content": counter_body(run_id, metric="ticks", value=1.0, time=int(time.time())),
        "headers": {**ada.headers, "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"},
    }
    assert httpx.post(f"{server.url}/v2/metrics/{run_id}", **push).is_success  # type: ignore[arg-type]
    server.kill()
    threading.Event().wait(5)  # the down time itself is what is tested
    server.start()
    assert server.get(f"/loadtests/v2/runs/{run_id}", ada).json()["k6-run"]["run_status"] == 2
    assert httpx.post(f"{server.url}/v2/metrics/{run_id}", **push).is_success  # type: ignore[arg-type]
