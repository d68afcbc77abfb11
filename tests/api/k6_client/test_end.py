"""How a run ends: k6 says so, or somebody stops it."""

import asyncio
import json

import pytest

from baltoro.k6.status import ResultStatus, RunStatus
from baltoro.runs import delete_run
from baltoro.storage.blobs import BlobNotFound
from tests.api.k6_client.conftest import Client, error_of
from tests.api.k6_client.test_points import recording, upload
from tests.people import Person


async def test_a_run_ends_as_k6_says_and_is_processed(k6: Client) -> None:
    run_id = await k6.start(thresholds={"ticks": ["count>10", "count<10"]})
    await k6.count(run_id, 7)
    answer = await k6.finish(run_id, 3, 1, ticks={"count>10": True, "count<10": False})
    assert (answer.status_code, answer.json()) == (200, {})
    run = await k6.until_processed(run_id)
    assert (run.status, run.result_status) == (RunStatus.FINISHED, ResultStatus.FAILED)
    assert run.summary is not None
    assert [(one.tainted, one.calculated_value) for one in await k6.thresholds(run_id)] == [(True, 7.0), (False, 7.0)]
    assert await k6.progress(run_id) == {
        "run_status": 3, "run_status_text": "Finished", "result_status": 1, "progress": 1.0
    }  # fmt: skip


async def test_the_recorded_end_is_understood(k6: Client) -> None:
    body, headers = recording("test-finished.json")
    thresholds = {metric: list(expressions) for metric, expressions in json.loads(body)["thresholds"].items()}
    run_id = await k6.start(thresholds=thresholds)
    assert (await k6.http.post(f"/v1/tests/{run_id}", content=body, headers=k6.headers())).status_code == 200
    assert headers["Content-Type"] == "application/json"
    tainted = {one.expression: one.tainted for one in await k6.thresholds(run_id)}
    assert tainted == {
        "rate>0.9": True, "avg<300": False, "p(95)<500": False, "max<2000": False, "count>0": False
    }  # fmt: skip
    assert (await k6.run(run_id)).result_status is ResultStatus.FAILED


async def test_the_end_may_come_twice_and_the_first_one_stands(k6: Client) -> None:
    run_id = await k6.start()
    for status in (5, 3, 6):
        assert (await k6.finish(run_id, status)).status_code == 200
    assert (await k6.run(run_id)).status is RunStatus.ABORTED_USER


@pytest.mark.parametrize("body", [{}, {"run_status": None}, {"thresholds": None}, {"thresholds": {"checks": None}}])
async def test_what_is_missing_in_the_end_is_the_clean_one(k6: Client, body: dict[str, object]) -> None:
    run_id = await k6.start()
    assert (await k6.post(f"/v1/tests/{run_id}", body)).status_code == 200
    assert (await k6.run(run_id)).status is RunStatus.FINISHED


async def test_a_status_of_a_later_k6_ends_the_run_all_the_same(k6: Client) -> None:
    run_id = await k6.start()
    assert (await k6.finish(run_id, 42)).status_code == 200
    assert (await k6.run(run_id)).status is RunStatus.ABORTED_SYSTEM


@pytest.mark.parametrize("status", [-2, 0, 2, 10])
async def test_a_status_that_ends_nothing_is_refused(k6: Client, status: int) -> None:
    run_id = await k6.start()
    assert "run_status" in error_of(await k6.finish(run_id, status), 400, 2)["field_errors"]
    assert (await k6.run(run_id)).status is RunStatus.RUNNING


async def test_stopping_is_at_once_and_stands_against_the_clients_own_end(k6: Client, ada: Person) -> None:
    run_id = await k6.start()
    for _ in range(2):
        assert (await k6.post(f"/v1/tests/{run_id}/stop")).json() == {}
    error = error_of(await k6.count(run_id), 403, 4)
    assert "aborted by a user" in error["message"]
    await k6.finish(run_id, 6)
    run = await k6.run(run_id)
    assert (run.status, run.stopped_by_id) == (RunStatus.ABORTED_USER, ada.user_id)
    assert (await k6.progress(run_id))["result_status"] == 1


@pytest.mark.promise("T13")
async def test_the_runs_of_others_do_not_exist(k6: Client, stranger: Client) -> None:
    run_id = await k6.start()
    for one in (run_id, "999", "0", "abc", "-1", str(2**63), "1e3", "٣"):
        refused = [
            await stranger.finish(one),
            await stranger.post(f"/v1/tests/{one}/stop"),
            await stranger.http.get(f"/v1/test-progress/{one}", headers=stranger.headers()),
            await stranger.push(one, b"x"),
            await stranger.push(one, b"x", protocol=1),
        ]
        for answer in refused:
            error_of(answer, 404, 3)
        assert len({answer.content for answer in refused}) == 1
    assert (await k6.run(run_id)).status is RunStatus.RUNNING


async def test_a_deleted_run_leaves_neither_figures_nor_its_archive(k6: Client) -> None:
    run_id = (await upload(k6)).json()["reference_id"]
    await k6.count(run_id, 7)
    await k6.finish(run_id)
    run = await k6.until_processed(run_id)
    services = k6.running.services
    asker = await services.authenticator.authenticate(f"Token {k6.token}")
    async with services.database.transaction() as tx:
        await delete_run(tx, asker, run.id, at=services.clock())
    assert run.archive_blob is not None

    async def erased() -> None:
        assert run.archive_blob is not None
        while True:
            await k6.http.get("/healthz")
            try:
                await services.blobs.size(run.archive_blob)
            except BlobNotFound:
                return

    await asyncio.wait_for(erased(), 10)
    assert await k6.total(run_id) == 0
    error_of(await k6.count(run_id), 404, 3)
