"""All benchmarks, one after another, with short settings; `--full` measures as long as the budgets say."""

import argparse
import subprocess
import sys
from pathlib import Path

SHORT = {"bench_streams": ["--streams", "40", "--seconds", "15"], "bench_peers": ["--seconds", "10"]}


def main() -> int:
    """Run each `bench_*.py`; stop at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--save", action="store_true", help="keep the figures in bench/results")
    options = parser.parse_args()
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n{path.stem}", flush=True)
        arguments = [] if options.full else SHORT.get(path.stem, [])
        command = [sys.executable, "-m", f"bench.{path.stem}", *arguments, *(["--save"] if options.save else [])]
        if subprocess.run(command, check=False, cwd=path.parent.parent).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
