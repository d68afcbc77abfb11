"""Where a sign-in may lead back to: only a path of this server (quality.md T21)."""

from urllib.parse import urlsplit

_MAX_LENGTH = 2000


def local_path(wanted: str | None, default: str = "/") -> str:
    r"""`wanted` if it names a page of this server, else `default`.

    Browsers read `\` as `/`, drop tabs and newlines, and take `//x` for another host, so anything but a plain absolute
    path is refused rather than repaired.
    """
    if not wanted or len(wanted) > _MAX_LENGTH or not wanted.startswith("/") or wanted.startswith("//"):
        return default
    if "\\" in wanted or any(not character.isprintable() or character.isspace() for character in wanted):
        return default
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return default
    # "/.//evil" and "/%2f/evil" stay local, but a path that normalises to "//…" must not slip through a proxy.
    path = parts.path.lower().replace("%2f", "/").replace("%5c", "/").replace("%2e", ".")
    if parts.scheme or parts.netloc or "//" in path or "\\" in path:
        return default
    return wanted
