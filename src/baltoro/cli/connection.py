"""Which server, as whom, and the HTTP calls of the commands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from baltoro import __version__
from baltoro.cli.failures import ExitCode, Failure
from baltoro.cli.k6_config import read_cloud_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import httpx

DEFAULT_HOST = "http://127.0.0.1:6560"
PAGE_SIZE = 1000
_TIMEOUT_S = 30.0

Json = dict[str, Any]
"""An object of the REST API, kept as the server sent it: `--json` prints it unchanged."""


def parse_address(text: str) -> str:
    """The origin (and base path) of a server, without a trailing slash.

    Raises:
        Failure: not an http:// or https:// address.
    """
    address = text.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an unfinished IPv6 address, a port that is no number
        usable = False
    if not usable:
        raise Failure(
            f"{text!r} is not the address of a server.",
            hint="Write it with its scheme, for example --host http://127.0.0.1:6560",
            exit_code=ExitCode.USAGE,
        )
    return address


def is_loopback(address: str) -> bool:
    """Whether the address means this machine only."""
    host = urlsplit(address).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def find_address(host: str | None, saved: Mapping[str, Any]) -> str:
    """Flag, `BALTORO_HOST`, `K6_CLOUD_HOST`, config file, default: the first that says something."""
    for candidate in (host, os.environ.get("BALTORO_HOST"), os.environ.get("K6_CLOUD_HOST"), saved.get("host")):
        if candidate:
            return parse_address(str(candidate))
    return DEFAULT_HOST


def find_token(token: str | None, saved: Mapping[str, Any], address: str) -> str | None:
    """Flag, `K6_CLOUD_TOKEN`, config file. A token that was saved for another server is not sent to this one."""
    for candidate in (token, os.environ.get("K6_CLOUD_TOKEN")):
        if candidate:
            return candidate.strip()
    saved_for = saved.get("host")
    if saved_for and str(saved_for).rstrip("/") != address:
        return None
    return str(saved["token"]) if saved.get("token") else None


class Client:
    """Calls to one server. Use it as a context manager.

    Attributes:
        address: the server's origin.
        token: the API token that goes with each call, if any.
    """

    def __init__(self, address: str, token: str | None) -> None:
        import httpx

        self.address = address
        self.token = token
        headers = {"User-Agent": f"baltoro/{__version__}", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Token {token}"
        try:
            self._http: httpx.Client = httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT_S)
        except UnicodeEncodeError as error:
            raise Failure("The token holds characters that no token has.", exit_code=ExitCode.NOT_ALLOWED) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """The JSON object that `path` answers.

        Raises:
            Failure: refused, not found or unreachable.
        """
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """The JSON object that `path` answers to `body`.

        Raises:
            Failure: refused, not found or unreachable.
        """
        return self._call("POST", path, body=body or {})

    def delete(self, path: str) -> Json:
        """Remove what is at `path`."""
        return self._call("DELETE", path)

    def all_pages(self, path: str, key: str, params: Mapping[str, Any] | None = None, *, limit: int = 0) -> list[Json]:
        """The objects of a list, over all its pages, or the first `limit` of them."""
        found: list[Json] = []
        size = min(limit, PAGE_SIZE) if limit else PAGE_SIZE
        page = 1
        while True:
            rows = self.get(path, {**(params or {}), "page": page, "page_size": size})[key]
            found += rows
            if len(rows) < size or (limit and len(found) >= limit):
                return found[:limit] if limit else found
            page += 1

    def _call(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Json:
        import httpx

        try:
            answer = self._http.request(method, path, params=params, json=body)
        except httpx.InvalidURL as error:
            raise Failure(f"{self.address} is not a usable address: {error}.", exit_code=ExitCode.USAGE) from error
        except (httpx.TransportError, UnicodeError) as error:
            reason = str(error) or type(error).__name__
            raise Failure(
                f"the server at {self.address} cannot be reached: {reason}.",
                hint="Is it running (baltoro serve)? Another address: --host URL or BALTORO_HOST.",
                exit_code=ExitCode.UNREACHABLE,
            ) from error
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> Json:
        if answer.is_success and not answer.content:
            return {}
        try:
            content = answer.json()
        except ValueError:
            content = None
        if answer.is_success and isinstance(content, dict):
            return content
        error = content.get("error") if isinstance(content, dict) else None
        if not isinstance(error, dict):
            raise Failure(
                f"what answers at {self.address} is not a baltoro server (HTTP {answer.status_code}, no such answer).",
                hint="Check the address: --host URL or BALTORO_HOST.",
            )
        raise _refusal(answer.status_code, error, has_token=bool(self.token), address=self.address)


def _refusal(status: int, error: Json, *, has_token: bool, address: str) -> Failure:
    fields = [f"{name}: {', '.join(texts)}" for name, texts in (error.get("field_errors") or {}).items()]
    message = " ".join([str(error.get("message", "refused")), *(error.get("errors") or []), *fields])
    if status == 401:  # noqa: PLR2004 - the number says it
        hint = (
            "Log in again: baltoro login cloud"
            if has_token
            else f"Log in first: baltoro login cloud --host {address}, or set K6_CLOUD_TOKEN."
        )
        return Failure(message, hint=hint, exit_code=ExitCode.NOT_ALLOWED)
    codes = {403: ExitCode.NOT_ALLOWED, 404: ExitCode.NOT_FOUND}
    return Failure(message, exit_code=codes.get(status, ExitCode.FAILED))


def address_of(host: str | None, config_file: str | None) -> str:
    """The server that flag, environment and config file name."""
    return find_address(host, read_cloud_config(config_file))


def connect(host: str | None, token: str | None, config_file: str | None) -> Client:
    """A client for the server and the token that flags, environment and config file name."""
    saved = read_cloud_config(config_file)
    address = find_address(host, saved)
    return Client(address, find_token(token, saved, address))


def connect_authenticated(host: str | None, token: str | None, config_file: str | None) -> Client:
    """As `connect`, but a missing token is refused here with the way to get one.

    Raises:
        Failure: no token anywhere.
    """
    client = connect(host, token, config_file)
    if client.token is None:
        raise Failure(
            f"not logged in to {client.address}.",
            hint=f"Run: baltoro login cloud --host {client.address}   (or set K6_CLOUD_TOKEN)",
            exit_code=ExitCode.NOT_ALLOWED,
        )
    return client
