"""What the tests need beside Python packages: Chromium and PostgreSQL.

Missing ones come from Debian's packages when this is a Debian-like machine and we are root; else a message says what
to install.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def missing() -> list[str]:
    """Debian packages that are needed and not there."""
    packages = []
    if not shutil.which("chromium"):
        packages.append("chromium")
    if not any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) and not shutil.which("postgres"):
        packages.append("postgresql")
    return packages


def main() -> int:
    """Install what is missing, or say how."""
    packages = missing()
    if not packages:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            f"error: the tests need {' and '.join(packages)}.\nOn Debian or Ubuntu: sudo apt-get install {' '.join(packages)}",
            file=sys.stderr,
        )
        return 1
    print(f"installing {' and '.join(packages)} …", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment, stdout=subprocess.DEVNULL)
    # No cluster of Debian's own: the tests start a server of their own in a temporary directory.
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
