import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient
from structlog.testing import capture_logs

from baltoro.api.errors import STATUS, answer_error, error_body
from baltoro.api.times import timestamp
from baltoro.foundation.errors import (
    BaltoroError,
    Conflict,
    ErrorKind,
    Invalid,
    LimitReached,
    NotAllowed,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
)


def test_every_kind_of_error_has_a_status_and_a_code() -> None:
    assert set(STATUS) == set(ErrorKind)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Invalid("No."), 400, 2),
        (LimitReached("No."), 400, 2),
        (TooLarge("No."), 413, 2),
        (UnsupportedMedia("No."), 415, 2),
        (NotFound(), 404, 3),
        (NotAllowed("No."), 403, 4),
        (Conflict("No."), 409, 1),
        (RateLimited("No."), 429, 1),
        (Unavailable("No."), 503, 1),
    ],
)
def test_the_status_and_code_of_an_error(error: BaltoroError, status: int, code: int) -> None:
    answered, body = error_body(error)
    assert answered == status
    assert json.loads(body)["error"]["code"] == code


def test_the_envelope_has_only_what_applies_and_lists_of_sentences() -> None:
    plain: dict[str, Any] = json.loads(error_body(NotFound())[1])
    assert plain == {"error": {"message": "Not found.", "code": 3}}
    full = json.loads(error_body(Invalid("No.", field_errors={"a": ["b"]}, errors=["c"], detail_code=210))[1])
    assert full == {
        "error": {"message": "No.", "code": 2, "detail_code": 210, "field_errors": {"a": ["b"]}, "errors": ["c"]}
    }
    assert json.loads(error_body(RateLimited("Slower."))[1])["error"]["detail_code"] == 700


@get("/busy")
async def busy() -> None:
    raise Unavailable("Later.", retry_after=5)


@get("/broken")
async def broken() -> None:
    secret = "hunter2-hunter2"
    raise RuntimeError(secret)


def test_an_unexpected_exception_shows_nothing_of_itself_and_is_logged() -> None:
    app = Litestar([busy, broken], exception_handlers={Exception: answer_error}, logging_config=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/busy")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        with capture_logs() as logs:
            answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == 0
    assert "hunter2" not in answer.text
    assert [entry["event"] for entry in logs] == ["request.failed"]


def test_times_are_in_utc_with_whole_seconds() -> None:
    moment = datetime(2020, 8, 18, 15, 33, 41, 999_999, timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2020-08-18T13:33:41Z"
    assert timestamp(moment.astimezone(UTC)) == "2020-08-18T13:33:41Z"
    assert timestamp(None) is None
