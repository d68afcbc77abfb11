"""A login changes what it must in k6's config file, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baltoro.cli.failures import Failure
from baltoro.cli.k6_config import (
    candidate_paths,
    paths_to_write,
    read_cloud_config,
    replace_token,
    reset_login,
    save_login,
)

ADDRESS = "http://127.0.0.1:6560"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.text(max_size=8), JSON, max_size=4)
OURS = {"token", "host", "hostv6", "webAppURL", "stackURL", "stackID", "defaultProjectID", "tracesEnabled"}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("K6_CONFIG", raising=False)


def log_in(path: Path, token: str = "bltu_new") -> list[Path]:  # noqa: S107
    return save_login(str(path), token=token, address=ADDRESS, stack_id=7, project_id=31)


@given(rest=OBJECT, collectors=OBJECT, cloud=OBJECT)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_login_keeps_all_other_content(
    rest: dict[str, Any], collectors: dict[str, Any], cloud: dict[str, Any], tmp_path: Path
) -> None:
    before = {**rest, "collectors": {**collectors, "cloud": cloud}}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(before))
    log_in(path)
    after = json.loads(path.read_text())
    assert {name: value for name, value in after.items() if name != "collectors"} == {
        name: value for name, value in before.items() if name != "collectors"
    }
    assert {name: value for name, value in after["collectors"].items() if name != "cloud"} == {
        name: value for name, value in collectors.items() if name != "cloud"
    }
    kept = {name: value for name, value in after["collectors"]["cloud"].items() if name not in OURS}
    assert kept == {name: value for name, value in cloud.items() if name not in OURS}


def test_a_login_writes_what_every_k6_generation_needs(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.json"
    assert log_in(path) == [path]
    assert json.loads(path.read_text())["collectors"]["cloud"] == {
        "token": "bltu_new",
        "host": ADDRESS,
        "hostv6": ADDRESS,
        "webAppURL": ADDRESS,
        "stackURL": ADDRESS,
        "stackID": 7,
        "defaultProjectID": 31,
        "tracesEnabled": False,
    }


def test_the_file_is_for_its_owner_only_even_if_it_was_open(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{}")
    path.chmod(0o644)
    log_in(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.json"]


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.json"
    target.write_text("{}")
    link = tmp_path / "config.json"
    link.symlink_to(target)
    log_in(link)
    assert link.is_symlink()
    assert read_cloud_config(str(target))["token"] == "bltu_new"


@pytest.mark.parametrize("content", ["", "{}", '{"collectors": null}', '{"collectors": {"cloud": null}}'])
def test_an_empty_file_is_as_good_as_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    log_in(path)
    assert read_cloud_config(str(path))["token"] == "bltu_new"


@pytest.mark.parametrize("content", ["not json", "[1]", '"text"'])
def test_a_file_of_something_else_is_refused_and_left_alone(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(Failure):
        log_in(path)
    assert path.read_text() == content


def test_a_logout_takes_the_token_and_leaves_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    log_in(path)
    assert reset_login(str(path)) == [path]
    assert "token" not in read_cloud_config(str(path))
    assert read_cloud_config(str(path))["host"] == ADDRESS
    assert reset_login(str(path)) == []


def test_a_regenerated_token_replaces_the_old_one_where_it_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    log_in(path, "bltu_old")
    assert replace_token("bltu_other", "bltu_new", str(path)) == []
    assert replace_token("bltu_old", "bltu_new", str(path)) == [path]
    assert read_cloud_config(str(path))["token"] == "bltu_new"


def test_without_k6_both_generations_files_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baltoro.cli.k6_program.find_k6", lambda: None)
    assert paths_to_write(None) == candidate_paths(None)
    assert len(candidate_paths(None)) == 2


@pytest.mark.parametrize(("version", "legacy"), [("v0.57.0", True), ("v0.58.0", False), ("v2.2.0", False)])
def test_the_file_of_the_installed_k6_is_written(
    version: str, *, legacy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "k6"
    program.write_text(f"#!/bin/sh\necho 'k6 {version} (commit/0, go1.24)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (path,) = paths_to_write(None)
    assert ("loadimpact" in path.parts) is legacy


def test_k6_config_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K6_CONFIG", str(tmp_path / "chosen.json"))
    assert paths_to_write(None) == [tmp_path / "chosen.json"]
    assert paths_to_write("flag.json") == [Path("flag.json")]
