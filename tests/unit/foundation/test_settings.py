from pathlib import Path

import pytest

from baltoro.foundation.errors import Invalid
from baltoro.foundation.settings import Settings, environment_name, load_settings


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(tmp_path: Path) -> None:
    file = tmp_path / "baltoro.toml"
    file.write_text('data_dir = "/from/file"\n[server]\nport = 1\nhost = "::1"\n')
    settings = load_settings(
        flags={"server.port": 3, "server.host": None},
        environment={"BALTORO_SERVER__PORT": "2", "BALTORO_INGEST__WORKERS": "0"},
        config_file=file,
    )
    assert settings.server.port == 3
    assert settings.server.host == "::1"
    assert settings.ingest.workers == 0
    assert settings.data_dir == "/from/file"
    assert settings.runs == Settings().runs


def test_the_names_that_k6_users_know_are_read() -> None:
    settings = load_settings(environment={"BALTORO_DATABASE_URL": "postgresql://x/y", "BALTORO_DATA_DIR": "/d"})
    assert settings.database_url == "postgresql://x/y"
    assert settings.directory == Path("/d")


def test_the_clients_variables_are_left_alone() -> None:
    assert load_settings(environment={"BALTORO_HOST": "http://elsewhere", "PATH": "/bin"}) == Settings()


@pytest.mark.parametrize("name", ["BALTORO_SERVER__PROT", "BALTORO_NOPE__X"])
def test_an_unknown_setting_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(Invalid, match=name.lower().removeprefix("baltoro_").split("__")[-1] + "|nope"):
        load_settings(environment={name: "1"})


def test_a_value_of_the_wrong_type_is_an_error_that_names_its_path() -> None:
    with pytest.raises(Invalid, match=r"server\.port"):
        load_settings(environment={"BALTORO_SERVER__PORT": "many"})


def test_an_unreadable_or_broken_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="Cannot read"):
        load_settings(environment={}, config_file=tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[server")
    with pytest.raises(Invalid, match="not valid TOML"):
        load_settings(environment={}, config_file=broken)


def test_the_environment_name_of_a_setting() -> None:
    assert environment_name("server.port") == "BALTORO_SERVER__PORT"
