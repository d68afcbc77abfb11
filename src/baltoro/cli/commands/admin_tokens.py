"""`baltoro admin token …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from baltoro.cli.instance import instance_options

if TYPE_CHECKING:
    from baltoro.foundation.settings import Settings


@click.command()
@click.option("--user", "email", required=True, metavar="E-MAIL", help="Whose account API token.")
@instance_options
def create(*, data_dir: str | None, database_url: str | None, config_file: str | None, email: str) -> None:
    """Print the account API token of a person, created if there is none. Nothing else goes to standard output.

    \b
    Example:
      export K6_CLOUD_TOKEN="$(baltoro admin token create --user ada@example.org)"
    """
    import asyncio

    from baltoro.cli.instance import instance_settings

    click.echo(asyncio.run(_token(instance_settings(data_dir, database_url, config_file), email)))


async def _token(settings: Settings, email: str) -> str:
    from baltoro.cli.failures import Failure
    from baltoro.cli.people import person
    from baltoro.foundation.clock import system_clock
    from baltoro.server import open_vault, opened_databases, prepare_directory
    from baltoro.tokens import account_token

    prepare_directory(settings.directory)
    async with opened_databases(settings) as (database, _metrics), database.transaction() as tx:
        user = await person(tx, email)
        issued = await account_token(tx, open_vault(settings), user.id, create=True, at=system_clock())
    if issued is None:
        raise Failure(f"no token could be made for {email}.")
    return issued[1]
