"""What a server gets wrong: the numbered points of docs/explanation/k6-protocol.md that concern a streamed run."""

import asyncio
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from baltoro.foundation.ids import RunId
from baltoro.metrics import Query
from tests.api.k6_client.conftest import Client, error_of, ticks
from tests.people import Person
from tests.pushes import GAUGE, OneSeries, gauge_value, v2_body

RECORDINGS = Path(__file__).parent.parent.parent / "recordings"


def recording(name: str) -> tuple[bytes, dict[str, str]]:
    """A body that a real k6 sent, and its headers."""
    index = json.loads((RECORDINGS / "index.json").read_text())
    (entry,) = [entry for entry in index["recordings"] if entry["file"] == name]
    return (RECORDINGS / name).read_bytes(), entry["headers"]


async def upload(k6: Client, *, key: str | None = None) -> httpx.Response:
    """`k6 cloud run --local-execution`, as k6 1.1.0 sent it, but for a project that was not set: 0."""
    body, headers = recording("post-tests-multipart.bin")
    body = body.replace(b"\r\n\r\n77\r\n", b"\r\n\r\n0\r\n", 1)
    wanted = {**k6.headers(key), "Content-Type": headers["Content-Type"]}
    return await k6.http.post("/v1/tests", content=body, headers=wanted)


async def test_point_01_reference_id_is_a_decimal_string(k6: Client) -> None:
    for answer in (await k6.announce(), await upload(k6)):
        reference_id = answer.json()["reference_id"]
        assert isinstance(reference_id, str)
        assert re.fullmatch("[1-9][0-9]*", reference_id)
        assert int(reference_id) < 2**31


@pytest.mark.parametrize("version", ["0.30.0", "0.47.0", "0.57.0", "1.1.0", "2.2.0", "99.0.0-rc1"])
async def test_point_02_traces_stay_in_the_house(k6: Client, version: str) -> None:
    k6.version = version
    assert (await k6.announce()).json()["config"]["tracesEnabled"] is False


async def test_point_03_a_short_run_sends_its_data_while_it_runs(k6: Client) -> None:
    config = (await k6.announce(duration=62)).json()["config"]
    assert config["aggregationPeriod"] == config["aggregationWaitPeriod"] == "1s"
    assert config["metricPushInterval"] == "500ms"
    long = (await k6.announce(duration=4 * 3600)).json()["config"]
    period, wait = (int(long[key].removesuffix("s")) for key in ("aggregationPeriod", "aggregationWaitPeriod"))
    assert wait >= period > 1


@pytest.mark.parametrize("swapped", [True, False])
async def test_point_04_swapped_bounds_of_gauges_are_put_right(k6: Client, swapped: bool) -> None:  # noqa: FBT001
    run_id = await k6.start()
    value = gauge_value(5, count=3, lo=3, hi=7, avg=5, swapped=swapped)
    assert (await k6.push(run_id, v2_body(run_id, OneSeries("level", GAUGE, {}, [value])))).is_success
    store = k6.running.services.metric_store
    answer = await store.query(RunId(int(run_id)), Query(metric="level"))
    assert (float(answer.min.min()), float(answer.max.max())) == (3, 7)


async def test_point_05_pushes_come_in_chunks_without_a_length(k6: Client) -> None:
    run_id = await k6.start()
    body = ticks(run_id, 2)
    answer = await k6.push(run_id, body)
    assert answer.is_success
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.request.headers
    assert await k6.total(run_id) == 2


@pytest.mark.promise("R2")
async def test_point_06_equal_buckets_add_up_and_a_retried_push_counts_once(k6: Client) -> None:
    run_id = await k6.start()
    await asyncio.gather(*(k6.count(run_id, 2, key="a" * 16) for _ in range(4)))
    assert (await k6.count(run_id, 2, key="a" * 16)).status_code == 200
    assert await k6.total(run_id) == 2
    await k6.count(run_id, 3, key="b" * 16)
    assert await k6.total(run_id) == 5
    await k6.finish(run_id)
    await k6.until_processed(run_id)
    assert (await k6.count(run_id, 2, key="a" * 16)).status_code == 200
    assert await k6.total(run_id) == 5


@pytest.mark.parametrize("status", [5, 6, 7, 8, 9])
async def test_point_07_every_unclean_ending_has_failed_for_ci(k6: Client, status: int) -> None:
    run_id = await k6.start()
    assert (await k6.progress(run_id))["result_status"] == 0
    await k6.finish(run_id, status, 0)
    progress = await k6.progress(run_id)
    assert (progress["run_status"], progress["result_status"], progress["progress"]) == (status, 1, 1.0)
    assert progress["run_status_text"].startswith("Aborted (")


async def test_point_08_an_upload_is_refused_before_anything_is_stored(k6: Client) -> None:
    body, headers = recording("archive-upload-only-multipart.bin")
    wanted = {**k6.headers(), "Content-Type": headers["Content-Type"]}
    error = error_of(await k6.http.post("/v1/archive-upload", content=body, headers=wanted), 400, 2)
    assert "k6 run -o cloud" in error["message"]
    options, headers = recording("validate-options.json")
    refused = await k6.http.post("/v1/validate-options", content=options, headers=k6.headers())
    assert "k6 cloud run --local-execution" in error_of(refused, 400, 2)["message"]
    assert not list((k6.running.services.settings.directory / "blobs").rglob("*.tar"))


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
async def test_point_11_a_piped_password_brings_its_line_end(k6: Client, ada: Person, end: str) -> None:
    k6.token = ""
    answer = await k6.post("/v1/login", {"email": ada.email, "password": ada.password + end})
    assert answer.json() == {"token": ada.token}
    twice = await k6.post("/v1/login", {"email": ada.email, "password": f"{ada.password}\n\n"})
    assert error_of(twice, 401, 6)["message"]


async def test_point_12_a_slash_too_many_in_the_host_is_forgiven(k6: Client, running: object, ada: Person) -> None:
    del running
    answer = await k6.http.post(f"{k6.running.url}//v1/validate-token", json={"token": ada.token})
    assert answer.json() == {"is_valid": True, "message": ""}
    trailing = await k6.http.post("/v1/validate-token/", json={"token": ada.token})
    assert trailing.json()["is_valid"] is True


@pytest.mark.promise("S1")
async def test_point_13_a_wrong_token_is_refused_where_k6_first_shows_it(k6: Client) -> None:
    k6.token = "bltu_0000000000000000000000000000000iH3MI"
    for answer in (await k6.announce(), await k6.post("/v1/validate-options", {"options": {}})):
        message = error_of(answer, 401, 6)["message"]
        assert "k6 cloud login" in message
        assert "K6_CLOUD_TOKEN" in message
    k6.token = ""
    message = error_of(await k6.announce(), 401, 5)["message"]
    assert "k6 cloud login" in message
    assert "K6_CLOUD_TOKEN" in message


@pytest.mark.promise("T15")
async def test_point_14_the_users_token_is_taken_out_of_what_is_stored(k6: Client) -> None:
    metadata = {
        "type": "js",
        "k6version": "1.1.0",
        "options": {
            "cloud": {"token": "tok123456789", "name": "Shop", "projectID": 1},
            "ext": {"loadimpact": {"token": "tok123456789"}},
            "thresholds": {"checks": ["rate>0.9", {"threshold": "rate>0.5", "abortOnFail": True}]},
        },
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in (("metadata.json", json.dumps(metadata).encode()), ("data", b"export default 1")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    answer = await k6.http.post(
        "/v1/tests",
        data={"name": "Shop", "project_id": "0", "vus": "1", "duration": "60"},
        files={"file": ("archive.tar", archive.getvalue(), "application/octet-stream")},
        headers={name: value for name, value in k6.headers().items() if name != "Content-Type"},
    )
    run_id = answer.json()["reference_id"]
    run = await k6.run(run_id)
    assert run.archive_blob is not None
    assert b"tok123456789" not in await k6.running.services.blobs.get(run.archive_blob)
    assert "tok123456789" not in json.dumps(run.options)
    assert run.options["cloud"]["name"] == "Shop"
    assert [(one.expression, one.abort_on_fail) for one in await k6.thresholds(run_id)] == [
        ("rate>0.9", False),
        ("rate>0.5", True),
    ]
    assert not list((k6.running.services.settings.directory / "blobs" / "tmp").iterdir())


async def test_point_15_the_link_that_k6_prints_is_ours(k6: Client) -> None:
    answer = (await k6.announce()).json()
    assert answer["config"]["webAppURL"] == k6.running.url
    assert answer["config"]["testRunDetails"] == f"{k6.running.url}/runs/{answer['reference_id']}"


BAD_BODIES = [b"", b"{", b"[]", b'{"name": 5}', b'{"name": null}', b'"x"', b"\xff\xfe", b"[" * 100_000]
BAD_PATHS = [
    "/v1/tests",
    "/v1/tests/1",
    "/v1/tests/abc",
    "/v1/login",
    "/v1/metrics/1",
    "/v2/metrics/1",
    "/v2/metrics/x",
]


@pytest.mark.promise("R15")
@pytest.mark.parametrize("path", BAD_PATHS)
async def test_point_16_bad_input_gets_a_json_error_that_k6_can_read(k6: Client, path: str) -> None:
    for body in BAD_BODIES:
        answer = await k6.http.post(path, content=body, headers=k6.headers())
        assert 400 <= answer.status_code < 500, (path, body[:20], answer.text)
        assert answer.status_code != 429
        error_of(answer, answer.status_code, answer.json()["error"]["code"])


async def test_point_17_many_pushes_at_once_are_all_taken(k6: Client) -> None:
    run_id = await k6.start()
    answers = await asyncio.gather(*(k6.count(run_id) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert await k6.total(run_id) == 100


@pytest.mark.parametrize(
    "project", [{}, {"project_id": 0}, {"project_id": "0"}, {"project_id": None}, {"project_id": ""}]
)
async def test_point_18_project_0_is_the_default_project(k6: Client, ada: Person, project: dict[str, Any]) -> None:
    assert (await k6.run(await k6.start(**project))).project_id == ada.project_id
    assert (await k6.run((await upload(k6)).json()["reference_id"])).project_id == ada.project_id


async def test_point_19_a_run_that_its_script_failed_has_failed(k6: Client) -> None:
    run_id = await k6.start()
    await k6.finish(run_id, 6, 0)
    run = await k6.run(run_id)
    assert run.has_failed
    assert "exec.test.fail()" in (run.error_detail or "")
    assert (await k6.progress(run_id))["result_status"] == 1
