"""A full disk: reads go on, pushes get 503 and are lost nowhere, and everything recovers when there is room."""

import resource
import subprocess
import threading

import httpx
import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import Pusher, counted, create_run

ROOM = 64 * 1024


def limit_files(pid: int, size: int) -> None:
    """No file of the process may grow beyond `size` bytes: EFBIG stands in for ENOSPC."""
    subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:{resource.RLIM_INFINITY}"], check=True)


@pytest.mark.promise("R8")
def test_a_full_disk_refuses_pushes_and_recovers(start: Start) -> None:
    server, ada = start(environment={"BALTORO_INGEST__WORKERS": "0"})
    run_id = create_run(server.url, ada)
    pusher = Pusher(server.url, ada, run_id)
    pusher.start()
    tick = threading.Event()
    while pusher.acknowledged < 5:
        tick.wait(0.02)
    limit_files(server.pid, ROOM)
    for _ in range(500):
        if pusher.refusals:
            break
        tick.wait(0.02)
    assert pusher.refusals
    assert all(refusal.startswith("503") for refusal in pusher.refusals), pusher.refusals
    assert server.get("/healthz").status_code == 200
    assert httpx.get(f"{server.url}/v3/organizations", headers=ada.headers, timeout=10).status_code == 200
    before = pusher.acknowledged
    limit_files(server.pid, resource.RLIM_INFINITY)
    for _ in range(500):
        if pusher.acknowledged > before + 3:
            break
        tick.wait(0.02)
    pusher.stop()
    assert counted(server.url, ada, run_id) == pusher.acknowledged
    server.kill()
    server.start()
    assert counted(server.url, ada, run_id) == pusher.acknowledged
