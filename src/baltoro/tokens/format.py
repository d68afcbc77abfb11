"""What an API token looks like: a prefix that scanners know, 30 random characters, and a checksum of 6.

`bltu_` (account) or `blto_` (organization), base62, CRC-32 (ISO-HDLC) of everything before it. A typing error is
refused without looking anything up.
"""

import hmac
import re
import secrets
import string
import zlib

from baltoro.tokens.model import TokenKind

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS = 30
_CHECKSUM_CHARACTERS = 6
_PREFIXES = {TokenKind.ACCOUNT: "bltu_", TokenKind.ORGANIZATION: "blto_"}
_KINDS = {prefix: kind for kind, prefix in _PREFIXES.items()}
_PREFIX_LENGTH = 5
_FORM = re.compile(r"blt[uo]_[0-9A-Za-z]{36}", re.ASCII)


def new_token(kind: TokenKind) -> str:
    """A new secret of 41 characters with more than 178 random bits."""
    body = _PREFIXES[kind] + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return body + checksum(body)


def is_well_formed(token: str) -> bool:
    """Whether `token` has the form of an API token and its checksum holds. Says nothing about whether it exists."""
    if _FORM.fullmatch(token) is None:
        return False
    body = token[:-_CHECKSUM_CHARACTERS]
    return hmac.compare_digest(checksum(body), token[-_CHECKSUM_CHARACTERS:])


def kind_of(token: str) -> TokenKind | None:
    """Which kind the prefix announces; none for anything that is not well formed."""
    return _KINDS[token[:_PREFIX_LENGTH]] if is_well_formed(token) else None


def checksum(body: str) -> str:
    """CRC-32 of `body` in base62, most significant digit first, six characters."""
    rest = zlib.crc32(body.encode("ascii"))
    digits = []
    for _ in range(_CHECKSUM_CHARACTERS):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
