"""The `baltoro` command against a real server."""

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.k6.conftest import K6, Server
from tests.k6.results import baltoro, finished_run, get, run_id_of, run_of
from tests.people import PASSWORD
from tests.server_process import BALTORO

pytestmark = pytest.mark.xdist_group("k6-command")
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def call(server: Server) -> Call:
    """`baltoro ARGUMENTS` as Ada."""

    def run(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
        return baltoro(*arguments, env={"BALTORO_HOST": server.url, "K6_CLOUD_TOKEN": server.ada.token}, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture
def run_id(connected: K6, server: Server) -> int:
    """A finished run."""
    done = connected.run_script(
        "export const options = { iterations: 3, thresholds: { iterations: ['count>=3'] } };"
        "export default function () {}",
        env={"K6_CLOUD_NAME": f"command {connected.version}"},
    )
    assert done.returncode == 0, done.stderr
    found = run_id_of(done.stdout, server)
    finished_run(server, found)
    return found


def test_whoami_tells_user_and_place_but_not_the_token(call: Call, server: Server) -> None:
    done = call("whoami")
    assert done.returncode == 0, done.stderr
    assert server.ada.email in done.stdout
    assert f"Default project ({server.ada.project_id})" in done.stdout
    as_json = call("whoami", "--json")
    assert json.loads(as_json.stdout)["user"]["id"] == server.ada.user_id
    assert server.ada.token not in done.stdout + as_json.stdout


def test_lists_are_those_of_the_rest_api(call: Call, server: Server, run_id: int) -> None:
    project = server.ada.project_id
    assert (
        json.loads(call("project", "list", "--json").stdout)
        == get(server, f"/v3/organizations/{server.ada.organization_id}/projects")["projects"]
    )
    assert (
        json.loads(call("test", "list", "--json").stdout)
        == get(server, "/loadtests/v2/tests", project_id=project)["k6-tests"]
    )
    assert (
        json.loads(call("run", "list", "--json").stdout)
        == get(server, "/loadtests/v2/runs", project_id=project, order_by="-created")["k6-runs"]
    )
    table = call("run", "list").stdout.splitlines()
    assert table[0].split() == ["ID", "TEST", "STATUS", "STARTED", "TIME", "VUS"]
    assert any(line.startswith(str(run_id)) for line in table[1:])


def test_a_run_is_found_by_id_page_and_name(call: Call, server: Server, run_id: int) -> None:
    name = run_of(server, run_id)["test_name"]
    for text in (str(run_id), f"{server.url}/runs/{run_id}", name):
        done = call("run", "show", text, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["id"] == run_id
        assert found["summary"]["iterations"]["values"]["count"] == 3
    assert "iterations:count>=3" in call("run", "show", str(run_id)).stdout


def test_what_is_not_there_is_not_found(call: Call) -> None:
    for arguments in (["run", "show", "999999"], ["run", "wait", "999999"], ["run", "list", "no such test"]):
        done = call(*arguments)
        assert done.returncode == 4, done
        assert done.stderr.startswith("error: ")


def test_watching_without_a_terminal_writes_lines(call: Call, run_id: int) -> None:
    done = call("run", "watch", str(run_id))
    assert done.returncode == 0, done.stderr
    assert "status: Finished (passed)" in done.stdout


def test_watching_in_a_terminal_draws(server: Server, run_id: int) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [BALTORO, "run", "watch", str(run_id), "--host", server.url],
        env={
            "PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "xterm", "K6_CLOUD_TOKEN": server.ada.token,
            "COLUMNS": "100", "LINES": "40",
        },
        stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    drawn = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # the other end is closed
            break
        drawn += part
    os.close(controller)
    assert process.wait(30) == 0
    assert "Finished (passed)" in drawn.decode()
    assert "╭" in drawn.decode()


def test_env_points_a_shell_at_the_server(call: Call, server: Server) -> None:
    names = " ".join(f"$K6_CLOUD_{name}" for name in ("HOST", "TOKEN", "STACK_ID", "PROJECT_ID"))
    script = f"{call('env', '--with-token').stdout}\necho {names}"
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert said == [server.url, server.ada.token, str(server.ada.organization_id), str(server.ada.project_id)]
    assert server.ada.token not in call("env").stdout


def test_a_token_is_created_shown_and_regenerated(server: Server, tmp_path: Path) -> None:
    directory = str(server.process.settings.directory)
    email = "tokens@example.org"
    link = baltoro("admin", "user", "create", "--email", email, "--data-dir", directory)
    assert link.returncode == 0, link.stderr
    assert "://" in link.stdout
    baltoro("admin", "user", "reset-password", email, "--password-stdin", "--data-dir", directory, stdin=PASSWORD)
    host = ["--host", server.url]
    created = baltoro("token", "create", "--email", email, "--password-stdin", *host, stdin=PASSWORD)
    assert created.returncode == 0, created.stderr
    old = created.stdout.strip()
    assert baltoro("login", "cloud", "--token", old, *host, home=tmp_path).returncode == 0
    assert baltoro("token", "show", *host, home=tmp_path).stdout.strip() == old
    unasked = baltoro("token", "regenerate", *host, home=tmp_path)
    assert unasked.returncode == 2
    new = baltoro("token", "regenerate", "--yes", *host, home=tmp_path)
    assert new.returncode == 0, new.stderr
    assert new.stdout.strip() != old
    assert baltoro("token", "show", *host, home=tmp_path).stdout == new.stdout
    assert baltoro("whoami", "--token", old, *host).returncode == 3
    assert baltoro("logout", home=tmp_path).returncode == 0
    assert baltoro("whoami", *host, home=tmp_path).returncode == 3


def test_admin_commands_work_beside_the_server(server: Server) -> None:
    directory = str(server.process.settings.directory)
    users = json.loads(baltoro("admin", "user", "list", "--json", "--data-dir", directory).stdout)
    assert users[0]["email"] == server.ada.email
    doctor = baltoro(
        "admin", "doctor", "--data-dir", directory, env={"BALTORO_SERVER__PORT": server.url.rsplit(":")[-1]}
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "is served by a baltoro server" in doctor.stdout
    assert baltoro("admin", "migrate", "--data-dir", directory).returncode == 0
    nobody = baltoro("admin", "token", "create", "--user", "nobody@example.org", "--data-dir", directory)
    assert nobody.returncode == 4
    twice = baltoro("admin", "user", "create", "--email", server.ada.email.upper(), "--data-dir", directory)
    assert twice.returncode == 1
    assert twice.stderr.startswith("error: ")


def test_serve_refuses_in_one_line(server: Server, tmp_path: Path) -> None:
    port = server.url.rsplit(":", maxsplit=1)[-1]
    taken = baltoro("serve", "--port", port, "--data-dir", str(tmp_path / "data"))
    assert taken.returncode == 1
    assert "in use" in taken.stderr.splitlines()[-1] or "in use" in taken.stderr
    unknown = baltoro("serve", env={"BALTORO_SERVER__PROT": "1"})
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("error: Wrong setting")
    (tmp_path / "file").write_text("")
    bad = baltoro("serve", "--port", "0", "--data-dir", str(tmp_path / "file"))
    assert bad.returncode == 1
    assert len(bad.stderr.splitlines()) <= 2
