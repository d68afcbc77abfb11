import asyncio
from pathlib import Path

import pytest

from baltoro.storage.blobs import BlobNotFound, BlobStore


async def test_what_was_put_is_got_until_it_is_deleted(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    name = blobs.new_name("archives", ".tar")
    await blobs.put(name, b"content")
    assert await blobs.get(name) == b"content"
    assert await blobs.size(name) == 7
    await blobs.delete(name)
    await blobs.delete(name)
    for attempt in (blobs.get(name), blobs.size(name)):
        with pytest.raises(BlobNotFound):
            await attempt


async def test_a_written_file_is_moved_not_copied(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    path = blobs.temporary_path()
    path.write_bytes(b"bit by bit")
    await blobs.put("archives/a.tar", path)
    assert await blobs.get("archives/a.tar") == b"bit by bit"
    assert not path.exists()


async def test_a_name_is_replaced_as_a_whole(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    contents = [bytes([number]) * 100_000 for number in range(8)]
    await asyncio.gather(*(blobs.put("a/b", content) for content in contents))
    assert await blobs.get("a/b") in contents
    assert not list((tmp_path / "blobs" / "tmp").iterdir())


async def test_blobs_are_for_the_servers_user_only_and_never_programs(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    await blobs.put("archives/a.tar", b"#!/bin/sh")
    assert (tmp_path / "blobs/archives/a.tar").stat().st_mode & 0o177 == 0
    assert (tmp_path / "blobs/archives").stat().st_mode & 0o077 == 0


@pytest.mark.promise("T1")
@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "a/../../b", "", "a/", "A", "a\x00", "a//b", ".hidden", "a/.."]
)
async def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    for attempt in (blobs.put(name, b"x"), blobs.get(name), blobs.delete(name)):
        with pytest.raises(BlobNotFound):
            await attempt
    assert not list(tmp_path.rglob("*"))


def test_what_a_crash_left_is_cleared_at_the_start(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    blobs.clear_temporary()
    path = blobs.temporary_path()
    path.write_bytes(b"half")
    blobs.clear_temporary()
    assert not path.exists()
