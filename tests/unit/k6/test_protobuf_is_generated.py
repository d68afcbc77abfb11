"""The generated parser is that of `metrics.proto`."""

from pathlib import Path

import pytest

from baltoro.k6 import metrics_pb2

protoc = pytest.importorskip("grpc_tools.protoc")


def test_the_generated_parser_is_up_to_date(tmp_path: Path) -> None:
    """After changing `metrics.proto`, run `tools/make_protobuf.py`."""
    parser = Path(metrics_pb2.__file__)
    source = parser.parents[2]
    arguments = ["protoc", f"-I{source}", f"--python_out={tmp_path}", "baltoro/k6/metrics.proto"]
    assert protoc.main(arguments) == 0
    assert (tmp_path / "baltoro/k6/metrics_pb2.py").read_text() == parser.read_text()
