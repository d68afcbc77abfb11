"""`baltoro demo`: the whole product in one command."""

import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.server_process import BALTORO

pytestmark = [pytest.mark.xdist_group("k6-demo"), pytest.mark.slow]


def test_once_shows_that_both_sides_agree_and_leaves() -> None:
    done = subprocess.run(
        [BALTORO, "demo", "--once", "--port", "0"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DIFFERS" not in done.stdout
    assert re.search(r"Finished \(passed\); (\d+) of \1 figures agree", done.stdout)
    for figure in ("http_reqs", "iterations", "checks", "p(95)", "time_to_order", "cart_size", "sold_out", "orders"):
        assert figure in done.stdout


def read_until(process: subprocess.Popen[bytes], pattern: str, timeout_s: float = 60) -> str:
    assert process.stdout is not None
    said = ""
    deadline = time.monotonic() + timeout_s
    while not re.search(pattern, said):
        assert time.monotonic() < deadline, said
        if select.select([process.stdout], [], [], 0.2)[0]:
            part = os.read(process.stdout.fileno(), 65536)
            assert part, said
            said += part.decode()
    return said


def test_the_demo_stays_up_until_control_c(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [BALTORO, "demo", "--port", "0", "--data-dir", str(tmp_path / "data")],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    said = read_until(process, r"Password +\S+\n")
    page = re.search(r"Live run +(\S+)", said)
    email = re.search(r"E-mail +(\S+)", said)
    password = re.search(r"Password +(\S+)", said)
    assert page
    assert email
    assert password
    origin = page[1].rpartition("/runs/")[0]
    login = httpx.post(f"{origin}/v3/account/login", json={"email": email[1], "password": password[1]})
    assert login.status_code == 200, login.text
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert (tmp_path / "data" / "baltoro.db").exists()
    assert not (tmp_path / ".config").exists(), "the demo's k6 has a home of its own"
