from typing import Any

import msgspec
import pytest

from baltoro.api.ids import path_id
from baltoro.api.paging import Parameters, selected
from baltoro.foundation.errors import Invalid, NotFound
from baltoro.foundation.ids import MAX_ID
from baltoro.foundation.paging import Page


class Thing(msgspec.Struct):
    id: int
    name: str


def test_the_page_is_a_hundred_rows_unless_asked_otherwise() -> None:
    assert Parameters([]).page() == Page(1, 100)
    assert Parameters([("page", "3"), ("page_size", "7")]).page() == Page(3, 7)
    assert Parameters([("page", "0"), ("page_size", "99999")]).page() == Page(1, 1000)
    assert Parameters([("page", "9" * 10_000)]).page().offset < 2**63


@pytest.mark.parametrize("size", ["0", "-1", "", "1.5", "1e3", "0x10", "ten", "١"])
def test_a_page_size_that_is_no_number_of_rows_is_refused(size: str) -> None:
    with pytest.raises(Invalid) as refused:
        Parameters([("page_size", size)]).page()
    assert list(refused.value.field_errors) == ["page_size"]


@pytest.mark.parametrize(
    ("pairs", "ids"),
    [
        ([], None),
        ([("ids[]", "1"), ("ids[]", "3")], [1, 3]),
        ([("ids", "1,3")], [1, 3]),
        ([("ids[]", "1,3"), ("ids", "5")], [1, 3, 5]),
        ([("ids", "")], []),
        ([("ids", str(MAX_ID + 1))], [0]),
    ],
)
def test_every_spelling_of_ids(pairs: list[tuple[str, str]], ids: list[int] | None) -> None:
    assert Parameters(pairs).ids() == ids


def test_too_many_or_odd_ids_are_refused() -> None:
    for pairs in ([("ids", "1," * 1001)], [("ids", "x")], [("ids[]", "-1")]):
        with pytest.raises(Invalid) as refused:
            Parameters(pairs).ids()
        assert list(refused.value.field_errors) == ["ids"]


def test_the_first_value_counts_and_a_dollar_sign_does_not() -> None:
    parameters = Parameters([("$test_id", "5"), ("q", "first"), ("q", "second"), ("tags[]", "a"), ("tags[]", "b")])
    assert parameters.id("test_id") == 5
    assert parameters.text("q") == "first"
    assert parameters.every("tags") == ["a", "b"]
    assert parameters.id("run_id") is None


def test_orders_and_fields() -> None:
    assert Parameters([("order_by", "-name, id")]).order(["id", "name"]) == [("name", True), ("id", False)]
    assert Parameters([]).order(["id"]) == []
    with pytest.raises(Invalid, match="id, name"):
        Parameters([("order_by", "name;drop")]).order(["id", "name"])
    assert Parameters([("$select", "id, nonsense")]).fields() == frozenset({"id", "nonsense"})
    assert Parameters([("$select", "")]).fields() is None
    thing: dict[str, Any] = {"id": 1, "name": "x"}
    assert selected(Thing(1, "x"), None) == thing
    assert selected(Thing(1, "x"), frozenset({"name", "nonsense"})) == {"name": "x"}


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+1", "1.0", "abc", "١", "1\n", " 1", "1_0", "9" * 5000, str(MAX_ID + 1)]
)
def test_what_is_no_id_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        path_id(text)
    assert path_id("31") == 31
    assert path_id("0031") == 31
