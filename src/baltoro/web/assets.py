"""Style sheets, scripts and images: read once at start, served under an address that changes with their content."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from baltoro.foundation.errors import NotFound

_TYPES = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "txt": "text/plain",
}
_FOREVER = "public, max-age=31536000, immutable"
_ASK = "public, max-age=0, must-revalidate"


class Asset(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    body: bytes
    media_type: str
    version: str


def _collect(folder: Traversable, prefix: str = "") -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            found |= _collect(entry, f"{name}/")
        elif (media_type := _TYPES.get(name.rpartition(".")[2])) is not None:
            body = entry.read_bytes()
            found[name] = Asset(body, media_type, hashlib.sha256(body).hexdigest()[:12])
    return found


@cache
def assets() -> dict[str, Asset]:
    """Every file below `static/`, by its path. What is no key does not exist: there is nothing to traverse."""
    return _collect(files("baltoro.web") / "static")


def asset_url(name: str) -> str:
    """Where a browser gets the file `name`, for example `css/base.css`."""
    found = assets().get(name)
    return f"/static/{name}?v={found.version}" if found else f"/static/{name}"


@get("/static/{name:path}", sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file of the front end."""
    found = assets().get(name.lstrip("/"))
    if found is None:
        raise NotFound
    etag = f'"{found.version}"'
    headers = {
        "ETag": etag,
        "Cache-Control": _FOREVER if request.query_params.get("v") == found.version else _ASK,
    }
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers, media_type=found.media_type)
    return Response(found.body, headers=headers, media_type=found.media_type)
