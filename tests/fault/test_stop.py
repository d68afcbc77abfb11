"""A graceful stop: nothing accepted is answered with an error, exit 0, soon."""

import signal
import threading
import time

import httpx
import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import Pusher, counted, create_run


@pytest.mark.promise("R7")
def test_a_stop_under_load_answers_what_it_accepted_and_exits_with_0(start: Start) -> None:
    server, ada = start()
    run_id = create_run(server.url, ada)
    pushers = [Pusher(server.url, ada, run_id) for _ in range(4)]
    for pusher in pushers:
        pusher.start()
    tick = threading.Event()
    while min(pusher.acknowledged for pusher in pushers) < 10:
        tick.wait(0.02)
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 10
    server.start()
    for pusher in pushers:
        pusher.stop()
        assert pusher.refusals == [], "no 5xx among accepted requests"
    assert counted(server.url, ada, run_id) == sum(pusher.acknowledged for pusher in pushers)


def test_an_open_live_stream_does_not_hold_the_stop_up(start: Start) -> None:
    server, ada = start()
    run_id = create_run(server.url, ada)
    with httpx.stream("GET", f"{server.url}/api/events?run={run_id}", headers=ada.headers, timeout=20) as stream:
        assert stream.status_code == 200
        next(stream.iter_lines())
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 3


def test_a_second_signal_does_not_wait(start: Start) -> None:
    server, _ = start()
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(5) in {0, 1}
    server.stop()


def test_a_taken_port_is_one_sentence_with_the_remedy(start: Start) -> None:
    first, _ = start(name="first")
    second, _ = start(name="second")
    second.stop()
    second.url = first.url
    with pytest.raises(AssertionError, match="no address printed"):
        second.start()
    assert second.process is not None
    assert second.process.wait(10) == 1
    last = second.log_file.read_text().strip().splitlines()[-1]
    assert "--port" in last
    assert "Traceback" not in second.log_file.read_text()
