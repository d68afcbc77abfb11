"""What can be wrong with something that claims to come from k6."""

from baltoro.foundation.errors import Invalid, TooLarge, UnsupportedMedia


class BadPush(Invalid):
    """A metrics push that is malformed, contradicts itself, or exceeds a limit on names and labels."""


class PushTooLarge(TooLarge):
    """A metrics push that is larger, once decompressed, than the server accepts."""


class UnsupportedPush(UnsupportedMedia):
    """A metrics push in a protocol version or an encoding that does not exist."""


class BadArchive(Invalid):
    """Not an archive that k6 made, or one that must not be unpacked."""


class ArchiveTooLarge(TooLarge):
    """An archive beyond the limits on its size, packed or unpacked, or on its number of files."""


class BadExpression(Invalid):
    """A threshold, or the selector of its metric, that k6 would not understand either."""


class BadOptions(Invalid):
    """Script options of a shape that k6 does not produce."""


class EmptyHistogram(ValueError):
    """Nothing was recorded. Callers show "no data", not 0."""
