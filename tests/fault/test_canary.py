"""Canary secrets go through every door; none of them may turn up in a log, a foreign answer or a column."""

import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.fault.conftest import Start
from tests.fault.pusher import counter_body, create_run
from tests.people import PASSWORD

FORGED = "bltu_CanaryCanaryCanaryCanaryCanary0000000"


def database_text(folder: Path) -> str:
    """Every text and blob of every column of every table, and the files as they lie there."""
    parts: list[str] = []
    for file in folder.glob("*.db"):
        with sqlite3.connect(file) as connection:
            tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
            for table in tables:
                for row in connection.execute(f'select * from "{table}"'):  # noqa: S608 - names from the schema
                    parts.extend(str(value) for value in row)
    parts.extend(file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file())
    return "\n".join(parts)


@pytest.mark.promise("T15")
def test_no_secret_turns_up_where_it_does_not_belong(start: Start) -> None:
    server, ada = start()
    answers: list[str] = []
    with httpx.Client(base_url=server.url, timeout=30) as http:
        run_id = create_run(server.url, ada)
        attempts = [
            http.post("/v1/login", json={"email": ada.email, "password": "wrong-" + PASSWORD}),
            http.post("/v1/login", content=b'{"email": "' + PASSWORD.encode()),
            http.post("/v1/validate-token", json={"token": FORGED}),
            http.post("/v1/tests", json={"name": FORGED}, headers={"Authorization": f"Token {FORGED}"}),
            http.get("/v3/account/me", headers={"Authorization": f"Bearer {FORGED}"}),
            http.get("/v3/organizations", headers=ada.headers),
            http.get("/loadtests/v2/runs", params={"project_id": ada.project_id}, headers=ada.headers),
            http.post(f"/v2/metrics/{run_id}", content=counter_body(run_id, time=1_795_521_600), headers=ada.headers),
            http.post(f"/v2/metrics/{run_id}", content=b"\xff" * 40, headers=ada.headers),
            http.post("/account/login", data={"email": ada.email, "password": PASSWORD}),
            http.get(f"/nowhere/{run_id}", headers=ada.headers),
            http.get("/metrics"),
            http.get("/readyz"),
        ]
        answers.extend(answer.text for answer in attempts)
        owed = http.post("/v1/login", json={"email": ada.email, "password": PASSWORD})
        assert owed.json()["token"] == ada.token
    server.stop()
    key = (server.settings.directory / "secret.key").read_text().strip()
    log = server.log_file.read_text()
    stored = database_text(server.settings.directory)
    for name, secret in {"token": ada.token, "password": PASSWORD, "forged token": FORGED}.items():
        assert secret not in log, f"{name} in the log"
        assert not any(secret in answer for answer in answers), f"{name} in an answer"
        assert secret not in stored, f"{name} in the data directory"
    assert key not in log
    assert not any(key in answer for answer in answers)
    assert "Traceback" not in log
