"""One process: sockets, signals, start and graceful stop."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from baltoro import __version__
from baltoro.accounts import issue_setup_link
from baltoro.foundation.clock import Clock, system_clock
from baltoro.foundation.errors import Conflict, Invalid
from baltoro.foundation.logs import configure_logging, get_logger
from baltoro.foundation.settings import Settings
from baltoro.jobs import running_jobs
from baltoro.server.app import create_app
from baltoro.server.data_directory import held_directory, prepare_directory
from baltoro.server.services import Services, started_services
from baltoro.server.work import chores, job_handlers

log = get_logger()
_BACKLOG = 2048
_IPV6_ANY = "::"


class PortInUse(Conflict):
    """Somebody listens there already."""


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        url: origin on which it is reached, without a trailing slash.
        setup_url: where the first administrator is created; none once a user exists.
        services: its objects, for programs that run the server inside themselves.
    """

    url: str
    setup_url: str | None
    services: Services
    stopping: asyncio.Event


class _QuietServer(uvicorn.Server):
    """uvicorn without its own signal handling: it re-raises the signal after the stop, which would end in exit 143."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is: else every answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} on {host} is in use. Stop what listens there, or choose another one with --port."
            ) from error
        raise Invalid(f"Cannot listen on {host} port {port}: {error.strerror}. Check --host and --port.") from error
    listener.setblocking(False)
    return listener


def _origin(settings: Settings, listener: socket.socket) -> str:
    if settings.server.public_url:
        return settings.server.public_url.rstrip("/")
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", _IPV6_ANY}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def running_server(settings: Settings, *, clock: Clock = system_clock) -> AsyncIterator[Running]:
    """A server on its sockets, for as long as the block lasts.

    Stop: no new connection, live streams end, open requests get `server.stop_grace_s` seconds.

    Raises:
        PortInUse: the port is taken.
        DirectoryInUse: another server works on the data directory.
        NewerSchema: a newer baltoro wrote the database.
        Invalid: the directory or the address cannot be used.
    """
    directory = prepare_directory(settings.directory)
    with held_directory(directory), contextlib.closing(_listen(settings.server.host, settings.server.port)) as listener:
        url = _origin(settings, listener)
        async with started_services(settings, public_url=url, clock=clock) as services:
            config = uvicorn.Config(
                create_app(services),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=settings.server.behind_proxy,
                timeout_graceful_shutdown=int(settings.server.stop_grace_s),
                timeout_keep_alive=75,
            )
            server = _QuietServer(config)
            async with running_jobs(services.database, job_handlers(services), clock=clock, periodic=chores(services)):
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                try:
                    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
                        await asyncio.sleep(0.005)
                    async with services.database.transaction() as tx:
                        link = await issue_setup_link(tx, at=clock())
                    stopping = asyncio.Event()
                    running = Running(
                        url=url,
                        setup_url=f"{url}/setup/{link}" if link else None,
                        services=services,
                        stopping=stopping,
                    )
                    log.info("server.started", url=url, version=__version__)
                    yield running
                finally:
                    await services.live.stop()
                    server.should_exit = True
                    await serving
                    log.info("server.stopped")


async def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. A second signal does not wait for open requests.

    Returns:
        The exit code: 0.
    """
    configure_logging(settings.log_format)
    stop = asyncio.Event()
    async with running_server(settings) as running:
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            if stop.is_set():
                sys.exit(1)
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)
        print(f"baltoro {__version__} serves on {running.url}", flush=True)  # noqa: T201 - the command's result
        if running.setup_url:
            print(f"Create the first administrator: {running.setup_url}", flush=True)  # noqa: T201
        await stop.wait()
    return 0
