"""Which server, and whose token goes to it."""

import pytest

from baltoro.cli.connection import DEFAULT_HOST, find_address, find_token, is_loopback, parse_address
from baltoro.cli.failures import Failure
from baltoro.cli.names import one_of


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BALTORO_HOST", "K6_CLOUD_HOST", "K6_CLOUD_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_the_first_that_names_a_server_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"host": "http://saved"}
    assert find_address(None, {}) == DEFAULT_HOST
    assert find_address(None, saved) == "http://saved"
    monkeypatch.setenv("K6_CLOUD_HOST", "http://k6/")
    assert find_address(None, saved) == "http://k6"
    monkeypatch.setenv("BALTORO_HOST", "http://ours")
    assert find_address(None, saved) == "http://ours"
    assert find_address("https://flag/base/", saved) == "https://flag/base"


def test_a_token_that_was_saved_for_another_server_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"token": "bltu_saved", "host": "http://one"}
    assert find_token(None, saved, "http://one") == "bltu_saved"
    assert find_token(None, saved, "http://two") is None
    assert find_token(None, {"token": "bltu_saved"}, "http://two") == "bltu_saved"
    monkeypatch.setenv("K6_CLOUD_TOKEN", "bltu_env")
    assert find_token(None, saved, "http://two") == "bltu_env"
    assert find_token("bltu_flag", saved, "http://two") == "bltu_flag"


@pytest.mark.parametrize("text", ["localhost:6560", "ftp://host", "http://", "", "http://[::1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="not the address"):
        parse_address(text)


@pytest.mark.parametrize(
    ("address", "only_here"),
    [("http://127.0.0.1:6560", True), ("http://localhost", True), ("http://[::1]:1", True), ("http://10.0.0.1", False)],
)
def test_a_loopback_address_is_known(address: str, *, only_here: bool) -> None:
    assert is_loopback(address) is only_here


ITEMS = [{"id": 1, "name": "shop"}, {"id": 2, "name": "Shop"}, {"id": 3, "name": "api"}, {"id": 4, "name": "api"}]


def test_a_name_or_an_id_finds_one_thing() -> None:
    describe = str
    assert one_of("test", "2", ITEMS, describe=describe)["id"] == 2
    assert one_of("test", "shop", ITEMS, describe=describe)["id"] == 1
    with pytest.raises(Failure, match="no test is called 'API v2'"):
        one_of("test", "API v2", ITEMS, describe=describe)


def test_an_ambiguous_name_lists_the_candidates() -> None:
    with pytest.raises(Failure, match="2 tests are called 'API'") as refused:
        one_of("test", "API", ITEMS, describe=lambda item: f"{item['id']}  {item['name']}")
    assert refused.value.hint.splitlines()[1:] == ["  3  api", "  4  api"]
