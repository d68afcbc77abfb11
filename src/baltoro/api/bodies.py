"""Request bodies: JSON, or a flat form; empty means nothing was given."""

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from baltoro.api.paging import FORM
from baltoro.foundation.errors import Invalid

T = TypeVar("T")
_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `(?P<field>[^`]+)`")


async def read_body(request: Request[Any, Any, Any], shape: type[T]) -> T:
    """The body as a `shape`; fields that it does not know are ignored.

    Raises:
        Invalid: malformed JSON, a missing field or one of the wrong type; `field_errors` names it. The refused value
            is never quoted: it may be a password.
    """
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        decoded: Any = dict(reversed(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
        strict = False
    else:
        decoded = _json(body)
        strict = True
    try:
        return msgspec.convert(decoded, shape, strict=strict)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error


def _json(body: bytes) -> Any:
    if not body.strip():
        return {}
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("The body is not valid JSON.") from error


def _explained(message: str) -> Invalid:
    missing = _MISSING.match(message)
    if missing is not None:
        return Invalid("Invalid request.", field_errors={missing["field"]: ["This field is required."]})
    place = _PLACE.search(message)
    sentence = message[: place.start()] if place else message
    if not sentence.startswith("Expected"):
        # Some of the decoder's sentences quote the value.
        sentence = "This value is not accepted."
    if place is None or not place["path"]:
        return Invalid(f"The body does not fit: {sentence.replace('`', '')}.")
    return Invalid("Invalid request.", field_errors={place["path"]: [f"{sentence.replace('`', '')}."]})
