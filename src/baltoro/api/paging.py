"""The parameters that every list understands: paging, ordering, ids, search and field selection.

They come from the query string first, then from a form body: a public client sends `page_size` as the body of a GET,
and would silently lose data on a server that ignored it.
"""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from baltoro.api.ids import parameter_id
from baltoro.foundation.errors import Invalid
from baltoro.foundation.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, Page

FORM = "application/x-www-form-urlencoded"
MOST_IDS = 1000
_DECIMAL = re.compile(r"[0-9]+", re.ASCII)
_MOST_DIGITS = 9


class Parameters:
    """What a list was asked for.

    Args:
        pairs: names and values, those that count most first.
    """

    def __init__(self, pairs: Collection[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            # Documentation of the API has the slip `?$test_id=1`, and clients copied it.
            self._values.setdefault(name.removeprefix("$"), []).append(value)

    def text(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self._values.get(name, [default])[0]

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated, written `name[]` or `name`."""
        return [*self._values.get(f"{name}[]", []), *self._values.get(name, [])]

    def id(self, name: str) -> int | None:
        """An id; none when the parameter is absent or empty.

        Raises:
            Invalid: not a decimal number.
        """
        value = self.text(name).strip()
        return parameter_id(value, name) if value else None

    def ids(self, name: str = "ids") -> list[int] | None:
        """`ids[]=1&ids[]=3`, `ids=1,3` or `ids[]=1,3`; none when the parameter is absent.

        Raises:
            Invalid: more than 1000, or not decimal numbers.
        """
        values = self.every(name)
        pieces = [piece.strip() for value in values for piece in value.split(",") if piece.strip()]
        if len(pieces) > MOST_IDS:
            raise _refused(name, f"At most {MOST_IDS} ids can be asked for at once.")
        return [parameter_id(piece, name) for piece in pieces] if values else None

    def page(self) -> Page:
        """Which slice: `page` counts from 1 (0 means 1), `page_size` is at most 1000.

        Raises:
            Invalid: not a number, or no rows at all.
        """
        number = _whole(self.text("page", "1"), "page")
        size = _whole(self.text("page_size", str(DEFAULT_PAGE_SIZE)), "page_size")
        if size == 0:
            raise _refused("page_size", "page_size must be at least 1.")
        return Page(max(number, 1), min(size, MAX_PAGE_SIZE))

    def order(self, allowed: Collection[str]) -> list[tuple[str, bool]]:
        """`order_by=-last_run_time,name` as (field, descends); empty when absent.

        Raises:
            Invalid: an unknown field; the message names the known ones.
        """
        chosen = []
        for piece in filter(None, (piece.strip() for piece in self.text("order_by").split(","))):
            field = piece.removeprefix("-")
            if field not in allowed:
                known = ", ".join(allowed)
                raise _refused("order_by", f"Lists can be ordered by {known}; a leading - means descending.")
            chosen.append((field, piece.startswith("-")))
        return chosen

    def fields(self) -> frozenset[str] | None:
        """`$select=id,name`: the only fields of each listed object; none: all."""
        names = frozenset(name.strip() for name in self.text("select").split(",") if name.strip())
        return names or None


async def list_parameters(request: Request[Any, Any, Any]) -> Parameters:
    """The parameters of a list request: query string, then form body."""
    query = request.scope["query_string"].decode("utf-8", "replace")
    pairs = parse_qsl(query, keep_blank_values=True)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        body = await request.body()
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return Parameters(pairs)


def selected(item: msgspec.Struct, fields: frozenset[str] | None) -> dict[str, Any]:
    """A listed object with only the fields that were asked for."""
    everything: dict[str, Any] = msgspec.to_builtins(item)
    if fields is None:
        return everything
    return {name: value for name, value in everything.items() if name in fields}


def _whole(text: str, name: str) -> int:
    text = text.strip()
    if _DECIMAL.fullmatch(text) is None:
        raise _refused(name, f"{name} must be a whole number.")
    # Beyond nine digits every page is past the end, and the offset must still fit into the database's integers.
    return int(text) if len(text) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _refused(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, field_errors={name: [sentence]})
