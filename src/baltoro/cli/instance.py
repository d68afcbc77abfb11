"""The data directory and the databases of an instance, for commands that work beside the server."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from baltoro.cli.options import common_options
from baltoro.foundation.settings import Settings, load_settings

Function = TypeVar("Function", bound=Callable[..., object])


def instance_options(function: Function) -> Function:
    """Which instance: the same flags and variables as `baltoro serve`."""
    function = click.option(
        "--config", "config_file", type=click.Path(dir_okay=False), metavar="FILE", help="TOML file."
    )(function)
    function = click.option("--database-url", metavar="URL", help="Control database [BALTORO_DATABASE_URL].")(function)
    function = click.option("--data-dir", metavar="DIR", help="Data directory [BALTORO_DATA_DIR].")(function)
    return common_options(function)


def instance_settings(data_dir: str | None, database_url: str | None, config_file: str | None) -> Settings:
    """The settings that `baltoro serve` would have with the same flags."""
    return load_settings(
        flags={"data_dir": data_dir, "database_url": database_url},
        environment=os.environ,
        config_file=Path(config_file) if config_file else None,
    )


def page_origin(settings: Settings) -> str:
    """Where the web pages of this instance are, as far as its settings say."""
    return settings.server.public_url.rstrip("/") or f"http://{settings.server.host}:{settings.server.port}"
