import os
from pathlib import Path

import pytest

from baltoro.foundation.errors import Invalid
from baltoro.server import DirectoryInUse, prepare_directory
from baltoro.server.data_directory import held_directory


def test_the_directory_is_created_for_its_user_only(tmp_path: Path) -> None:
    path = prepare_directory(tmp_path / "a/b")
    assert path.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(Invalid, match="--data-dir"):
        prepare_directory(tmp_path / "x")


@pytest.mark.promise("R17")
def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with held_directory(tmp_path):
        with pytest.raises(DirectoryInUse, match=str(os.getpid())), held_directory(tmp_path):
            raise AssertionError
    with held_directory(tmp_path):
        pass
