"""`baltoro admin migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from baltoro.cli.instance import instance_options

if TYPE_CHECKING:
    from baltoro.foundation.settings import Settings


@click.command()
@instance_options
def migrate(*, data_dir: str | None, database_url: str | None, config_file: str | None) -> None:
    """Bring both databases to the schema of this version. `baltoro serve` does it too, at its start.

    \b
    Example:
      baltoro admin migrate --data-dir /srv/baltoro
    """
    import asyncio

    from baltoro.cli.instance import instance_settings
    from baltoro.cli.output import print_facts

    print_facts(asyncio.run(_migrate(instance_settings(data_dir, database_url, config_file))))


async def _migrate(settings: Settings) -> list[tuple[str, str]]:
    from baltoro.server import opened_databases, prepare_directory
    from baltoro.storage.migrate import revision

    prepare_directory(settings.directory)
    # Opening them brings them up to date.
    async with opened_databases(settings) as (database, metrics):
        return [
            ("control", f"schema {await revision(database, 'control')}"),
            ("metrics", f"schema {await revision(metrics, 'metrics')}"),
        ]
