"""Bringing a database to the newest schema, with Alembic.

Each schema has its own folder of revisions and its own version table, so both may live in one PostgreSQL database.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from baltoro.foundation.errors import Conflict
from baltoro.storage.database import Database
from baltoro.storage.schema import control, metrics

SCHEMAS = {"control": control, "metrics": metrics}
_FOLDER = Path(__file__).parent / "migrations"


class NewerSchema(Conflict):
    """The database was written by a newer baltoro."""


def scripts(schema: str) -> ScriptDirectory:
    """The revisions of `control` or `metrics`."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("version_locations", str(_FOLDER / schema))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def version_table(schema: str) -> str:
    """Name of the table that holds the schema's revision."""
    return f"schema_version_{schema}"


async def migrate(database: Database, schema: str) -> bool:
    """Upgrade `database` to the newest revision of `schema`.

    Returns:
        Whether anything changed.

    Raises:
        NewerSchema: the database knows a revision that this program does not.
    """
    # An engine of its own: migrations want the driver's plain transactions, not the prepared ones of `Database`.
    engine = create_async_engine(database.url)
    try:
        if not database.is_postgresql:
            async with engine.connect() as connection:
                # The file remembers it, so that no two later connections change it at once.
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade, schema)
    finally:
        await engine.dispose()


def _upgrade(connection: sa.Connection, schema: str) -> bool:
    directory = scripts(schema)
    if connection.dialect.name == "postgresql":
        # Two servers that start at once: the second waits, then finds nothing to do.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6560)")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    context = MigrationContext.configure(
        connection, opts={"version_table": version_table(schema), "target_metadata": SCHEMAS[schema]}
    )
    current = context.get_current_revision()
    known = {script.revision for script in directory.walk_revisions()}
    if current is not None and current not in known:
        raise NewerSchema(
            f"The {schema} database has schema {current}, which this baltoro does not know. "
            "Start the newer version that wrote it."
        )
    head = directory.get_current_head()
    if current == head or head is None:
        return False
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": version_table(schema),
            "target_metadata": SCHEMAS[schema],
            "fn": lambda revision, _context: directory._upgrade_revs(head, revision),  # noqa: SLF001 - Alembic's own recipe for programs
        },
    )
    with Operations.context(context):
        context.run_migrations()
    return True


async def revision(database: Database, schema: str) -> str | None:
    """The revision that the database is at."""
    engine = create_async_engine(database.url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(
                    sync, opts={"version_table": version_table(schema)}
                ).get_current_revision()
            )
    finally:
        await engine.dispose()
