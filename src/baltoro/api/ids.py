"""Ids in paths and parameters."""

import re

from baltoro.foundation.errors import Invalid, NotFound
from baltoro.foundation.ids import MAX_ID

_DECIMAL = re.compile(r"[0-9]{1,19}", re.ASCII)


def path_id(text: str) -> int:
    """The id in a path.

    Raises:
        NotFound: not a decimal number, or one that no object can have.
    """
    if _DECIMAL.fullmatch(text) is None or not 0 < int(text) <= MAX_ID:
        raise NotFound
    return int(text)


def parameter_id(text: str, name: str) -> int:
    """The id in a parameter of a request. One that no object can have is 0, which no object has.

    Raises:
        Invalid: not a decimal number; `field_errors` names the parameter.
    """
    if _DECIMAL.fullmatch(text) is None:
        sentence = f"{name} must be a whole number."
        raise Invalid(sentence, field_errors={name: [sentence]})
    return int(text) if int(text) <= MAX_ID else 0
