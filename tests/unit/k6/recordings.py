"""The bodies that real k6 binaries sent, and what a correct decoder finds in them."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "recordings"
INDEX: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text())["recordings"]


def recordings(prefix: str) -> list[dict[str, Any]]:
    """Those whose file name starts so."""
    return [recording for recording in INDEX if recording["file"].startswith(prefix)]


def body(recording: dict[str, Any]) -> bytes:
    content: bytes = (FOLDER / recording["file"]).read_bytes()
    return content


def archive_in(recording: dict[str, Any]) -> bytes:
    """The `file` part of a multipart body."""
    boundary = b"--" + recording["headers"]["Content-Type"].partition("boundary=")[2].encode()
    for part in body(recording).split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            return content.removesuffix(b"\r\n")
    raise AssertionError("no archive")
