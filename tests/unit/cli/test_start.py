"""Starting the command is cheap, and every way to fail has its exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

from baltoro.cli.program import run

HEAVY = ("litestar", "sqlalchemy", "numpy", "rich", "httpx", "uvicorn", "msgspec", "click")
CLOSED = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "K6_CONFIG", "K6_CLOUD_TOKEN", "K6_CLOUD_HOST", "BALTORO_HOST", "BALTORO_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that are loaded after `statement` in a fresh Python."""
    code = f"{statement}\nimport sys\nprint('\\n'.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    loaded = loaded_by("import sys; sys.argv = ['baltoro', '--version']\nfrom baltoro.cli import main; main()")
    assert loaded.isdisjoint(HEAVY)


def test_the_help_of_all_commands_loads_none_of_what_they_need() -> None:
    loaded = loaded_by("from baltoro.cli.program import run; run(['--help'])")
    assert loaded.isdisjoint(set(HEAVY) - {"click"})


def test_the_version_is_one_line_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("baltoro ")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--help", 0),
        ("run list --help", 0),
        ("nonsense", 2),
        ("run wait", 2),
        ("env --shell zsh", 2),
        ("serve --port 99999", 2),
        ("whoami --token x --host localhost:6560", 2),
        ("login cloud --show --reset", 2),
        ("token create --password-stdin", 2),
        (f"run wait 1 --token x --host {CLOSED} --timeout soon", 2),
        ("whoami", 3),
        ("login cloud --show", 3),
        (f"whoami --token x --host {CLOSED}", 5),
        (f"run wait 1 --token x --host {CLOSED}", 5),
        (f"login cloud --token x --host {CLOSED}", 5),
    ],
)
def test_each_outcome_has_its_exit_code(line: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == code
    said = capsys.readouterr()
    if code:
        assert said.out == ""
        first, *hints = said.err.splitlines()
        assert first.startswith("error: ")
        assert "Traceback" not in said.err
        assert len(hints) <= 1


def test_a_defect_is_one_line_and_a_traceback_with_debug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BALTORO_SERVER__PORT", "no number")
    assert run(["serve"]) == 1
    assert capsys.readouterr().err.startswith("error: Wrong setting")
    monkeypatch.setattr("platform.python_version", lambda: 1 / 0)
    assert run(["version"]) == 1
    assert "unexpected ZeroDivisionError" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        run(["--debug", "version"])


def test_a_reader_that_has_seen_enough_is_not_told_about_it() -> None:
    command = f"{Path(sys.executable).parent / 'baltoro'} serve --help | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_BALTORO_COMPLETE" in capsys.readouterr().out


def test_completion_knows_the_commands() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "baltoro"],
        env={"_BALTORO_COMPLETE": "bash_complete", "COMP_WORDS": "baltoro run w", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["plain,wait", "plain,watch"]
