"""Options that several commands share, spelled the same everywhere."""

from collections.abc import Callable
from typing import TypeVar

import click

from baltoro.cli.program import Session, without_color

Function = TypeVar("Function", bound=Callable[..., object])


def _note_debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's call
    ctx.ensure_object(Session).debug |= value


def _note_no_color(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's call
    if value:
        without_color()


def common_options(function: Function) -> Function:
    """`--debug` and `--no-color` behind the command's name as well as before it."""
    for name, callback in (("--no-color", _note_no_color), ("--debug", _note_debug)):
        function = click.option(name, is_flag=True, expose_value=False, hidden=True, callback=callback)(function)
    return function


def server_options(function: Function) -> Function:
    """`--host`, `--token` and `--config`: which server, and as whom."""
    function = click.option(
        "-c", "--config", "config_file", metavar="FILE", help="k6 config file to read instead of the usual one."
    )(function)
    function = click.option("-t", "--token", metavar="TOKEN", help="API token [K6_CLOUD_TOKEN, else the config file].")(
        function
    )
    function = click.option(
        "--host",
        metavar="URL",
        help="Server [BALTORO_HOST, K6_CLOUD_HOST, else the config file, else http://127.0.0.1:6560].",
    )(function)
    return common_options(function)


def json_option(function: Function) -> Function:
    """`--json`: the result for a program."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)
