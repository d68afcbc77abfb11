"""PostgreSQL restarts under load: requests wait, are retried or get 503; then all is as before."""

import threading

import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import Pusher, counted, create_run
from tests.postgresql import PostgreSQL


@pytest.mark.promise("R11")
@pytest.mark.slow
@pytest.mark.xdist_group("postgresql-restart")
def test_a_restart_of_postgresql_loses_nothing_acknowledged(start: Start, postgresql: PostgreSQL) -> None:
    server, ada = start(engine="postgresql")
    run_id = create_run(server.url, ada)
    pushers = [Pusher(server.url, ada, run_id) for _ in range(2)]
    for pusher in pushers:
        pusher.start()
    tick = threading.Event()
    for _ in range(2):
        goal = pushers[0].acknowledged + 20
        while pushers[0].acknowledged < goal:
            tick.wait(0.02)
        postgresql.restart()
    goal = pushers[0].acknowledged + 20
    while pushers[0].acknowledged < goal:
        tick.wait(0.02)
    for pusher in pushers:
        pusher.stop()
        assert all(refusal.startswith("503") for refusal in pusher.refusals), pusher.refusals
    assert counted(server.url, ada, run_id) == sum(pusher.acknowledged for pusher in pushers)
    assert server.get("/readyz").status_code == 200
