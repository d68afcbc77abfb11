"""Reading a run back, through the REST API and the `baltoro` command."""

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

from baltoro.cli.demo.comparison import Line, compare
from tests.k6.conftest import K6, Server, run_arguments
from tests.server_process import BALTORO

RUN_PAGE = re.compile(r"output: cloud \((\S+)/runs/(\d+)\)")
SUMMARY = """
export function handleSummary(data) { return { 'summary.json': JSON.stringify(data) }; }
"""


def run_id_of(said: str, server: Server) -> int:
    """The run whose page k6 printed in its header."""
    found = RUN_PAGE.search(said)
    assert found, said
    assert found[1] == server.url
    return int(found[2])


def get(server: Server, path: str, **params: Any) -> dict[str, Any]:
    answer = httpx.get(server.url + path, params=params, headers=server.ada.headers, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def run_of(server: Server, run_id: int) -> dict[str, Any]:
    found: dict[str, Any] = get(server, f"/loadtests/v2/runs/{run_id}")["k6-run"]
    return found


def finished_run(server: Server, run_id: int, timeout_s: float = 30) -> dict[str, Any]:
    """The run once it has ended and its figures are final."""
    deadline = time.monotonic() + timeout_s
    while True:
        run = run_of(server, run_id)
        if run["run_status"] >= 3 and run["processing_status"] >= 2:
            return run
        assert time.monotonic() < deadline, run
        time.sleep(0.1)


def runs(server: Server) -> list[int]:
    """All runs of the user's project."""
    found = get(server, "/loadtests/v2/runs", project_id=server.ada.project_id)["k6-runs"]
    return [run["id"] for run in found]


def thresholds(server: Server, run_id: int) -> dict[str, bool]:
    """Name -> whether it failed."""
    found = get(server, "/loadtests/v2/thresholds", test_run_id=run_id)["k6-thresholds"]
    return {threshold["name"]: threshold["tainted"] for threshold in found}


def baltoro(
    *arguments: str, env: dict[str, str] | None = None, stdin: str = "", home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The `baltoro` command with an environment of its own."""
    return subprocess.run(
        [str(BALTORO), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(home or "/nonexistent"), **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def shown(server: Server, run_id: int) -> dict[str, Any]:
    """`baltoro run show RUN --json`."""
    done = baltoro("run", "show", str(run_id), "--json", "--host", server.url, "--token", server.ada.token)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compared(server: Server, run_id: int, summary: Path) -> list[Line]:
    """k6's own summary beside ours."""
    finished_run(server, run_id)
    return compare(json.loads(summary.read_text())["metrics"], shown(server, run_id)["summary"])


def started(k6: K6, server: Server, text: str, **env: str) -> tuple[subprocess.Popen[str], int]:
    """A running k6 and its run, once k6 has printed the address."""
    k6.script("script.js", text)
    process = k6.start(*run_arguments(), "script.js", env=env)
    assert process.stdout is not None
    said = ""
    while not RUN_PAGE.search(said):
        line = process.stdout.readline()
        assert line, said + (process.stderr.read() if process.stderr else "")
        said += line
    return process, run_id_of(said, server)


def wait_for_requests(server: Server, run_id: int, timeout_s: float = 5) -> None:
    """Until the first requests are visible on the server."""
    deadline = time.monotonic() + timeout_s
    while not shown(server, run_id)["summary"].get("http_reqs", {}).get("values", {}).get("count"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
