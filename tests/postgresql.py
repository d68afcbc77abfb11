"""A PostgreSQL server for tests: started as an unprivileged user, one migrated template, a clone per test."""

import asyncio
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import asyncpg

from baltoro.storage.database import Database
from baltoro.storage.migrate import migrate

_TEMPLATE = "baltoro_template"
_DURABLE = ("max_connections=200",)
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")


def find_postgresql() -> Path | None:
    """Folder of a server's programs, or none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _unprivileged() -> dict[str, Any]:
    """How to start a process that refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@dataclass
class PostgreSQL:
    """A running server.

    Attributes:
        binaries: folder of its programs.
        directory: its data directory and socket folder.
        port: TCP port on 127.0.0.1.
    """

    binaries: Path
    directory: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextmanager
    def started(cls, binaries: Path, *, durable: bool = False) -> Iterator[Self]:
        """Initialise, start, migrate the template; stop and remove at the end."""
        # Not below pytest's own temporary directory: that one is closed (0700) to the unprivileged user.
        directory = Path(tempfile.mkdtemp(prefix="baltoro-postgresql-"))
        ownership = _unprivileged()
        if ownership:
            os.chown(directory, ownership["user"], ownership["group"])
        server = cls(binaries, directory, _free_port())
        data = directory / "data"
        server._run("initdb", "--pgdata", str(data), "--auth=trust", "--username=postgres", "--no-sync", "-E", "UTF8")
        options = " ".join(f"-c {setting}" for setting in (_SETTINGS if not durable else _DURABLE))
        server._run(
            "pg_ctl", "start", "--wait", "-D", str(data), "-l", str(directory / "log"),
            "-o", f"-p {server.port} -h 127.0.0.1 -k {directory} {options}",
        )  # fmt: skip
        try:
            server._sql(f"CREATE DATABASE {_TEMPLATE}")
            asyncio.run(_migrated(server.url(_TEMPLATE)))
            yield server
        finally:
            server._run("pg_ctl", "stop", "-D", str(data), "-m", "immediate")
            shutil.rmtree(directory, ignore_errors=True)

    def url(self, name: str) -> str:
        """URL of a database of this server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def clone(self) -> Iterator[str]:
        """URL of a fresh copy of the migrated template; dropped at the end."""
        name = f"test_{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        try:
            yield self.url(name)
        finally:
            self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self) -> None:
        """Restart at once, as a crash would."""
        self._run("pg_ctl", "restart", "--wait", "-D", str(self.directory / "data"), "-m", "immediate")

    def _sql(self, statement: str) -> None:
        asyncio.run(_execute(self.url("postgres"), statement))

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            check=True,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            **_unprivileged(),
        )


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _migrated(url: str) -> None:
    database = Database(url)
    for schema in ("control", "metrics"):
        await migrate(database, schema)
    await database.close()
