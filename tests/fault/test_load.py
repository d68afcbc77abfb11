"""Twenty real k6 at once: no lost batch, and the page of one of them stays live.

CI streams for a quarter of a minute; `BALTORO_LOAD_S=120` is the promise's full length.
"""

import json
import os
import re
import subprocess
import threading
import time

import httpx
import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import counted
from tests.k6.conftest import BINARIES, K6
from tests.target import Target

PROCESSES = 20
SECONDS = int(os.environ.get("BALTORO_LOAD_S", "15"))

SCRIPT = """
import http from 'k6/http';
import { check, group, sleep } from 'k6';
export const options = {
  scenarios: { one: { executor: 'constant-vus', vus: 2, duration: '%ds', gracefulStop: '5s' } },
};
export default function () {
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o']) {
    group(name, () => {
      const answer = http.get(`${__ENV.TARGET}/${name}`, { tags: { name } });
      check(answer, { ok: (a) => a.status === 200 });
    });
  }
  sleep(0.9);
}
export function handleSummary(data) {
  return { stdout: 'SUMMARY' + JSON.stringify(data.metrics.http_reqs.values) + 'END' };
}
"""


@pytest.mark.promise("L1")
@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 150)
def test_twenty_real_k6_stream_without_a_lost_batch(
    start: Start, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server, ada = start(environment={"BALTORO_INGEST__WORKERS": "1"})
    processes: list[subprocess.Popen[str]] = []
    for number in range(PROCESSES):
        k6 = K6("1.1.0", BINARIES["1.1.0"], tmp_path_factory.mktemp("home"))
        k6.environment = {"K6_CLOUD_HOST": server.url, "K6_CLOUD_TOKEN": ada.token, "TARGET": target.url}
        k6.script(f"load-{number}.js", SCRIPT % SECONDS)
        processes.append(k6.start("run", "--address", "", "--quiet", "-o", "cloud", f"load-{number}.js"))
    listed = server.wait_until(
        f"/loadtests/v2/runs?project_id={ada.project_id}", ada, f"len(json['k6-runs']) == {PROCESSES}", timeout_s=60
    )
    watched = listed.json()["k6-runs"][0]["id"]
    gaps: list[float] = []
    arrivals = threading.Thread(target=watch, args=(server.url, ada.token, watched, gaps))
    arrivals.start()
    totals: dict[str, int] = {}
    for process in processes:
        out, err = process.communicate(timeout=SECONDS + 120)
        assert process.returncode == 0, err
        assert "level=error" not in err, err
        assert "level=warning" not in err, err
        told = re.search(r"SUMMARY(.*)END", out, re.DOTALL)
        assert told is not None
        totals[str(process.args[-1])] = json.loads(told.group(1))["count"]  # type: ignore[index]
    arrivals.join(60)
    runs = server.wait_until(
        f"/loadtests/v2/runs?project_id={ada.project_id}",
        ada,
        "all(r['processing_status'] == 2 for r in json['k6-runs'])",
    ).json()["k6-runs"]
    for run in runs:
        assert counted(server.url, ada, run["id"], "http_reqs") == totals[run["test_name"]]
        assert run["run_status"] == 3
    assert len(gaps) >= SECONDS / 2, "the watched page got about an update a second"
    assert max(gaps) < 5


def watch(url: str, token: str, run_id: int, gaps: list[float]) -> None:
    """Follow the live stream; record the seconds between updates."""
    last = time.monotonic()
    with httpx.stream(
        "GET", f"{url}/api/events?run={run_id}", headers={"Authorization": f"Token {token}"}, timeout=60
    ) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                gaps.append(time.monotonic() - last)
                last = time.monotonic()
                if json.loads(line.removeprefix("data:")).get("last"):
                    return
