"""`baltoro demo`."""

from __future__ import annotations

import click

from baltoro.cli.options import common_options

_PORT = 6560


@click.command(short_help="The whole product in one command, with the real k6.")
@click.option(
    "--once", is_flag=True, help="A short test: compare the server's figures with k6's own, print both, leave."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Where to listen; 0 takes a free one.",
)
@click.option("--data-dir", type=click.Path(file_okay=False), metavar="DIR", help="Keep the data here [temporary].")
@common_options
def demo(*, once: bool, port: int, data_dir: str | None) -> int:
    """The whole product in one command: server, user, token, and the real k6 streaming a real test into it.

    Prints the address of the live run, the user's e-mail and password, and stays up until Ctrl-C.

    \b
    Examples:
      baltoro demo
      baltoro demo --once --port 0     # proves the installation: exit code 0 when all figures agree
    """
    import asyncio
    from pathlib import Path

    from baltoro.cli.demo.play import play

    return asyncio.run(play(once=once, port=port, data_dir=Path(data_dir).absolute() if data_dir else None))
