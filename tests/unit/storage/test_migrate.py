from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

import baltoro.server  # noqa: F401 - imports every room, so that every table is declared
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import SCHEMAS, NewerSchema, migrate, revision, version_table


@pytest.mark.parametrize("schema", list(SCHEMAS))
async def test_the_migrated_schema_is_the_one_in_the_code(schema: str, tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "x.db"))
    assert await migrate(database, schema)
    assert not await migrate(database, schema)
    engine = create_async_engine(database.url)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync, opts={"version_table": version_table(schema)}), SCHEMAS[schema]
            )
        )
    await engine.dispose()
    await database.close()
    assert differences == []


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "x.db"))
    await migrate(database, "control")
    async with database.transaction() as tx:
        await tx.execute(sa.text("update schema_version_control set version_num = '9999'"))
    with pytest.raises(NewerSchema, match="9999"):
        await migrate(database, "control")
    assert await revision(database, "control") == "9999"
    await database.close()
