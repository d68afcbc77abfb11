"""Fixtures of all suites: databases, the whole app, one user with a token."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from baltoro.foundation.settings import IngestSettings, ServerSettings, Settings
from tests.target import Target, running_target

if TYPE_CHECKING:  # the unit tests of a room need not load the whole house
    from baltoro.server import Running
    from tests.people import Person
    from tests.postgresql import PostgreSQL

ENGINES = ("sqlite", "postgresql")


def missing(tool: str) -> None:
    """A missing tool fails CI; elsewhere the test is skipped with the reason."""
    reason = f"{tool} is not installed; `make test` installs it on Debian as root"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgresql() -> Iterator["PostgreSQL"]:
    """A PostgreSQL server of this test worker, with migrated templates."""
    from tests.postgresql import PostgreSQL, find_postgresql

    binaries = find_postgresql()
    if binaries is None:
        missing("PostgreSQL")
        raise AssertionError
    with PostgreSQL.started(binaries) as server:
        yield server


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Runs the test once on SQLite and once on PostgreSQL."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty, migrated database of the engine; the empty string for SQLite in the data directory."""
    if engine == "sqlite":
        yield ""
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.clone() as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on a free port, decoding in a thread, with a data directory of the test's own."""
    return Settings(
        data_dir=str(tmp_path / "data"),
        database_url=database_url,
        server=ServerSettings(port=0, stop_grace_s=2),
        ingest=IngestSettings(workers=0),
        log_format="json",
    )


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator["Running"]:
    """The whole server inside the test's event loop, on a real socket."""
    from baltoro.server import running_server

    async with running_server(settings) as server:
        yield server


@pytest.fixture
async def client(running: "Running") -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client without credentials; redirects are not followed."""
    async with httpx.AsyncClient(base_url=running.url, timeout=30) as http:
        yield http


@pytest.fixture
async def ada(running: "Running") -> "Person":
    """An instance admin with a personal organization, a default project and an account token."""
    from tests.people import create_person

    return await create_person(running.services, email="ada@example.org", first_name="Ada", is_instance_admin=True)


@pytest.fixture
async def bob(running: "Running") -> "Person":
    """Somebody of another organization."""
    from tests.people import create_person

    return await create_person(running.services, email="bob@example.org", first_name="Bob")


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Something on loopback to put under load."""
    with running_target() as started:
        yield started
