"""The demo itself: server, user, target, k6, and the figures of both at the end."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from baltoro.cli.connection import Client, Json
from baltoro.cli.demo.comparison import Line, compare, print_comparison
from baltoro.cli.demo.load import K6, Load
from baltoro.cli.demo.target import running_target
from baltoro.cli.failures import ExitCode, Failure
from baltoro.cli.k6_environment import k6_environment
from baltoro.cli.k6_program import k6_version, require_k6
from baltoro.cli.output import note
from baltoro.cli.run_view import snapshot, status_text
from baltoro.cli.watch import wait_for_end
from baltoro.foundation.logs import configure_logging
from baltoro.foundation.settings import Settings, load_settings
from baltoro.server import Running, running_server

EMAIL = "demo@baltoro.local"
_SHORT = "12s"
_LONG = "3m"
_FINAL_S = 60.0


@dataclass(frozen=True)
class Account:
    """Who the demo's test runs as."""

    email: str
    password: str
    token: str


def _settings(directory: Path, port: int) -> Settings:
    # The environment is left aside on purpose: it may name the database of a real server.
    return load_settings(flags={"data_dir": str(directory), "server.port": port}, environment={})


async def _account(running: Running) -> Account:
    """The demo's user with a password of this start, and the account token."""
    from baltoro.accounts import find_user_by_email, set_password
    from baltoro.organizations import register_user
    from baltoro.tokens import account_token

    services = running.services
    at = services.clock()
    password = secrets.token_urlsafe(12)
    async with services.database.transaction() as tx:
        user = await find_user_by_email(tx, EMAIL)
        if user is None:
            registration = await register_user(
                tx,
                services.hasher,
                email=EMAIL,
                first_name="Demo",
                last_name="User",
                password=password,
                is_instance_admin=True,
                at=at,
            )
            user = registration.user
        else:
            await set_password(tx, services.hasher, user.id, password, at=at)
        issued = await account_token(tx, services.vault, user.id, create=True, at=at)
    if issued is None:
        raise Failure("the demo's user got no token.")
    return Account(EMAIL, password, issued[1])


@asynccontextmanager
async def _stage(port: int, data_dir: Path | None) -> AsyncIterator[tuple[Running, Account, str, K6, Path]]:
    program = require_k6()
    version = await asyncio.to_thread(k6_version, program)
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="baltoro-demo-")))
        directory = data_dir or scratch / "data"
        home = scratch / "home"
        home.mkdir()
        running = await stack.enter_async_context(running_server(_settings(directory, port)))
        target = await stack.enter_async_context(running_target())
        account = await _account(running)
        variables = {
            name: value for name, value in k6_environment(running.url).items() if not name.endswith("PROJECT_ID")
        }
        k6 = K6(program, version, home, variables)
        note(f"Server  {running.url}")
        command = await k6.log_in(account.email, account.password, account.token)
        note(f"Login   {command}")
        yield running, account, target, k6, scratch


async def play(*, once: bool, port: int, data_dir: Path | None) -> int:
    """Run the demo.

    Args:
        once: a short test, compare, and leave.
        port: where to listen; 0 takes a free one.
        data_dir: kept afterwards; none = a temporary directory that is removed.

    Returns:
        The exit code: 0, or 1 when the figures differ.
    """
    configure_logging("text", level=logging.WARNING)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with _stage(port, data_dir) as (running, account, target, k6, scratch):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        summary = scratch / "summary.json"
        script = Path(__file__).with_name("script.js")
        variables = {"DEMO_TARGET": target, "DEMO_DURATION": _SHORT if once else _LONG, "DEMO_SUMMARY": str(summary)}
        async with k6.streaming(script, variables) as load:
            await _first_of(load.announced.wait(), stop.wait())
            if stop.is_set():
                return ExitCode.INTERRUPTED if once else ExitCode.OK
            if not load.run_id:
                await load.process.wait()
                raise Failure(f"k6 did not start a run: {' '.join(load.said[-3:])}")
            click.echo(f"Live run  {load.page}")
            click.echo(f"E-mail    {account.email}")
            click.echo(f"Password  {account.password}")
            await _first_of(load.process.wait(), stop.wait())
            if stop.is_set():
                return ExitCode.INTERRUPTED if once else ExitCode.OK
            if once:
                return await _judge(running.url, account.token, load, summary)
            over = await asyncio.to_thread(_final, running.url, account.token, load.run_id)
            click.echo(f"The run has ended: {status_text(over)}. The server stays up; Ctrl-C ends it.")
            await stop.wait()
    return ExitCode.OK


async def _first_of(*waits: AsyncIterator[object] | object) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _final(address: str, token: str, run_id: int) -> Json:
    with Client(address, token) as client:
        return wait_for_end(client, run_id, limit_s=_FINAL_S)


async def _judge(address: str, token: str, load: Load, summary: Path) -> int:
    """Hold the server's figures beside k6's, print both."""
    if load.process.returncode:
        raise Failure(f"k6 ended with exit code {load.process.returncode}: {' '.join(load.said[-3:])}")
    # In a thread: the server that answers is in this very process.
    lines, run = await asyncio.to_thread(_figures, address, token, load.run_id, summary)
    print_comparison(lines)
    differing = [line for line in lines if not line.agrees]
    missing = {"http_reqs", "iterations", "checks"} - {line.metric for line in lines}
    click.echo(f"Run {load.run_id}: {status_text(run)}; {len(lines) - len(differing)} of {len(lines)} figures agree.")
    if differing or missing or status_text(run) != "Finished (passed)":
        raise Failure("the server's figures are not those of k6." if differing or missing else "the run did not pass.")
    return ExitCode.OK


def _figures(address: str, token: str, run_id: int, summary: Path) -> tuple[list[Line], Json]:
    with Client(address, token) as client:
        wait_for_end(client, run_id, limit_s=_FINAL_S)
        over = snapshot(client, run_id)
    return compare(json.loads(summary.read_text())["metrics"], over.summary), over.run
