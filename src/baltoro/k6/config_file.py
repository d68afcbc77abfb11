"""k6's own configuration file: where it is, and what makes a plain k6 talk to this server."""

from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from baltoro.k6.client import K6Version

SECRETS = ("token",)
"""What `--reset` removes."""
_FIRST_WITH_NEW_PATH = (0, 58)
_LAST_WITH_OLD_PATH = (2, 0)


def config_paths(platform: str, environment: Mapping[str, str], version: K6Version | None = None) -> list[PurePath]:
    """The default files that k6 reads, the one of newer versions first.

    Args:
        platform: as `sys.platform` says it: `linux`, `darwin`, `win32`.
        environment: of the user (`HOME`, `XDG_CONFIG_HOME`, `APPDATA`). `K6_CONFIG` is not looked at: the caller's
            business, as is `--config`.
        version: of the installed k6: then only the file that this one writes. None: both generations'.
    """
    if platform == "win32":
        base: PurePath = PureWindowsPath(environment.get("APPDATA") or environment.get("USERPROFILE") or "C:\\")
    elif platform == "darwin":
        base = PurePosixPath(environment.get("HOME") or "/") / "Library" / "Application Support"
    else:
        home = environment.get("XDG_CONFIG_HOME") or ""
        # The XDG rules: a relative path there is to be ignored.
        base = (
            PurePosixPath(home) if home.startswith("/") else PurePosixPath(environment.get("HOME") or "/") / ".config"
        )
    new, old = base / "k6" / "config.json", base / "loadimpact" / "k6" / "config.json"
    if version is None:
        return [new, old]
    return [new if (version.major, version.minor) >= _FIRST_WITH_NEW_PATH else old]


def reads_legacy_path(version: K6Version) -> bool:
    """Whether a login of this version copies a file at the old path over the new one: 0.58 up to before 2.0."""
    return _FIRST_WITH_NEW_PATH <= (version.major, version.minor) < _LAST_WITH_OLD_PATH


def cloud_config(existing: Mapping[str, Any]) -> dict[str, Any]:
    """What a configuration file says about the cloud; empty when nothing."""
    collectors = existing.get("collectors")
    cloud = collectors.get("cloud") if isinstance(collectors, Mapping) else None
    return dict(cloud) if isinstance(cloud, Mapping) else {}


def merge_cloud_config(
    existing: Mapping[str, Any],
    *,
    token: str,
    base_url: str,
    stack_id: int | None = None,
    default_project_id: int | None = None,
) -> dict[str, Any]:
    """A configuration file's content that points k6 of every version at this server.

    Args:
        existing: what the file holds; everything else in it is kept.
        token: the API token.
        base_url: the server's public address, without a final slash.
        stack_id, default_project_id: newer k6 needs both (one alone makes it fail); none leaves what was there.
    """
    cloud = cloud_config(existing)
    cloud |= {
        "token": token,
        "host": base_url,
        "hostv6": base_url,
        "webAppURL": base_url,
        "stackURL": base_url,
        "tracesEnabled": False,
    }
    if stack_id is not None and default_project_id is not None:
        cloud |= {"stackID": stack_id, "defaultProjectID": default_project_id}
    return _with_cloud(existing, cloud)


def reset_cloud_config(existing: Mapping[str, Any]) -> dict[str, Any]:
    """The same content without the token and what belongs to its owner."""
    cloud = cloud_config(existing)
    for key in (*SECRETS, "stackID", "stackURL", "defaultProjectID"):
        if key in cloud:
            cloud[key] = None
    return _with_cloud(existing, cloud)


def _with_cloud(existing: Mapping[str, Any], cloud: Mapping[str, Any]) -> dict[str, Any]:
    collectors = existing.get("collectors")
    kept = dict(collectors) if isinstance(collectors, Mapping) else {}
    return {**existing, "collectors": {**kept, "cloud": dict(cloud)}}
