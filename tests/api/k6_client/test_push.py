"""The door that metrics come in by."""

import gzip
import json
from datetime import timedelta

import msgspec
import pytest

from baltoro.foundation.clock import system_clock
from baltoro.foundation.settings import IngestSettings, Settings
from baltoro.k6.status import RunStatus
from baltoro.runs import FINALIZE
from baltoro.runs.tables import runs
from baltoro.storage.jobs import jobs
from tests.api.k6_client.conftest import SNAPPY, Client, error_of, ticks
from tests.api.k6_client.test_points import recording
from tests.pushes import COUNTER, OneSeries, counter_value, v2_body


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Limits that a test can reach."""
    limits = IngestSettings(workers=0, max_series_per_run=50, max_body_bytes=20_000, max_batch_bytes=50_000)
    return msgspec.structs.replace(settings, ingest=limits)


async def test_an_unknown_run_a_wrong_token_and_no_token_differ(k6: Client) -> None:
    run_id = await k6.start()
    error_of(await k6.count("999"), 404, 3)
    k6.token = "bltu_0000000000000000000000000000000iH3MI"
    error_of(await k6.count(run_id), 401, 6)
    k6.token = ""
    error_of(await k6.count(run_id), 401, 5)


@pytest.mark.parametrize("status", [3, 5, 6])
async def test_after_the_end_data_on_its_way_is_taken_for_a_minute(k6: Client, status: int) -> None:
    run_id = await k6.start()
    await k6.count(run_id, 1)
    await k6.finish(run_id, status)
    await k6.until_processed(run_id)
    assert (await k6.count(run_id, 2)).status_code == 200
    assert await k6.total(run_id) == 3
    database = k6.running.services.database
    async with database.transaction() as tx:
        (job,) = (await tx.execute(jobs.select())).all()
        assert (job.kind, job.subject) == (FINALIZE, run_id), "the figures are computed once more"
        long_ago = system_clock() - timedelta(seconds=61)
        await tx.execute(runs.update().where(runs.c.id == int(run_id)).values(ended_at=long_ago))
    k6.running.services.push_targets.forget((await k6.run(run_id)).id)
    error_of(await k6.count(run_id, 4), 403, 4)
    assert await k6.total(run_id) == 3


async def test_too_many_series_end_the_run_by_limit(k6: Client) -> None:
    run_id = await k6.start()
    many = [OneSeries("ticks", COUNTER, {"n": str(number)}, [counter_value(1)]) for number in range(51)]
    error = error_of(await k6.push(run_id, v2_body(run_id, *many)), 403, 4)
    run = await k6.run(run_id)
    assert run.status is RunStatus.ABORTED_LIMIT
    assert run.error_detail == error["message"]
    assert "`name` tag" in error["message"]
    await k6.finish(run_id, 6)
    assert (await k6.run(run_id)).status is RunStatus.ABORTED_LIMIT
    assert "`name` tag" in error_of(await k6.count(run_id), 403, 4)["message"]


@pytest.mark.promise("T3")
async def test_a_push_that_is_too_large_is_413(k6: Client) -> None:
    run_id = await k6.start()
    for body in (b"x" * 20_001, b"x" * 500_000, b"\xff\xff\xff\xff\x0f" + b"x" * 100):
        error_of(await k6.push(run_id, body), 413, 2)
    assert (await k6.count(run_id)).status_code == 200


async def test_a_push_that_cannot_be_read_is_refused_and_the_next_is_taken(k6: Client) -> None:
    run_id = await k6.start()
    for body in (b"", b"\x05abc", ticks("4711", 1)):
        error_of(await k6.push(run_id, body), 400, 2)
    gzipped = {**SNAPPY, "Content-Encoding": "gzip"}
    error_of(await k6.push(run_id, ticks(run_id, 1), headers=gzipped), 415, 2)
    assert (await k6.count(run_id)).status_code == 200
    assert await k6.total(run_id) == 1


def points(values: list[float]) -> bytes:
    return json.dumps(
        [
            {
                "type": "Point",
                "metric": "ticks",
                "data": {"time": str(1_795_521_600_000_000 + number), "type": "counter", "tags": {}, "value": value},
            }
            for number, value in enumerate(values)
        ]
    ).encode()


async def test_old_clients_push_json(k6: Client) -> None:
    k6.version = "0.43.0"
    run_id = await k6.start()
    headers = {"Content-Type": "application/json"}
    assert (await k6.push(run_id, points([1, 2]), headers=headers, protocol=1)).status_code == 200
    packed = {**headers, "Content-Encoding": "gzip"}
    assert (await k6.push(run_id, gzip.compress(points([3])), headers=packed, protocol=1)).status_code == 200
    assert await k6.total(run_id) == 6
    error_of(await k6.push(run_id, b"{", headers=headers, protocol=1), 400, 2)


@pytest.mark.parametrize("name", ["v1-points.json.gz.bin", "v1-aggregated.json.gz.bin", "v1-k6-0.30.json.gz.bin"])
async def test_recorded_pushes_of_old_clients_are_taken(k6: Client, name: str) -> None:
    run_id = await k6.start()
    body, headers = recording(name)
    wanted = {key: value for key, value in headers.items() if key in {"Content-Type", "Content-Encoding"}}
    assert (await k6.push(run_id, body, headers=wanted, protocol=1)).status_code == 200
    assert await k6.total(run_id, "http_reqs") > 0
