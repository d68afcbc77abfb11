"""`k6 login cloud` and `k6 cloud login`."""

import asyncio

import pytest

from tests.api.k6_client.conftest import Client, error_of
from tests.people import Person


@pytest.mark.promise("S17")
async def test_logging_in_gives_the_account_token_to_every_machine(k6: Client, ada: Person) -> None:
    k6.token = ""
    pair = {"email": ada.email.upper(), "password": ada.password}
    answers = await asyncio.gather(*(k6.post("/v1/login", pair) for _ in range(3)))
    assert {answer.json()["token"] for answer in answers} == {ada.token}
    assert ada.password not in answers[0].text


async def test_a_wrong_pair_is_told_in_words_and_the_same_for_unknown_people(k6: Client, ada: Person) -> None:
    wrong = await k6.post("/v1/login", {"email": ada.email, "password": "nope"})
    unknown = await k6.post("/v1/login", {"email": "nobody@example.org", "password": "nope"})
    empty = await k6.post("/v1/login", {})
    assert error_of(wrong, 401, 6) == error_of(unknown, 401, 6)
    error_of(empty, 401, 6)


@pytest.mark.promise("S18")
async def test_a_token_is_validated_before_k6_keeps_it(k6: Client, ada: Person) -> None:
    assert (await k6.post("/v1/validate-token", {"token": ada.token})).json() == {"is_valid": True, "message": ""}
    for token in ("nope", "bltu_0000000000000000000000000000000iH3MI", "x" * 10_000, "with blank", "\u00e9"):
        k6.token = "nope"
        answer = await k6.post("/v1/validate-token", {"token": token})
        assert answer.status_code == 200
        assert answer.json()["is_valid"] is False
        assert answer.json()["message"]
        assert token not in answer.text


async def test_without_a_body_the_header_is_validated(k6: Client) -> None:
    assert (await k6.http.post("/v1/validate-token", headers=k6.headers())).json()["is_valid"] is True
    assert (await k6.http.post("/v1/validate-token")).json()["is_valid"] is False
    error_of(await k6.post("/v1/validate-token", {"token": 5}), 400, 2)
