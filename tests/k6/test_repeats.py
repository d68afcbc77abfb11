"""A push that k6 repeats counts once, whatever happened to the first attempt: acceptance rows 21 and 22."""

import os
import signal
import time

import httpx
import pytest

from tests.k6.conftest import K6, Server
from tests.k6.results import SUMMARY, compared, finished_run, shown, started, wait_for_requests
from tests.pushes import COUNTER, OneSeries, counter_value, v2_body
from tests.target import Target

pytestmark = pytest.mark.xdist_group("k6-repeats")

STEADY = (
    """
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: 2, duration: '6s' };
export default function () { http.get(__ENV.TARGET + '/'); sleep(0.05); }
"""
    + SUMMARY
)


def test_a_server_that_hangs_for_a_moment_loses_nothing_and_counts_nothing_twice(
    connected: K6, server: Server, target: Target
) -> None:
    process, run_id = started(connected, server, STEADY, TARGET=target.url, K6_CLOUD_TIMEOUT="1s")
    wait_for_requests(server, run_id)
    # k6 gives up after a second and repeats; the server then finds both attempts in its socket.
    os.kill(server.process.pid, signal.SIGSTOP)
    time.sleep(1.6)
    os.kill(server.process.pid, signal.SIGCONT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    lines = compared(server, run_id, connected.home / "summary.json")
    assert [line for line in lines if not line.agrees] == []


def test_one_key_counts_once_and_another_key_again(server: Server) -> None:
    created = httpx.post(
        f"{server.url}/v1/tests",
        json={"name": "keys", "vus": 1, "thresholds": {}, "duration": 30},
        headers=server.ada.headers,
    )
    run_id = int(created.json()["reference_id"])
    now = int(time.time())
    body = v2_body(run_id, OneSeries("orders", COUNTER, {"kind": "a"}, [counter_value(5, time=now)]))

    def send(key: str) -> int:
        return httpx.post(
            f"{server.url}/v2/metrics/{run_id}",
            content=body,
            headers={
                **server.ada.headers,
                "Content-Encoding": "snappy",
                "Content-Type": "application/x-protobuf",
                "K6-Idempotency-Key": key,
            },
        ).status_code

    assert max(send("00000000000000aa") for _ in range(3)) < 300
    assert send("00000000000000bb") < 300
    httpx.post(
        f"{server.url}/v1/tests/{run_id}",
        json={"result_status": 0, "run_status": 3, "thresholds": {}},
        headers=server.ada.headers,
    )
    finished_run(server, run_id)
    assert shown(server, run_id)["summary"]["orders"]["values"]["count"] == 10
