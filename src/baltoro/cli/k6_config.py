"""Reading and writing k6's own config file, so that a plain k6 works after `baltoro login cloud`."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from baltoro.cli.failures import Failure
from baltoro.k6.config_file import cloud_config, config_paths, merge_cloud_config, reset_cloud_config


def candidate_paths(config_file: str | None) -> list[Path]:
    """Where a token may be saved, what counts first: `-c`, else `K6_CONFIG`, else both generations' places."""
    chosen = config_file or os.environ.get("K6_CONFIG")
    if chosen:
        return [Path(chosen)]
    return [Path(path) for path in config_paths(sys.platform, os.environ)]


def paths_to_write(config_file: str | None) -> list[Path]:
    """The file that the installed k6 reads; both generations' files when there is no k6 to ask."""
    candidates = candidate_paths(config_file)
    if len(candidates) == 1:
        return candidates
    from baltoro.cli.k6_program import find_k6, k6_version

    program = find_k6()
    version = k6_version(program) if program else None
    return [Path(path) for path in config_paths(sys.platform, os.environ, version)]


def read_cloud_config(config_file: str | None) -> Mapping[str, Any]:
    """`collectors.cloud` of the first config file that exists; empty when there is none.

    Raises:
        Failure: a file that is not JSON, or cannot be read.
    """
    for path in candidate_paths(config_file):
        content = _read(path)
        if content is not None:
            return {name: value for name, value in cloud_config(content).items() if value is not None}
    return {}


def save_login(
    config_file: str | None, *, token: str, address: str, stack_id: int | None, project_id: int | None
) -> list[Path]:
    """Write a login into k6's config file, keeping everything else in it.

    Returns:
        The files that were written.
    """
    return _rewrite(
        paths_to_write(config_file),
        lambda content: merge_cloud_config(
            content, token=token, base_url=address, stack_id=stack_id, default_project_id=project_id
        ),
        create=True,
    )


def reset_login(config_file: str | None) -> list[Path]:
    """Take the login out of every config file that has one; what a user wrote there otherwise stays."""

    def logged_out(content: dict[str, Any]) -> dict[str, Any]:
        return reset_cloud_config(content) if cloud_config(content).get("token") else content

    return _rewrite(candidate_paths(config_file), logged_out, create=False)


def replace_token(old: str, new: str, config_file: str | None) -> list[Path]:
    """Put `new` wherever a config file holds `old`."""

    def replaced(content: dict[str, Any]) -> dict[str, Any]:
        cloud = cloud_config(content)
        if cloud.get("token") != old:
            return content
        return {**content, "collectors": {**content["collectors"], "cloud": {**cloud, "token": new}}}

    return _rewrite(candidate_paths(config_file), replaced, create=False)


def _rewrite(paths: list[Path], change: Callable[[dict[str, Any]], dict[str, Any]], *, create: bool) -> list[Path]:
    written = []
    for path in paths:
        content = _read(path)
        if content is None and not create:
            continue
        changed = change(content or {})
        if changed != content:
            _write(path, changed)
        if create or changed != content:
            written.append(path)
    return written


def _read(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the k6 config file {path} cannot be read: {getattr(error, 'strerror', error)}.") from error
    try:
        # An empty file is what `touch` leaves for `docker run -v`.
        content = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise Failure(
            f"the k6 config file {path} is not JSON: {error}.", hint="Mend it, or choose another file with -c FILE."
        ) from error
    if not isinstance(content, dict):
        raise Failure(f"the k6 config file {path} does not hold a JSON object.", hint="Put {} into it, or use -c FILE.")
    return content


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the file in one step, mode 0600: it holds a token, and a reader never sees half of it."""
    target = Path(os.path.realpath(path))  # a linked config file stays a link
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".config-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, stat.S_IRUSR | stat.S_IWUSR)  # noqa: PTH101 - mkstemp gave a string
            os.replace(temporary, target)  # noqa: PTH105
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failure(
            f"the k6 config file {path} cannot be written: {error.strerror}.", hint="Choose another one with -c FILE."
        ) from error
