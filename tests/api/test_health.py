"""What machines ask a server, and what any answer carries."""

import httpx
import pytest

from baltoro.server import Running
from tests.people import Person


async def test_health_and_readiness(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json()["status"] == "ok"
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["database"] == "ok"


async def test_the_server_observes_itself(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    assert "baltoro_ingest_pending 0.0" in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v3/nowhere", "/loadtests/v2/nowhere"])
async def test_an_unknown_path_of_an_api_is_answered_in_its_dialect(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == 3


async def test_a_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/login")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == 7
    assert "POST" in answer.headers["allow"]


async def test_an_unknown_page_is_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_every_answer_has_a_request_id_and_strict_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert len(answer.headers["x-request-id"]) >= 8
    assert answer.headers["x-content-type-options"] == "nosniff"
    echoed = await client.get("/healthz", headers={"X-Request-Id": "my-request-42"})
    assert echoed.headers["x-request-id"] == "my-request-42"
    refused = await client.get("/healthz", headers={"X-Request-Id": "<script>alert(1)</script>"})
    assert "script" not in refused.headers["x-request-id"]


async def test_doubled_slashes_are_one(client: httpx.AsyncClient, running: Running, ada: Person) -> None:
    answer = await client.post(f"{running.url}//v1/validate-token", json={"token": ada.token}, headers=ada.headers)
    assert answer.json()["is_valid"] is True
