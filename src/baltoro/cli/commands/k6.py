"""`baltoro k6 …`."""

from __future__ import annotations

import os
import sys

import click

from baltoro.cli.program import CONTEXT

_STACKS_SINCE = (1, 6)


@click.command(
    context_settings={
        **CONTEXT,
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
        "help_option_names": [],
    },
    options_metavar="",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def k6(ctx: click.Context, *, arguments: tuple[str, ...]) -> None:
    """Run the real k6, pointed at this server.

    k6 is looked up on PATH, then beside this Python (the `k6` extra). What is already set in the environment stays as
    it is. The exit code is k6's own.

    \b
    Examples:
      baltoro k6 run -o cloud script.js
      BALTORO_HOST=https://k6.example.org baltoro k6 cloud run --local-execution script.js
    """
    if not arguments or arguments[0] in {"-h", "--help"}:
        click.echo(ctx.get_help())
        return
    from baltoro.cli.connection import connect
    from baltoro.cli.k6_environment import k6_environment
    from baltoro.cli.k6_program import k6_version, require_k6
    from baltoro.cli.place import Place, place_of

    program = require_k6()
    with connect(None, None, _config_file(arguments)) as client:
        version = k6_version(program)
        # Older k6 needs no project: setting one would overrule the script's own `options.cloud.projectID`.
        needs_place = client.token is not None and (version is None or (version.major, version.minor) >= _STACKS_SINCE)
        place = place_of(client) if needs_place else Place(None, None)
        variables = k6_environment(
            client.address, token=client.token, stack_id=place.organization_id, project_id=place.project_id
        )
    # The server was chosen by our own rules; anything else that the user set for k6 is his decision.
    chosen = {"K6_CLOUD_HOST": variables["K6_CLOUD_HOST"]}
    environment = {**variables, **os.environ, **chosen}
    sys.stdout.flush()
    os.execve(program, [str(program), *arguments], environment)  # noqa: S606 - a list of arguments, no shell


def _config_file(arguments: tuple[str, ...]) -> str | None:
    """The file of k6's own `-c FILE`, `--config FILE` or `--config=FILE`: its token counts, not the usual file's."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--config="):
            return argument.removeprefix("--config=")
        if argument in {"-c", "--config"} and position + 1 < len(arguments):
            return arguments[position + 1]
    return None
