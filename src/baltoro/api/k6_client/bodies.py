"""Reading what k6 sends: bounded, and into types."""

import re
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

from baltoro.api.ids import path_id
from baltoro.foundation.errors import Invalid, TooLarge
from baltoro.foundation.ids import RunId

T = TypeVar("T")

MAX_JSON_BYTES = 10 * 1024 * 1024
"""Bytes of a JSON body other than metrics."""

_DISCARD_FACTOR = 4
_FIELD = re.compile(r"`\$\.?([^`]*)`")


def run_id_of(text: str) -> RunId:
    """The run that a path names.

    Raises:
        NotFound: `text` is no possible id.
    """
    return RunId(path_id(text))


async def read_body(request: Request[Any, Any, Any], limit: int, remedy: str = "") -> bytes:
    """The whole body, counted while it comes in: k6 sends metrics in chunks, without a length.

    Args:
        limit: bytes.
        remedy: what to do about a body that is too large.

    Raises:
        TooLarge: it is longer than `limit`.
        Invalid: the client went away in the middle.
    """
    parts: list[bytes] = []
    received = 0
    try:
        async for part in request.stream():
            received += len(part)
            if received <= limit:
                parts.append(part)
            elif received > limit * _DISCARD_FACTOR:
                break
            else:
                # Read on without keeping it: a client that is still sending would not see the answer.
                parts.clear()
    except InternalServerException as error:
        raise Invalid("The connection was closed before the whole request had come in.") from error
    if received > limit:
        raise TooLarge(f"The request has more than {limit} bytes. {remedy}".rstrip())
    return parts[0] if len(parts) == 1 else b"".join(parts)


def decode_json(body: bytes, type: type[T]) -> T:
    """The JSON body as `type`. An empty body is `{}`; unknown fields are ignored.

    Raises:
        Invalid: not JSON, or a field of a wrong type; `field_errors` names it.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=type)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at ")
        field = _FIELD.search(place)
        name = field.group(1) if field and field.group(1) else "body"
        raise Invalid("A field of the request is wrong.", field_errors={name[:100]: [f"{sentence[:200]}."]}) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Invalid("The request is not valid JSON.") from error
