"""`kill -9` at any moment: what was acknowledged is there once, and the run goes on."""

import json
import random
import re
import subprocess
import threading
from collections.abc import Callable

import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import Pusher, counted, create_run
from tests.server_process import ServerProcess

ROUNDS = 20


def wait_for_growth(pusher: Pusher, by: int) -> None:
    """Until so many further batches were acknowledged."""
    goal = pusher.acknowledged + by
    tick = threading.Event()
    for _ in range(1000):
        if pusher.acknowledged >= goal:
            return
        tick.wait(0.02)
    raise AssertionError(f"only {pusher.acknowledged} of {goal} batches acknowledged: {pusher.refusals[-3:]}")


@pytest.mark.promise("R1")
@pytest.mark.promise("R2")
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_an_acknowledged_batch_survives_kill_9_and_is_counted_once(
    start: Start, workers: str, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random()
    seed_number = chance.randrange(2**32)
    chance.seed(seed_number)
    record_property("seed", seed_number)
    server, ada = start(environment={"BALTORO_INGEST__WORKERS": workers, "BALTORO_INGEST__SEAL_AFTER_S": "1"})
    run_id = create_run(server.url, ada)
    pushers = [Pusher(server.url, ada, run_id) for _ in range(3)]
    for pusher in pushers:
        pusher.start()
    for _ in range(ROUNDS // 2):
        wait_for_growth(pushers[0], chance.randrange(1, 40))
        server.kill()
        server.start()
    wait_for_growth(pushers[0], 5)
    for pusher in pushers:
        pusher.stop()
    acknowledged = sum(pusher.acknowledged for pusher in pushers)
    sent = sum(pusher.sent for pusher in pushers)
    assert acknowledged <= counted(server.url, ada, run_id) <= sent
    # Each batch was tried until it was acknowledged, with one key: so the sum is exact.
    assert acknowledged == sent == counted(server.url, ada, run_id)
    assert server.stop() == 0


SCRIPT = """
import { Counter } from 'k6/metrics';
import { sleep } from 'k6';
const ticks = new Counter('ticks');
export const options = { scenarios: { one: { executor: 'constant-vus', vus: 2, duration: '12s' } } };
export default function () { ticks.add(1); sleep(0.05); }
export function handleSummary(data) {
  return { stdout: 'SUMMARY' + JSON.stringify(data.metrics.ticks.values) + 'END' };
}
"""


@pytest.mark.promise("R6")
@pytest.mark.slow
@pytest.mark.parametrize("way", ["kill", "terminate"])
def test_a_real_k6_streams_on_through_a_restart(
    start: Start, tmp_path_factory: pytest.TempPathFactory, way: str
) -> None:
    from tests.k6.conftest import BINARIES, K6  # the fixture's class, with a version of our choice

    server, ada = start()
    k6 = K6("1.1.0", BINARIES["1.1.0"], tmp_path_factory.mktemp("home"))
    k6.environment = {"K6_CLOUD_HOST": server.url, "K6_CLOUD_TOKEN": ada.token, "K6_CLOUD_TIMEOUT": "5s"}
    k6.script("ticks.js", SCRIPT)
    process = k6.start("run", "--address", "", "-o", "cloud", "ticks.js")
    answer = server.wait_until(
        f"/loadtests/v2/runs?project_id={ada.project_id}",
        ada,
        "json['k6-runs'] and json['k6-runs'][0]['run_status'] == 2",
    )
    run_id = answer.json()["k6-runs"][0]["id"]
    server.wait_until(f"/loadtests/v2/runs/{run_id}/summary", ada, "'ticks' in json['summary']")
    before = counted(server.url, ada, run_id, "ticks")
    restart(server, way)
    assert counted(server.url, ada, run_id, "ticks") >= before, (
        "what was visible was acknowledged, so it is still there"
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    run = server.wait_until(f"/loadtests/v2/runs/{run_id}", ada, "json['k6-run']['processing_status'] == 2").json()[
        "k6-run"
    ]
    assert run["run_status"] == 3
    told = re.search(r"SUMMARY(.*)END", out, re.DOTALL)
    assert told is not None
    exact = json.loads(told.group(1))["count"]
    stored = counted(server.url, ada, run_id, "ticks")
    lost = "Failed to push metrics to the cloud" in err
    assert before < stored <= exact
    if not lost:
        assert stored == exact


def restart(server: ServerProcess, way: str) -> None:
    if way == "kill":
        server.kill()
    else:
        assert server.stop() == 0
    server.start()


def test_a_second_server_on_the_same_data_directory_is_refused_and_one_after_a_kill_is_not(start: Start) -> None:
    server, _ = start()
    second = ServerProcess(server.settings)
    with pytest.raises(AssertionError, match="no address printed"):
        second.start()
    assert second.process is not None
    assert second.process.wait(10) == 1
    assert "Another baltoro server" in second.log_file.read_text()
    server.kill()
    server.start()
    assert server.get("/healthz").status_code == 200


def test_decode_workers_die_with_a_killed_server(start: Start) -> None:
    server, ada = start(environment={"BALTORO_INGEST__WORKERS": "1"})
    run_id = create_run(server.url, ada)
    pusher = Pusher(server.url, ada, run_id)
    pusher.start()
    wait_for_growth(pusher, 2)
    pusher.stop()
    children = subprocess.run(
        ["pgrep", "-P", str(server.pid)], check=False, capture_output=True, text=True
    ).stdout.split()
    assert children
    server.kill()
    tick = threading.Event()
    for _ in range(100):
        alive = [
            child
            for child in children
            if subprocess.run(["kill", "-0", child], check=False, capture_output=True).returncode == 0
        ]
        if not alive:
            return
        tick.wait(0.1)
    raise AssertionError(f"orphans: {alive}")
