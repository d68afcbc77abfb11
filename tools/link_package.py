"""Install the checkout itself into the virtual environment, without a build and without the network.

A `.pth` file makes `src` importable, and the `baltoro` command is written beside the interpreter: what an editable
install does, minus the build isolation that would fetch unlocked build tools.
"""

import stat
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """#!{python}
import sys

from baltoro.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""


def main() -> None:
    """Write the path file and the command."""
    site = Path(sysconfig.get_path("purelib"))
    (site / "baltoro.pth").write_text(f"{ROOT / 'src'}\n")
    command = Path(sysconfig.get_path("scripts")) / "baltoro"
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(command.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


if __name__ == "__main__":
    main()
