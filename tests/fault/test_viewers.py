"""Viewers that never read must not slow the door that k6 pushes to."""

import socket
import statistics
import threading
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import Pusher, counted, create_run

VIEWERS = 200


def deaf_viewer(stack: ExitStack, url: str, token: str, run_id: int) -> None:
    """Ask for the live stream with a tiny receive buffer, and never read."""
    parts = urlsplit(url)
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((parts.hostname, parts.port))
    request = f"GET /api/events?run={run_id} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Token {token}\r\n\r\n"
    connection.sendall(request.encode())


def median_push_ms(pusher: Pusher, batches: int) -> float:
    """Median latency of the next `batches` pushes."""
    first = len(pusher.latencies_ms)
    tick = threading.Event()
    for _ in range(3000):
        if len(pusher.latencies_ms) >= first + batches:
            return statistics.median(pusher.latencies_ms[first:])
        tick.wait(0.01)
    raise AssertionError(f"pushes stand still: {pusher.refusals[-3:]}")


@pytest.mark.promise("R10")
@pytest.mark.slow
def test_deaf_viewers_do_not_stop_ingestion(start: Start, record_property: Callable[[str, object], None]) -> None:
    server, ada = start(environment={"BALTORO_INGEST__WORKERS": "0"})
    run_id = create_run(server.url, ada)
    pusher = Pusher(server.url, ada, run_id)
    pusher.start()
    alone = median_push_ms(pusher, 100)
    with ExitStack() as stack:
        for _ in range(VIEWERS):
            deaf_viewer(stack, server.url, ada.token, run_id)
        crowded = median_push_ms(pusher, 300)
        pusher.stop()
        assert pusher.refusals == []
        assert counted(server.url, ada, run_id) == pusher.acknowledged
        record_property("push_ms", {"alone": alone, "with deaf viewers": crowded})
        assert server.get("/healthz").status_code == 200
    assert server.stop() == 0
