"""Logging in from k6 and from the command: which token lands where."""

import json
from pathlib import Path

import httpx
import pytest

from tests.k6.conftest import K6, Server
from tests.k6.results import baltoro
from tests.people import PASSWORD

pytestmark = pytest.mark.xdist_group("k6-login")


def saved_token(k6: K6) -> str | None:
    """What this k6 generation would use."""
    for path in k6.home.rglob("config.json"):
        token = json.loads(path.read_text())["collectors"]["cloud"]["token"]
        assert token is None or isinstance(token, str)
        return token
    return None


@pytest.fixture
def visitor(k6: K6, server: Server) -> K6:
    """k6 that knows the server and nothing else."""
    k6.environment |= {"K6_CLOUD_HOST": server.url}
    return k6


def test_a_token_is_accepted_and_saved(visitor: K6, server: Server) -> None:
    done = visitor.run("cloud", "login", "-t", server.ada.token)
    assert done.returncode == 0, done.stderr
    assert "Logged in successfully, token saved in" in done.stdout
    assert saved_token(visitor) == server.ada.token


@pytest.mark.parametrize("token", ["wrong", "bltu_0000000000000000000000000000000iH3MI", "bltu_" + "0" * 36])
def test_a_wrong_token_is_refused_and_not_saved(visitor: K6, token: str) -> None:
    done = visitor.run("cloud", "login", "-t", token)
    assert done.returncode == 255
    assert "your API token is invalid" in done.stderr or "can't validate the API token: (401/E" in done.stderr
    assert saved_token(visitor) is None


def test_email_and_password_fetch_the_account_token(visitor: K6, server: Server) -> None:
    done = visitor.run("login", "cloud", stdin=f"{server.ada.email}\n{server.ada.password}\n")
    assert done.returncode == 0, done.stderr
    assert f"  token: {server.ada.token}" in done.stdout
    assert saved_token(visitor) == server.ada.token


def test_the_first_login_creates_the_token_that_everybody_shows(visitor: K6, server: Server) -> None:
    directory = str(server.process.settings.directory)
    email = f"new-{visitor.version}@example.org"
    created = baltoro(
        "admin", "user", "create", "--email", email, "--name", "New Comer", "--password-stdin", "--data-dir", directory,
        stdin=PASSWORD + "\n",
    )  # fmt: skip
    assert created.returncode == 0, created.stderr
    done = visitor.run("login", "cloud", stdin=f"{email}\n{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    token = saved_token(visitor)
    assert token is not None
    answer = httpx.get(f"{server.url}/v3/account/api-token", headers={"Authorization": f"Token {token}"})
    assert answer.json()["token"]["key"] == token
    told = baltoro("admin", "token", "create", "--user", email, "--data-dir", directory)
    assert told.stdout == f"{token}\n"
    assert PASSWORD not in "".join(path.read_text() for path in visitor.home.rglob("*.json"))


def test_a_wrong_password_is_told_in_words(visitor: K6, server: Server) -> None:
    done = visitor.run("login", "cloud", stdin=f"{server.ada.email}\nnot the password\n")
    assert done.returncode == 255
    assert "(401/E6) Wrong e-mail or password." in done.stderr
    assert saved_token(visitor) is None


def test_after_baltoro_login_a_plain_k6_streams(k6: K6, server: Server) -> None:
    done = baltoro(
        "login", "cloud", "--host", server.url,
        env={"PATH": f"{k6.binary.parent}:/usr/bin:/bin"}, stdin=f"{server.ada.email}\n{PASSWORD}\n", home=k6.home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = k6.home.rglob("config.json")
    assert path.stat().st_mode & 0o777 == 0o600
    streamed = k6.run_script("export const options = { iterations: 2 }; export default function () {}")
    assert streamed.returncode == 0, streamed.stderr
    assert f"output: cloud ({server.url}/runs/" in streamed.stdout


def test_baltoro_login_refuses_what_the_server_refuses(server: Server, tmp_path: Path) -> None:
    for arguments, stdin in ((["--token", "wrong"], ""), ([], f"{server.ada.email}\nwrong\n")):
        done = baltoro("login", "cloud", "--host", server.url, *arguments, stdin=stdin, home=tmp_path)
        assert done.returncode == 3, done
        assert done.stderr.splitlines()[-2].startswith("error: ")
    assert list(tmp_path.rglob("config.json")) == []
