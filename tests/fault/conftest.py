"""Server processes that may be killed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from baltoro.foundation.settings import Settings
from tests.people import Person
from tests.postgresql import PostgreSQL
from tests.server_process import ServerProcess, seed

Started = tuple[ServerProcess, Person]
Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Start]:
    """`start(engine="sqlite", environment={…})`: a seeded, running server process; ended with the test."""
    with ExitStack() as stack:

        def started(
            engine: str = "sqlite", environment: Mapping[str, str] | None = None, name: str = "data"
        ) -> Started:
            url = ""
            if engine == "postgresql":
                server: PostgreSQL = request.getfixturevalue("postgresql")
                url = stack.enter_context(server.clone())
            settings = Settings(data_dir=str(tmp_path / name), database_url=url)
            person = seed(settings)
            process = ServerProcess(settings, environment or {})
            process.start()
            stack.callback(process.end)
            return process, person

        yield started
