"""Blob files, such as archives: opaque bytes under names that we choose. Nothing here is ever executed or unpacked."""

import asyncio
import os
import re
import secrets
from pathlib import Path

from baltoro.foundation.errors import NotFound, Unavailable

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_.-]*)*")


class BlobNotFound(NotFound):
    """No blob of that name."""


class BlobStore:
    """Blobs as files below one directory.

    A name is lower-case words with slashes between, such as `archives/3f2a….tar`; it is made by us, never by a user.
    Methods run in a thread, so that a slow disk holds up nobody else.

    Args:
        directory: created on first use, readable only by the server's user.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def new_name(self, folder: str, suffix: str = "") -> str:
        """A name that nobody can guess: `folder/<32 hex digits>suffix`."""
        return f"{folder}/{secrets.token_hex(16)}{suffix}"

    async def put(self, name: str, content: bytes | Path) -> None:
        """Keep `content` under `name`. After the return it survives a power loss; before, there is no such blob at all.

        Args:
            content: bytes, or a file that is moved here (it must lie on the same file system; see `temporary_path`).

        Raises:
            Unavailable: the disk is full or gone.
        """
        await asyncio.to_thread(self._put, self._path(name), content)

    async def get(self, name: str) -> bytes:
        """The blob's content.

        Raises:
            BlobNotFound: there is none of that name.
        """
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError as error:
            raise BlobNotFound from error

    async def size(self, name: str) -> int:
        """Bytes of the blob.

        Raises:
            BlobNotFound: there is none of that name.
        """
        try:
            return (await asyncio.to_thread(self._path(name).stat)).st_size
        except FileNotFoundError as error:
            raise BlobNotFound from error

    async def delete(self, name: str) -> None:
        """Remove the blob; none of that name is fine."""
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def temporary_path(self) -> Path:
        """A file name on the same file system, for content that is written bit by bit; `put` takes it over.

        Whoever writes there removes the file again if it is not put.
        """
        folder = self._directory / "tmp"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / secrets.token_hex(16)

    def clear_temporary(self) -> None:
        """Remove what a crash left half written. Only at the start, while nobody writes."""
        for leftover in (self._directory / "tmp").glob("*"):
            leftover.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or ".." in name:
            raise BlobNotFound
        return self._directory / name

    def _put(self, path: Path, content: bytes | Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if isinstance(content, Path):
                source = content
            else:
                source = self.temporary_path()
                source.write_bytes(content)
            source.chmod(0o600)
            _sync(source)
            source.replace(path)
            _sync(path.parent)
        except OSError as error:
            raise Unavailable(
                "The file could not be stored. Try again; if it lasts, look at the room on the server's disk.",
                retry_after=5,
            ) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
