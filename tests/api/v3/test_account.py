"""Log in, who am I, and my own API token, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from baltoro.accounts import start_session
from baltoro.accounts.tables import users
from baltoro.foundation.ids import UserId
from baltoro.tokens import is_well_formed
from baltoro.tokens.tables import api_tokens
from tests.people import PASSWORD, Person

if TYPE_CHECKING:
    from baltoro.server import Running

USER_FIELDS = {
    "id", "email", "first_name", "last_name", "status", "country", "company", "industry", "date_joined", "time_zone",
    "organization_ids", "gravatar_url", "default_project_id",
}  # fmt: skip
TOKEN_FIELDS = {
    "id", "kind", "name", "organization_id", "user_id", "created_by", "prefix", "last4", "created", "updated",
    "regenerated", "expires", "last_used", "last_used_ip", "scopes", "project_ids", "revoked", "key",
}  # fmt: skip


async def test_logging_in_twice_gives_the_same_token(client: httpx.AsyncClient, ada: Person) -> None:
    for password in (PASSWORD, PASSWORD + "\n", PASSWORD + "\r\n"):
        answer = await client.post("/v3/account/login", json={"email": ada.email.upper(), "password": password})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body["token"] == {"key": ada.token}
        assert set(body["user"]) == USER_FIELDS
        assert body["user"]["organization_ids"] == [ada.organization_id]
        assert [organization["id"] for organization in body["organizations"]] == [ada.organization_id]


async def test_logging_in_with_a_form_works_too(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.post("/v3/account/login/", data={"email": ada.email, "password": PASSWORD})
    assert answer.json()["token"] == {"key": ada.token}


async def test_a_wrong_pair_gets_one_answer(client: httpx.AsyncClient, ada: Person) -> None:
    pairs = [(ada.email, "wrong-password"), ("nobody@example.org", PASSWORD), ("", ""), (ada.email, "x" * 100_000)]
    answers = [
        await client.post("/v3/account/login", json={"email": email, "password": password}) for email, password in pairs
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    error = answers[0].json()["error"]
    assert error["code"] == 6
    assert "Forgot Password" in error["message"]


async def test_a_disabled_account_is_told_so_after_the_right_password_only(
    client: httpx.AsyncClient, ada: Person, running: "Running"
) -> None:
    async with running.services.database.transaction() as tx:
        await tx.execute(users.update().values(status="disabled"))
    answer = await client.post("/v3/account/login", json={"email": ada.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["error"]["detail_code"]) == (401, 603)
    answer = await client.post("/v3/account/login", json={"email": ada.email, "password": "wrong-password"})
    assert "detail_code" not in answer.json()["error"]


UNFIT = [
    (b"", "email"),
    (b"{", None),
    (b"[]", None),
    (b'"text"', None),
    (b"\xff\xfe", None),
    (b'{"email": 1, "password": "hunter2-hunter2"}', "email"),
    (b'{"email": "a@b.c", "password": ["hunter2-hunter2"]}', "password"),
    (b'{"email": "a@b.c"}', "password"),
    (b'{"email": "a@b.c", "password": null}', "password"),
    (b"[" * 50_000, None),
]


async def test_a_body_that_does_not_fit_is_explained_and_never_quoted(client: httpx.AsyncClient) -> None:
    for content, field in UNFIT:
        answer = await client.post("/v3/account/login", content=content, headers={"content-type": "application/json"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, 2), content[:50]
        assert list(error.get("field_errors", {})) == ([] if field is None else [field])
        assert "hunter2" not in answer.text


async def test_me_with_an_account_token(client: httpx.AsyncClient, ada: Person) -> None:
    body = (await client.get("/v3/account/me", headers=ada.headers)).json()
    assert set(body) == {"user", "organizations", "load_zones", "token"}
    assert set(body["user"]) == USER_FIELDS
    assert body["user"]["email"] == ada.email
    assert body["user"]["status"] == 1
    assert body["user"]["default_project_id"] == ada.project_id
    joined = datetime.strptime(body["user"]["date_joined"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(joined - datetime.now(UTC)) < timedelta(minutes=1)
    assert body["token"] == {"key": ada.token}
    assert body["organizations"][0]["billing_email"] == ada.email


@pytest.mark.parametrize(("minutes", "tells"), [(1, True), (16, False)])
async def test_a_session_reads_the_key_only_while_it_is_fresh(
    client: httpx.AsyncClient, ada: Person, running: "Running", minutes: int, *, tells: bool
) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=minutes)
    async with running.services.database.transaction() as tx:
        _, secret = await start_session(tx, UserId(ada.user_id), ip_address="", user_agent="", at=begun)
    cookie = {"Cookie": f"baltoro_session={secret}"}
    me = await client.get("/v3/account/me", headers=cookie)
    assert me.json()["token"] == {"key": ada.token if tells else ""}
    answer = await client.get("/v3/account/api-token", headers=cookie)
    if tells:
        assert answer.json()["token"]["key"] == ada.token
    else:
        assert (answer.status_code, answer.json()["error"]["detail_code"]) == (403, 401)


async def test_the_token_shows_itself(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.get("/v3/account/api-token", headers=ada.headers)
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert set(token) == TOKEN_FIELDS
    assert token["key"] == ada.token
    assert (token["prefix"], token["last4"]) == (ada.token[:8], ada.token[-4:])
    assert (token["kind"], token["user_id"], token["organization_id"]) == ("account", ada.user_id, None)
    assert token["scopes"] == []
    assert token["project_ids"] is None


async def test_regenerating_kills_the_old_key_at_once(client: httpx.AsyncClient, ada: Person) -> None:
    assert (await client.get("/v3/account/me", headers=ada.headers)).status_code == 200
    answer = await client.post("/v3/account/api-token/regenerate", headers=ada.headers)
    assert answer.status_code == 200
    new = answer.json()["token"]["key"]
    assert is_well_formed(new)
    assert new != ada.token
    old = await client.get("/v3/account/me", headers=ada.headers)
    assert (old.status_code, old.json()["error"]["detail_code"]) == (401, 601)
    assert (await client.get("/v3/account/me", headers={"Authorization": f"Token {new}"})).status_code == 200
    login = await client.post("/v3/account/login", json={"email": ada.email, "password": PASSWORD})
    assert login.json()["token"]["key"] == new


async def test_a_token_may_be_given_an_expiry(client: httpx.AsyncClient, ada: Person, running: "Running") -> None:
    for refused in ("2001-01-01T00:00:00Z", "tomorrow", "2999-01-01T00:00:00", "9999-12-31T23:59:59-14:00", 5):
        answer = await client.post("/v3/account/api-token/regenerate", headers=ada.headers, json={"expires": refused})
        assert answer.status_code == 400, refused
        assert list(answer.json()["error"]["field_errors"]) == ["expires"]
    answer = await client.post(
        "/v3/account/api-token/regenerate", headers=ada.headers, json={"expires": "2999-01-01T02:00:00+02:00"}
    )
    token = answer.json()["token"]
    assert token["expires"] == "2999-01-01T00:00:00Z"
    async with running.services.database.transaction() as tx:
        await tx.execute(api_tokens.update().values(expires_at=datetime.now(UTC)))
    answer = await client.get("/v3/account/me", headers={"Authorization": f"Token {token['key']}"})
    assert (answer.status_code, answer.json()["error"]["detail_code"]) == (401, 602)


async def test_revoking_ends_the_token_until_the_next_login(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.delete("/v3/account/api-token", headers=ada.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    answer = await client.get("/v3/account/me", headers=ada.headers)
    assert (answer.status_code, answer.json()["error"]["detail_code"]) == (401, 601)
    login = await client.post("/v3/account/login", json={"email": ada.email, "password": PASSWORD})
    assert login.json()["token"]["key"] != ada.token


async def test_the_last_use_is_told_without_slowing_requests(
    client: httpx.AsyncClient, ada: Person, running: "Running"
) -> None:
    await client.get("/v3/organizations", headers=ada.headers)
    await running.services.authenticator.flush_last_used()
    token = (await client.get("/v3/account/api-token", headers=ada.headers)).json()["token"]
    assert token["last_used"].endswith(":00Z")
    assert token["last_used_ip"] == "127.0.0.1"
