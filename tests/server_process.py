"""A real `baltoro serve` process on a data directory of its own."""

import asyncio
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from baltoro.accounts import PasswordHasher
from baltoro.foundation.clock import system_clock
from baltoro.foundation.settings import Settings
from baltoro.organizations import register_user
from baltoro.server import open_vault, opened_databases, prepare_directory
from baltoro.tokens import account_token
from tests.people import PASSWORD, Person

BALTORO = Path(sys.executable).parent / "baltoro"
_READY_S = 30.0
_URL = re.compile(r"serves on (http://\S+)")


def seed(settings: Settings, *, email: str = "ada@example.org") -> Person:
    """A user with a token in the data directory, as `baltoro admin user create` would make him."""

    async def make() -> Person:
        prepare_directory(settings.directory)
        vault = open_vault(settings)
        async with opened_databases(settings) as (database, _metrics), database.transaction() as tx:
            registration = await register_user(
                tx,
                PasswordHasher(),
                email=email,
                first_name=email.split("@", maxsplit=1)[0].title(),
                last_name="Tester",
                password=PASSWORD,
                is_instance_admin=True,
                at=system_clock(),
            )
            issued = await account_token(tx, vault, registration.user.id, create=True, at=system_clock())
            assert issued is not None
            assert registration.organization is not None
            assert registration.project is not None
            return Person(
                user_id=registration.user.id,
                organization_id=registration.organization.id,
                project_id=registration.project.id,
                email=email,
                password=PASSWORD,
                token=issued[1],
            )

    return asyncio.run(make())


@dataclass
class ServerProcess:
    """The process and how to talk to it.

    Attributes:
        settings: data directory and databases; the port is chosen at the first start and kept over restarts.
        environment: further `BALTORO_…` variables.
        preexec: run in the child before the program starts (limits).
    """

    settings: Settings
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    setup_url: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def log_file(self) -> Path:
        """Where standard error of all starts goes."""
        return self.settings.directory.parent / "server.log"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start and wait until the address is printed.

        Raises:
            AssertionError: it ended or said nothing; with the end of its log.
        """
        port = self.url.rsplit(":", 1)[-1] if self.url else "0"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("K6_", "BALTORO_"))},
            "BALTORO_DATA_DIR": str(self.settings.directory),
            "BALTORO_DATABASE_URL": self.settings.database_url,
            "BALTORO_SERVER__PORT": port,
            "BALTORO_LOG_FORMAT": "json",
            **self.environment,
        }
        self.settings.directory.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                [str(BALTORO), "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self._line()
        found = _URL.search(line)
        if found is None and self.process.stdout is not None:
            self.process.stdout.close()
        assert found, f"no address printed: {line!r}\n{self.log_file.read_text()[-4000:]}"
        self.url = found.group(1)

    def _line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            readable, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if readable:
                return self.process.stdout.readline()
            if self.process.poll() is not None:
                break
        return ""

    def end(self) -> None:
        """Kill it if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: nothing is flushed."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def stop(self, timeout_s: float = 15) -> int:
        """SIGTERM and wait; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout_s)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def get(self, path: str, person: Person | None = None) -> httpx.Response:
        """GET with the person's token."""
        return httpx.get(self.url + path, headers=person.headers if person else {}, timeout=30)

    def wait_until(self, path: str, person: Person, condition: str, timeout_s: float = 30) -> httpx.Response:
        """Ask until `condition` (an expression over `json`) holds.

        Raises:
            AssertionError: it did not within the time; with the last answer.
        """
        deadline = time.monotonic() + timeout_s
        answer = self.get(path, person)
        while time.monotonic() < deadline:
            if answer.status_code == httpx.codes.OK and eval(condition, {"json": answer.json()}):  # noqa: S307 - our own tests' text
                return answer
            select.select([], [], [], 0.1)
            answer = self.get(path, person)
        raise AssertionError(f"{condition} did not come true: {answer.status_code} {answer.text[:2000]}")
