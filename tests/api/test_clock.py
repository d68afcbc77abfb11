"""Clocks that are wrong, here or at the client, do not lose or misplace data."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from baltoro.foundation.settings import Settings
from baltoro.server import running_server
from tests.fault.pusher import counter_body
from tests.people import Person, create_person


class MovableClock:
    """A wall clock that a test may set."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


async def new_run(client: httpx.AsyncClient, person: Person) -> int:
    answer = await client.post(
        "/v1/tests", json={"name": "t", "vus": 1, "thresholds": {}, "duration": 60}, headers=person.headers
    )
    return int(answer.json()["reference_id"])


async def push(
    client: httpx.AsyncClient, person: Person, run_id: int, time: float, value: float = 1.0
) -> httpx.Response:
    return await client.post(
        f"/v2/metrics/{run_id}",
        content=counter_body(run_id, value=value, time=int(time)),
        headers={**person.headers, "Content-Encoding": "snappy"},
    )


async def total(client: httpx.AsyncClient, person: Person, run_id: int) -> float:
    answer = await client.get(f"/loadtests/v2/runs/{run_id}/summary", headers=person.headers)
    return float(answer.json()["summary"]["pushed"]["values"]["count"])


@pytest.mark.promise("R9")
@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=40)])
async def test_a_step_of_the_servers_clock_ends_no_run_and_loses_no_data(settings: Settings, step: timedelta) -> None:
    clock = MovableClock()
    async with (
        running_server(settings, clock=clock) as running,
        httpx.AsyncClient(base_url=running.url, timeout=30) as client,
    ):
        ada = await create_person(running.services, email="ada@example.org", first_name="Ada")
        run_id = await new_run(client, ada)
        assert (await push(client, ada, run_id, clock().timestamp())).is_success
        before = clock().timestamp()
        clock.offset += step
        assert (await push(client, ada, run_id, before + 1)).is_success
        run = (await client.get(f"/loadtests/v2/runs/{run_id}", headers=ada.headers)).json()["k6-run"]
        assert run["run_status"] == 2
        assert await total(client, ada, run_id) == 2


@pytest.mark.promise("R9")
@pytest.mark.parametrize("skew_s", [-600, 600])
async def test_a_client_whose_clock_is_off_is_shown_in_its_own_time(
    client: httpx.AsyncClient, ada: Person, skew_s: int
) -> None:
    run_id = await new_run(client, ada)
    now = int(datetime.now(UTC).timestamp()) + skew_s
    for second, value in enumerate((1.0, 2.0, 3.0)):
        assert (await push(client, ada, run_id, now + second, value)).is_success
    assert await total(client, ada, run_id) == 6
    listed = (await client.get(f"/loadtests/v2/metrics?test_run_id={run_id}&name=pushed", headers=ada.headers)).json()[
        "k6-metrics"
    ]
    answer = await client.get(
        "/loadtests/v2/series",
        params={"test_run_id": run_id, "ids[]": listed[0]["id"], "method": "sum", "interval": 1, "live": 1},
        headers=ada.headers,
    )
    assert [point["value"] for point in answer.json()["k6-serie"][0]["values"]] == [1, 2, 3]
