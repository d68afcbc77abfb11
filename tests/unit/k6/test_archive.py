"""Hostile archives are refused before anything of them could be unpacked."""

import gzip
import io
import json
import tarfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baltoro.k6 import archive as limits
from baltoro.k6.archive import read_archive, strip_token, without_token
from baltoro.k6.errors import ArchiveTooLarge, BadArchive

from .recordings import archive_in, recordings

METADATA = json.dumps({"type": "js", "options": {"vus": 1}, "env": {"A": "1"}, "k6version": "1.1.0"}).encode()


def entry(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


def tar(*entries: tuple[tarfile.TarInfo, bytes], metadata: bytes | None = METADATA) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as made:
        for info, content in (*((entry("metadata.json", metadata),) if metadata is not None else ()), *entries):
            made.addfile(info, io.BytesIO(content))
    return target.getvalue()


def read(content: bytes, **options: Any) -> limits.Archive:
    return read_archive(io.BytesIO(content), **options)


def test_an_archive_of_k6_is_read() -> None:
    found = read(
        tar(
            entry("data", b"export default () => {}"),
            entry("file", kind=tarfile.DIRTYPE),
            entry("file/a.js", kind=tarfile.LNKTYPE, link="data"),
            entry("https/jslib.k6.io/x.js", b"1"),
        )
    )
    assert found.script == "export default () => {}"
    assert [(one.name, one.kind, one.target) for one in found.entries] == [
        ("metadata.json", "file", ""), ("data", "file", ""), ("file", "directory", ""), ("file/a.js", "link", "data"),
        ("https/jslib.k6.io/x.js", "file", ""),
    ]  # fmt: skip
    assert found.remote_modules == ["https/jslib.k6.io/x.js"]
    assert (found.metadata.k6_version, found.metadata.env) == ("1.1.0", {"A": "1"})


@pytest.mark.parametrize(
    "hostile",
    [
        entry("../x", b"1"),
        entry("file/../../x", b"1"),
        entry("/etc/passwd", b"1"),
        entry("a\\..\\..\\x", b"1"),
        entry("x" * 5000, b"1"),
        entry("link", kind=tarfile.SYMTYPE, link="metadata.json"),
        entry("link", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        entry("link", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        entry("link", kind=tarfile.LNKTYPE, link="later"),
        entry("link", kind=tarfile.LNKTYPE, link="link"),
        entry("data", kind=tarfile.LNKTYPE, link="metadata.json"),
        entry("device", kind=tarfile.CHRTYPE),
        entry("device", kind=tarfile.BLKTYPE),
        entry("pipe", kind=tarfile.FIFOTYPE),
        entry("metadata.json", b"{}"),
        entry("./metadata.json", b"{}"),
        entry("metadata.json", kind=tarfile.DIRTYPE),
    ],
    ids=lambda hostile: f"{hostile[0].type!r} {hostile[0].name[:20]}",
)
def test_what_could_do_harm_is_refused(hostile: tuple[tarfile.TarInfo, bytes]) -> None:
    with pytest.raises(BadArchive):
        read(tar(hostile, entry("later", b"1")))


def test_a_name_overridden_by_an_extended_header_is_checked_as_well() -> None:
    info, content = entry("harmless", b"1")
    info.pax_headers = {"path": "../../evil"}
    with pytest.raises(BadArchive):
        read(tar((info, content)))


def test_sparse_files_are_refused() -> None:
    """They would unpack to any size."""
    info, content = entry("big", b"1")
    info.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**12), "GNU.sparse.name": "big"}
    with pytest.raises((BadArchive, ArchiveTooLarge)):
        read(tar((info, content)))


@pytest.mark.parametrize("metadata", [None, b"", b"[]", b"{", b'{"options": 1}', b"\xff", b'{"options":' + b"[" * 5000])
def test_an_archive_without_usable_metadata_is_refused(metadata: bytes | None) -> None:
    with pytest.raises(BadArchive):
        read(tar(metadata=metadata))


@pytest.mark.parametrize("content", [b"", b"x" * 5000, tar()[:700], METADATA])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(BadArchive):
        read(content)


def test_the_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    content = tar(entry("a", b"x" * 5000), *(entry(f"b{k}", kind=tarfile.LNKTYPE, link="a") for k in range(5)))
    read(content)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_PACKED", 5000)
        with pytest.raises(ArchiveTooLarge):
            read(content)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_ENTRIES", 6)
        with pytest.raises(ArchiveTooLarge, match="files"):
            read(content)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_UNPACKED", 29_000)  # links count like what they stand for
        with pytest.raises(ArchiveTooLarge, match="unpacked"):
            read(content)


def test_a_large_script_is_refused() -> None:
    with pytest.raises(ArchiveTooLarge, match="data"):
        read(tar(entry("data", b" " * (limits.MAX_SCRIPT + 1))))


def test_a_compressed_archive_is_read_when_announced() -> None:
    assert read(gzip.compress(tar()), is_gzip=True).metadata.k6_version == "1.1.0"
    with pytest.raises(BadArchive):
        read(gzip.compress(tar()))
    with pytest.raises(BadArchive):
        read(gzip.compress(tar())[:-20], is_gzip=True)


def test_an_archive_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(tar(entry("zeros", b"\0" * 50_000_000)))
    with pytest.raises(ArchiveTooLarge):
        read(bomb, is_gzip=True)


def test_only_the_token_is_taken_away() -> None:
    options = {"cloud": {"token": "s", "name": "n"}, "ext": {"loadimpact": {"token": "s", "x": [1, 2.5]}}, "vus": None}
    before = tar(entry("data", b"1"), metadata=json.dumps({"options": options, "other": "ä"}).encode())
    target = io.BytesIO()
    found = strip_token(io.BytesIO(before), target)
    assert found.metadata.options == {"cloud": {"name": "n"}, "ext": {"loadimpact": {"x": [1, 2.5]}}, "vus": None}
    assert found.metadata == read(target.getvalue()).metadata
    with tarfile.open(fileobj=io.BytesIO(target.getvalue())) as after:
        metadata = after.extractfile("metadata.json")
        assert metadata is not None
        assert json.loads(metadata.read())["other"] == "ä"


def test_an_archive_without_a_token_keeps_its_metadata_to_the_byte() -> None:
    with tarfile.open(fileobj=io.BytesIO(without_token(tar()))) as after:
        metadata = after.extractfile("metadata.json")
        assert metadata is not None
        assert metadata.read() == METADATA


REAL = [archive_in(recording) for recording in recordings("archive-upload")]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(REAL),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 1 << 20),
)
def test_damaged_archives_are_refused_or_read(content: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(content)
    for at, byte in changes:
        damaged[at % 4096] = byte
    for hostile in (bytes(damaged), bytes(damaged[: cut % len(damaged)])):
        try:
            found = read(hostile)
        except (BadArchive, ArchiveTooLarge):
            continue
        assert all(not one.name.startswith("/") and ".." not in one.name.split("/") for one in found.entries)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=20), min_size=1, max_size=4))
def test_extended_headers_of_any_content_are_refused_or_read(headers: dict[str, str]) -> None:
    info, content = entry("x", b"1")
    info.pax_headers = headers
    try:
        hostile = tar((info, content))
    except (ValueError, UnicodeEncodeError):
        return
    try:
        read(hostile)
    except (BadArchive, ArchiveTooLarge):
        return


@pytest.mark.parametrize(
    "key", ["size", "mtime", "uid", "GNU.sparse.major", "GNU.sparse.map", "path", "linkpath", "hdrcharset"]
)
@pytest.mark.parametrize("value", ["-1", "x", "9" * 30, "1,2,3", "nan", "BINARY", ""])
def test_extended_headers_with_impossible_values_are_refused_or_read(key: str, value: str) -> None:
    info, content = entry("x", b"1")
    info.pax_headers = {key: value}
    try:
        read(tar((info, content), entry("y", b"2")))
    except (BadArchive, ArchiveTooLarge):
        return
