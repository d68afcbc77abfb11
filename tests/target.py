"""A target for load tests on loopback: fast, a little irregular, one address that is not found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

_PAUSE = Event()


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        # Latencies between 0 and 12 ms, so that percentiles have something to tell apart.
        _PAUSE.wait((id(self) // 64 + self.server.next_number()) % 13 / 1000)  # type: ignore[attr-defined]
        body = b"{}"
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815 - the names that the base class calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    served = 0

    def next_number(self) -> int:
        self.served += 7
        return self.served


@dataclass(frozen=True)
class Target:
    """A target that answers.

    Attributes:
        url: its address, without a slash at the end.
    """

    url: str


@contextmanager
def running_target() -> Iterator[Target]:
    """A target, for as long as the block lasts."""
    server = _Server(("127.0.0.1", 0), _Page)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Target(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
