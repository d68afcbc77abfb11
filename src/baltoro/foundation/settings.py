"""Settings: one typed object, read once, passed on.

Flag > environment `BALTORO_X__Y` > TOML file > default. An unknown key is an error that names its path; other
`BALTORO_…` names, such as the client's `BALTORO_HOST`, are left alone.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_data_dir

from baltoro.foundation.errors import Invalid


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens and how it is reached."""

    host: str = "127.0.0.1"
    """Address to bind."""
    port: int = 6560
    """TCP port to bind; 0 takes a free one."""
    public_url: str = ""
    """Origin that users and k6 see, without a trailing slash. Empty: http://HOST:PORT as bound."""
    behind_proxy: bool = False
    """A reverse proxy with TLS stands in front: cookies are marked Secure."""
    stop_grace_s: float = 8.0
    """Seconds that open requests get to finish after SIGTERM."""


class IngestSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the door that k6 pushes to."""

    max_body_bytes: int = 16 * 1024 * 1024
    """Bytes of one pushed body as received, before decompression. A larger one answers 413."""
    max_batch_bytes: int = 16 * 1024 * 1024
    """Bytes of one protobuf push after decompression. A larger batch answers 413."""
    max_json_bytes: int = 128 * 1024 * 1024
    """Bytes of one JSON push (k6 up to 0.49) after decompression."""
    max_series_per_run: int = 200_000
    """Active time series of one run; beyond it the run ends as aborted by limit."""
    workers: int = -1
    """Decoding processes. 0: a thread in the server; -1: cores - 1."""
    max_pending: int = 256
    """Pushes decoded or waiting at once. More of them wait for their answer: pressure goes back to k6."""
    seal_after_s: float = 60.0
    """Seconds of run time that stay in the journal before they become an immutable block."""


class RunSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of a run's life."""

    first_push_limit_s: float = 600.0
    """A streamed run without a first push for so many seconds has timed out."""
    silence_limit_s: float = 120.0
    """A streamed run without a further push for so many seconds has timed out."""
    late_data_s: float = 60.0
    """After an end that k6 reported, data is accepted for so many seconds more."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be configured."""

    data_dir: str = ""
    """Directory of all state. Empty: the platform's data directory."""
    database_url: str = ""
    """Control database. Empty: SQLite in the data directory; postgresql://… otherwise."""
    metrics_url: str = ""
    """Metrics database. Empty: SQLite in the data directory, or the control database when that is PostgreSQL."""
    secret_key_file: str = ""
    """File with the instance key. Empty: `secret.key` in the data directory."""
    log_format: str = "auto"
    """`auto` (json unless standard error is a terminal), `json` or `text`."""
    server: ServerSettings = ServerSettings()
    ingest: IngestSettings = IngestSettings()
    runs: RunSettings = RunSettings()

    @property
    def directory(self) -> Path:
        """The data directory."""
        return Path(self.data_dir or user_data_dir("baltoro", appauthor=False))


_TOP_LEVEL = {
    "BALTORO_DATA_DIR": "data_dir",
    "BALTORO_DATABASE_URL": "database_url",
    "BALTORO_METRICS_URL": "metrics_url",
    "BALTORO_SECRET_KEY_FILE": "secret_key_file",
    "BALTORO_LOG_FORMAT": "log_format",
}


def environment_name(path: str) -> str:
    """The environment variable of a setting: `server.port` -> `BALTORO_SERVER__PORT`."""
    return "BALTORO_" + path.upper().replace(".", "__")


def load_settings(
    *, flags: Mapping[str, Any] | None = None, environment: Mapping[str, str], config_file: Path | None = None
) -> Settings:
    """The settings of this process.

    Args:
        flags: dotted path -> value, `None` values are left out (the flag was not given).
        environment: usually `os.environ`.
        config_file: TOML file, or none.

    Raises:
        Invalid: an unknown key or a value of the wrong type; names the path and where it came from.
    """
    tree: dict[str, Any] = {}
    if config_file is not None:
        try:
            tree = tomllib.loads(config_file.read_text())
        except OSError as error:
            raise Invalid(f"Cannot read the configuration file {config_file}: {error.strerror}.") from error
        except tomllib.TOMLDecodeError as error:
            raise Invalid(f"The configuration file {config_file} is not valid TOML: {error}.") from error
    for name, value in environment.items():
        if name in _TOP_LEVEL:
            _put(tree, _TOP_LEVEL[name], value, name)
        elif name.startswith("BALTORO_") and "__" in name:
            _put(tree, name.removeprefix("BALTORO_").lower().replace("__", "."), value, name)
    for path, value in (flags or {}).items():
        if value is not None:
            _put(tree, path, value, path)
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(f"Wrong setting: {error}. `baltoro serve --help` names every setting.") from error


def _put(tree: dict[str, Any], path: str, value: object, source: str) -> None:
    *parents, leaf = path.split(".")
    node = tree
    for parent in parents:
        child = node.setdefault(parent, {})
        if not isinstance(child, dict):
            raise Invalid(f"Wrong setting {source}: {parent} is not a section.")
        node = child
    node[leaf] = value
