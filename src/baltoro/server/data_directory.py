"""The data directory: created on first use, held by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baltoro.foundation.errors import Conflict, Invalid

_LOCK = "lock"


class DirectoryInUse(Conflict):
    """Another server process works on the same data directory."""


def prepare_directory(path: Path) -> Path:
    """Create the data directory (mode 0700) where it is missing.

    Raises:
        Invalid: it cannot be created or written; the message names the remedy.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid(
            f"Cannot create the data directory {path}: {error.strerror}. Choose another one with --data-dir."
        ) from error
    if not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise Invalid(
            f"The data directory {path} cannot be read and written by this user. Change its owner, or choose "
            "another one with --data-dir."
        )
    return path


@contextmanager
def held_directory(path: Path) -> Iterator[None]:
    """Hold the directory for this process. The kernel lets go when the process dies, however it dies.

    Raises:
        DirectoryInUse: another process holds it.
    """
    with (path / _LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise DirectoryInUse(
                f"Another baltoro server (process {holder}) works on {path}. Stop it, or choose another --data-dir."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
