"""Generates `baltoro/k6/metrics_pb2.py` and its type stub from `metrics.proto`. Run it after changing the latter."""

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

SOURCE = Path(__file__).resolve().parent.parent / "src"
PROTO = "baltoro/k6/metrics.proto"


def main() -> int:
    """Runs protoc; returns its exit code."""
    include = str(files("grpc_tools") / "_proto")
    arguments = ["protoc", f"-I{SOURCE}", f"-I{include}", f"--python_out={SOURCE}", f"--pyi_out={SOURCE}", PROTO]
    code: int = protoc.main(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
