"""Who gets in, and what every refusal looks like."""

import itertools

import httpx
import pytest

from baltoro.foundation.ids import MAX_ID
from tests.people import Person

ENVELOPE = {"message", "code", "detail_code", "field_errors", "errors"}
GETS = [
    "/v3/account/me",
    "/v3/account/api-token",
    "/v3/organizations",
    "/v3/organizations/1",
    "/v3/organizations/1/projects",
    "/v3/projects",
    "/v3/projects/1",
    "/v3/load-zones",
]


async def test_nobody_gets_in_without_a_token(client: httpx.AsyncClient) -> None:
    for path in GETS:
        answer = await client.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["www-authenticate"] == 'Token realm="baltoro"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["error"]["code"] == 5


WRONG = [
    "Token nope",
    "Basic YWRhOnNlY3JldA==",
    "Token bltu_0000000000000000000000000000000iH3MI",
    "Token bltu_0000000000000000000000000000000iH3MX",
    "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x",
]


async def test_wrong_credentials_get_one_answer(client: httpx.AsyncClient) -> None:
    answers = [await client.get("/v3/organizations", headers={"Authorization": header}) for header in WRONG]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    error = answers[0].json()["error"]
    assert error["code"] == 6
    assert set(error) == {"message", "code"}


async def test_every_spelling_of_the_scheme_gets_the_same_answer(client: httpx.AsyncClient, ada: Person) -> None:
    answers = [
        (await client.get("/v3/organizations", headers={"Authorization": f"{scheme}{ada.token}"})).content
        for scheme in ("Token ", "token ", "TOKEN ", "Bearer ", "bearer ", "Token    ")
    ]
    assert len(set(answers)) == 1
    assert b"organizations" in answers[0]


async def test_a_trailing_slash_changes_nothing(client: httpx.AsyncClient, ada: Person) -> None:
    for path in (path.replace("/1", f"/{ada.organization_id}") for path in GETS):
        with_slash = await client.get(f"{path}/", headers=ada.headers)
        without = await client.get(path, headers=ada.headers)
        assert without.status_code == 200, path
        assert (with_slash.status_code, with_slash.content) == (without.status_code, without.content)


@pytest.mark.parametrize("kind", ["organizations", "projects"])
async def test_what_is_invisible_looks_like_what_does_not_exist(
    client: httpx.AsyncClient, ada: Person, bob: Person, kind: str
) -> None:
    foreign = bob.organization_id if kind == "organizations" else bob.project_id
    odd = [foreign, 999_999, 0, -1, MAX_ID, MAX_ID + 1, 2**63, "9" * 5000, "abc", "1.5", "%00", "%D9%A1", "1%0A", "+1"]
    answers = [await client.get(f"/v3/{kind}/{id}", headers=ada.headers) for id in odd]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {b'{"error":{"message":"Not found.","code":3}}'}
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}


async def test_an_unknown_path_and_a_wrong_method_are_json(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.get("/v3/nonsense", headers=ada.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 3)
    answer = await client.put("/v3/organizations", headers=ada.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, 7)
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/json"


BODIES = [b"", b"{", b"[]", b"\x00" * 1000, b"page_size=%FF&&&=;"]
MEDIA = ["application/json", "application/x-www-form-urlencoded", "text/plain", "nonsense"]


async def test_no_body_of_a_get_breaks_anything(client: httpx.AsyncClient, ada: Person) -> None:
    for path, content, media in itertools.product(GETS, BODIES, MEDIA):
        answer = await client.request("GET", path, content=content, headers={**ada.headers, "content-type": media})
        assert answer.status_code < 500, (path, content, media)
        if answer.is_error:
            assert set(answer.json()["error"]) <= ENVELOPE
