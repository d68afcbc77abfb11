"""The house rules that a machine can check."""

import importlib
import re
import subprocess
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent.parent
GROUND = {"foundation", "storage", "k6"}


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_a_room_is_entered_through_its_front_door() -> None:
    graph = grimp.build_graph("baltoro")

    def is_offered(name: str) -> bool:
        # `from baltoro.accounts import sign_in` names the verb; its file has the same name, and the graph cannot tell.
        return name.rpartition(".")[2] in getattr(importlib.import_module(room(name)), "__all__", ())

    windows = [
        f"{a} -> {b}"
        for a in graph.modules
        for b in graph.find_modules_directly_imported_by(a)
        if room(a) != room(b)
        and b not in {room(b), "baltoro"}
        and room(b).removeprefix("baltoro.") not in GROUND
        and not is_offered(b)
    ]
    assert windows == []


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def test_no_file_of_the_product_has_more_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("src/*.py", "frontend/*.ts", "frontend/*.tsx")
        if not path.name.endswith("_pb2.py")
        and "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_lock_files_name_no_registry_host() -> None:
    locks = [*tracked("requirements/*.lock"), *tracked("frontend/package-lock.json")]
    assert locks
    for lock in locks:
        assert not re.search(
            r"https?://(?!opencollective|github|www\.|paulmillr|tidelift|feross|patreon)", lock.read_text()
        ), lock


def test_every_promise_has_a_test_and_every_test_names_a_known_promise() -> None:
    promised = set((ROOT / "tests/promises.txt").read_text().split())
    kept = {
        name
        for path in tracked("tests/*.py")
        for name in re.findall(r"mark\.promise\(\"([A-Z]+\d+)\"\)", path.read_text())
    }
    assert kept == promised


def test_nothing_is_left_for_later_without_an_issue() -> None:
    lazy = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("src/*.py", "tests/*.py", "tools/*.py", "bench/*.py", "frontend/*.ts", "frontend/*.tsx")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    ]
    assert lazy == []
