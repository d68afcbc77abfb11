"""The K6_CLOUD_* settings, in the form of each shell."""

import json
import subprocess

import pytest

from baltoro.cli.k6_environment import FORMS, k6_environment, log_tail_address

AWKWARD = {"K6_CLOUD_TOKEN": 'it\'s $HOME\\ "quoted"', "K6_CLOUD_HOST": "http://127.0.0.1:6560"}


def test_k6_of_every_generation_is_pointed_at_the_server() -> None:
    assert k6_environment("https://k6.example.org", token="bltu_x", stack_id=7, project_id=31) == {
        "K6_CLOUD_HOST": "https://k6.example.org",
        "K6_CLOUD_HOST_V6": "https://k6.example.org",
        "K6_CLOUD_WEB_APP_URL": "https://k6.example.org",
        "K6_CLOUD_LOGS_TAIL_URL": "wss://k6.example.org/api/v1/tail",
        "K6_CLOUD_TRACES_ENABLED": "false",
        "K6_CLOUD_STACK_URL": "https://k6.example.org",
        "K6_CLOUD_STACK_ID": "7",
        "K6_CLOUD_PROJECT_ID": "31",
        "K6_CLOUD_TOKEN": "bltu_x",
    }


@pytest.mark.parametrize(("stack_id", "project_id"), [(7, None), (None, 31), (None, None)])
def test_stack_and_project_go_together(stack_id: int | None, project_id: int | None) -> None:
    names = k6_environment("http://h", stack_id=stack_id, project_id=project_id)
    assert not {"K6_CLOUD_STACK_ID", "K6_CLOUD_PROJECT_ID", "K6_CLOUD_TOKEN"} & set(names)


def test_the_log_tail_is_a_websocket() -> None:
    assert log_tail_address("http://127.0.0.1:6560") == "ws://127.0.0.1:6560/api/v1/tail"


def test_bash_gets_the_values_back() -> None:
    script = FORMS["bash"](AWKWARD) + '\nprintf \'%s\\n\' "$K6_CLOUD_TOKEN" "$K6_CLOUD_HOST"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(AWKWARD.values())


def test_json_gets_the_values_back() -> None:
    assert json.loads(FORMS["json"](AWKWARD)) == AWKWARD


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("fish", "set -gx K6_CLOUD_TOKEN 'it\\'s $HOME\\\\ \"quoted\"'"),
        ("powershell", "$Env:K6_CLOUD_TOKEN = 'it''s $HOME\\ \"quoted\"'"),
        ("github", "K6_CLOUD_HOST=http://127.0.0.1:6560"),
        ("gitlab", '  K6_CLOUD_HOST: "http://127.0.0.1:6560"'),
        ("docker", "-e K6_CLOUD_HOST=http://127.0.0.1:6560"),
    ],
)
def test_each_shell_has_its_form(shell: str, line: str) -> None:
    assert line in FORMS[shell](AWKWARD).splitlines()
