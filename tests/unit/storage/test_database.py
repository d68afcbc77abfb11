import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from baltoro.foundation.errors import Invalid, Unavailable
from baltoro.storage.database import Database, sqlite_url


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path / "x.db"))
    async with database.transaction() as tx:
        await tx.execute(sa.text("create table things (n integer)"))
    yield database
    await database.close()


async def test_a_failed_transaction_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute(sa.text("insert into things values (1)"))
            raise ZeroDivisionError
    async with database.reading() as tx:
        assert (await tx.execute(sa.text("select count(*) from things"))).scalar() == 0


@pytest.mark.promise("R12")
async def test_readers_never_wait_for_the_writer_and_nobody_meets_a_lock(database: Database) -> None:
    done = asyncio.Event()
    reads = 0

    async def read() -> None:
        nonlocal reads
        while not done.is_set():
            async with database.reading() as tx:
                await tx.execute(sa.text("select count(*) from things"))
            reads += 1

    async def write() -> None:
        for _ in range(20):
            async with database.transaction() as tx:
                await tx.execute(sa.text("insert into things values (1)"))

    readers = [asyncio.create_task(read()) for _ in range(16)]
    async with database.transaction() as tx:
        await tx.execute(sa.text("insert into things values (1)"))
        before = reads
        while reads < before + 16:
            await asyncio.sleep(0)
    await asyncio.gather(*(write() for _ in range(4)))
    done.set()
    await asyncio.gather(*readers)
    async with database.reading() as tx:
        assert (await tx.execute(sa.text("select count(*) from things"))).scalar() == 81


async def test_a_reader_sees_one_moment(database: Database) -> None:
    async with database.reading() as before:
        assert (await before.execute(sa.text("select count(*) from things"))).scalar() == 0
        async with database.transaction() as tx:
            await tx.execute(sa.text("insert into things values (1)"))
        assert (await before.execute(sa.text("select count(*) from things"))).scalar() == 0


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable):
        async with database.reading() as tx:
            await tx.execute(sa.text("insert into things values (1)"))


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url"])
def test_an_unsupported_database_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        Database(url)
