"""The real k6 of the demo: logs in with its own empty home, then streams the test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from baltoro.cli.failures import Failure
from baltoro.k6.client import K6Version

_STOP_S = 10.0
_RUN_PAGE = re.compile(r"output: cloud \((\S+/runs/(\d+))\)|(\S+/runs/(\d+))")
_PASSED = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SYSTEMROOT")
_STACKS_ONLY_SINCE = 2


@dataclass
class Load:
    """A running k6.

    Attributes:
        page: address of the run's page, once k6 has printed it.
        run_id: the run.
        said: the last lines that k6 printed.
    """

    process: asyncio.subprocess.Process
    page: str = ""
    run_id: int = 0
    said: list[str] = field(default_factory=list)
    announced: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class K6:
    """k6 with a home directory of its own, pointed at one server.

    Attributes:
        program: the binary.
        version: none when it does not say.
        home: an empty directory; k6 writes its config file below it.
        variables: `K6_CLOUD_*`, without a token.
    """

    program: Path
    version: K6Version | None
    home: Path
    variables: dict[str, str]

    def _environment(self, extra: dict[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
        return {**kept, **self.variables, "HOME": str(self.home), "K6_NO_USAGE_REPORT": "true", **extra}

    async def log_in(self, email: str, password: str, token: str) -> str:
        """Log in as a person does: with e-mail and password, or with the token where k6 knows no passwords any more.

        Returns:
            The command that was run, for the screen.

        Raises:
            Failure: k6 refused; holds what it said.
        """
        stacks = self.version is not None and self.version.major >= _STACKS_ONLY_SINCE
        if stacks:
            arguments = ["cloud", "login", "--token", token, "--stack", self.variables["K6_CLOUD_STACK_URL"]]
            typed = ""
        else:
            arguments, typed = ["login", "cloud"], f"{email}\n{password}\n"
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment({}),
        )
        said, _ = await process.communicate(typed.encode())
        if process.returncode:
            raise Failure(f"k6 could not log in: {said.decode(errors='replace').strip().splitlines()[-1:]}")
        return "k6 cloud login --token …" if stacks else "k6 login cloud"

    @asynccontextmanager
    async def streaming(self, script: Path, variables: dict[str, str]) -> AsyncIterator[Load]:
        """`k6 run -o cloud SCRIPT`; stopped with Ctrl-C's signal at the end of the block if it still runs."""
        process = await asyncio.create_subprocess_exec(
            self.program,
            *("run", "--no-color", "--address", "", "-o", "cloud", str(script)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment(variables),
            # Ctrl-C is for us to pass on: we end the run first and the server after it.
            start_new_session=True,
        )
        load = Load(process)
        reading = asyncio.create_task(_read(load))
        try:
            yield load
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGINT)
                try:
                    await asyncio.wait_for(process.wait(), _STOP_S)
                except TimeoutError:
                    process.kill()
                    await process.wait()
            await reading


async def _read(load: Load) -> None:
    stream = load.process.stdout
    if stream is None:
        raise TypeError("k6 was started without a pipe")
    async for line in stream:
        text = line.decode(errors="replace").rstrip()
        load.said[:] = [*load.said[-200:], text]
        found = None if load.run_id else _RUN_PAGE.search(text)
        if found:
            load.page, load.run_id = found[1] or found[3], int(found[2] or found[4])
            load.announced.set()
    load.announced.set()
