"""A run announces itself: `POST /v1/tests`."""

import asyncio
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from baltoro.runs.tables import runs
from tests.api.k6_client.conftest import RUNNING, Client, error_of
from tests.api.k6_client.test_points import upload
from tests.people import Person

if TYPE_CHECKING:
    from baltoro.server import Running


async def count_runs(running: "Running") -> int:
    async with running.services.database.reading() as tx:
        return int((await tx.execute(sa.select(sa.func.count()).select_from(runs))).scalar_one())


def stored(running: "Running") -> list[str]:
    """Every file among the blobs."""
    folder = running.services.settings.directory / "blobs"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_a_run_of_a_new_name_makes_its_test(k6: Client, ada: Person) -> None:
    run = await k6.run(await k6.start("  Shop <smoke>  "))
    again = await k6.run(await k6.start("Shop <smoke>"))
    assert (run.load_test_name, run.status, run.k6_version) == ("Shop <smoke>", RUNNING, "1.1.0")
    assert (run.max_vus, run.planned_duration_s, run.user_id) == (3, 62, ada.user_id)
    assert again.load_test_id == run.load_test_id
    assert again.id != run.id


async def test_thresholds_are_kept_in_the_order_of_the_script(k6: Client) -> None:
    script = {"http_req_duration": ["p(95)<500", "avg<300"], "checks": ["rate>0.5"], "a{scenario:b}": ["max<2"]}
    run_id = await k6.start(thresholds=script)
    assert [(one.metric, one.expression) for one in await k6.thresholds(run_id)] == [
        (metric, expression) for metric, expressions in script.items() for expression in expressions
    ]


async def test_a_local_execution_brings_its_archive_and_its_thresholds(k6: Client, running: "Running") -> None:
    run_id = (await upload(k6)).json()["reference_id"]
    run = await k6.run(run_id)
    assert run.load_test_name == "Shop <smoke>"
    assert (run.max_vus, run.planned_duration_s) == (1, 630)
    assert await k6.thresholds(run_id)
    assert run.archive_blob is not None
    archive = await running.services.blobs.get(run.archive_blob)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames()[0] == "metadata.json"
        assert any(member.islnk() for member in tar)
    assert stored(running) == [run.archive_blob.rsplit("/", 1)[-1]]


@pytest.mark.parametrize("version", ["0.30.0", "0.44.1", "0.47.0"])
async def test_old_clients_are_left_on_single_points(k6: Client, version: str) -> None:
    k6.version = version
    config = (await k6.announce()).json()["config"]
    assert "aggregationPeriod" not in config
    assert "apiVersion" not in config


async def test_the_answer_never_says_what_would_break_a_client(k6: Client) -> None:
    config = (await k6.announce()).json()["config"]
    assert not {"pushRefID", "host", "token", "apiVersion"} & set(config)
    assert config["stopOnError"] is True


async def test_an_unknown_client_is_served(k6: Client) -> None:
    for agent in ("k6cloud/17.3.0", "curl/8", ""):
        answer = await k6.http.post("/v1/tests", json={"name": "a"}, headers={**k6.headers(), "User-Agent": agent})
        assert answer.status_code == 200


@pytest.mark.promise("R2")
@pytest.mark.parametrize("how", ["json", "multipart"])
async def test_one_key_makes_one_run_however_often_it_comes(k6: Client, running: "Running", how: str) -> None:
    async def announce() -> httpx.Response:
        return await (k6.announce(key="a" * 16) if how == "json" else upload(k6, key="a" * 16))

    answers = await asyncio.gather(*(announce() for _ in range(3)))
    answers.append(await announce())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await count_runs(running) == 1
    assert len(stored(running)) == (1 if how == "multipart" else 0)


async def test_a_key_belongs_to_its_request_and_its_owner(k6: Client, stranger: Client, running: "Running") -> None:
    await k6.start(key="a" * 16)
    error_of(await k6.announce("another.js", key="a" * 16), 409, 1)
    assert (await stranger.announce(key="a" * 16)).status_code == 200
    assert await count_runs(running) == 2


async def test_a_refused_announcement_leaves_nothing(
    k6: Client, stranger: Client, ada: Person, running: "Running"
) -> None:
    assert "name" in error_of(await k6.announce(" "), 400, 2)["field_errors"]
    error_of(await stranger.announce(project_id=ada.project_id), 404, 3)
    error_of(await k6.announce(project_id=999_999), 404, 3)
    wrong: list[tuple[str, Any]] = [
        ("vus", -1), ("duration", 2**40), ("project_id", "x"), ("project_id", -1), ("vus", "3")
    ]  # fmt: skip
    for field, value in wrong:
        assert field in error_of(await k6.announce(**{field: value}), 400, 2)["field_errors"]
    error_of(await k6.announce(thresholds={"checks": "rate>0.5"}), 400, 2)
    error_of(await k6.announce(thresholds={"checks": ["rate\u0000"]}), 400, 2)
    assert await count_runs(running) == 0


def form(*, file: bytes | None, **fields: str) -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    body = "".join(parts).encode()
    if file is not None:
        body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="archive.tar"\r\n\r\n' + file + b"\r\n"
    return body + b"--x--\r\n"


FIELDS = {"name": "a", "project_id": "0", "vus": "1", "duration": "60"}
BAD_FORMS = [
    b"",
    b"--x",
    b"not a form",
    form(file=b"not a tar", **FIELDS),
    form(file=b"", **FIELDS),
    form(file=None, **{**FIELDS, "vus": "many"}),
    form(file=None, **{**FIELDS, "name": "n" * 100_000}),
    form(file=None, **{**FIELDS, "project_id": "9" * 30}),
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\xfe\r\n--x--\r\n',
]


@pytest.mark.promise("T1")
@pytest.mark.parametrize("body", BAD_FORMS, ids=range(len(BAD_FORMS)))
async def test_a_bad_form_leaves_nothing(k6: Client, running: "Running", body: bytes) -> None:
    headers = {**k6.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    error_of(await k6.http.post("/v1/tests", content=body, headers=headers), 400, 2)
    assert stored(running) == []
    assert await count_runs(running) == 0


async def test_a_form_without_an_archive_is_a_run(k6: Client) -> None:
    headers = {**k6.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    answer = await k6.http.post("/v1/tests", content=form(file=None, **FIELDS), headers=headers)
    assert (await k6.run(answer.json()["reference_id"])).archive_blob is None


async def test_a_form_without_a_boundary_is_refused(k6: Client) -> None:
    headers = {**k6.headers(), "Content-Type": "multipart/form-data"}
    error_of(await k6.http.post("/v1/tests", content=b"x", headers=headers), 400, 2)


@pytest.mark.promise("T2")
async def test_an_archive_that_is_too_large_is_413_and_leaves_nothing(
    k6: Client, running: "Running", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baltoro.api.k6_client.announcement.MAX_PACKED", 10_000)
    headers = {**k6.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    for size in (15_000, 2_000_000):
        body = form(file=b"\x00" * size, **FIELDS)
        error_of(await k6.http.post("/v1/tests", content=body, headers=headers), 413, 2)
    assert stored(running) == []


async def test_json_that_no_database_can_keep_is_no_fault_of_the_server(k6: Client) -> None:
    metadata = {"type": "js", "options": {"tags": {"a\u0000b": "c\u0000d"}, "ext": {"x": ["\u0000"]}}}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        content = json.dumps(metadata).encode()
        entry = tarfile.TarInfo("metadata.json")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    headers = {**k6.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    answer = await k6.http.post("/v1/tests", content=form(file=archive.getvalue(), **FIELDS), headers=headers)
    assert answer.status_code == 200, answer.text
