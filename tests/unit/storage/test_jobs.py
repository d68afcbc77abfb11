from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baltoro.storage import jobs
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import migrate

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path / "control.db"))
    await migrate(database, "control")
    yield database
    await database.close()


async def test_a_job_is_given_to_one_worker(database: Database) -> None:
    async with database.transaction() as tx:
        await jobs.enqueue(tx, "run.finalize", "7", due_at=NOON, at=NOON)
    async with database.transaction() as tx:
        job = await jobs.claim(tx, at=NOON)
        assert job is not None
        assert job.subject == "7"
    async with database.transaction() as tx:
        assert await jobs.claim(tx, at=NOON) is None
        await jobs.complete(tx, job)
        assert (await jobs.waiting(tx))[0] == 0


async def test_a_job_queued_again_while_it_is_worked_on_is_done_again(database: Database) -> None:
    async with database.transaction() as tx:
        await jobs.enqueue(tx, "run.finalize", "7", due_at=NOON, at=NOON)
        job = await jobs.claim(tx, at=NOON)
        assert job is not None
        await jobs.enqueue(tx, "run.finalize", "7", due_at=NOON + SECOND, at=NOON)
        await jobs.complete(tx, job)
        assert await jobs.claim(tx, at=NOON) is None
        assert await jobs.claim(tx, at=NOON + SECOND) is not None


async def test_a_worker_that_died_loses_its_lease(database: Database) -> None:
    async with database.transaction() as tx:
        await jobs.enqueue(tx, "run.finalize", "7", due_at=NOON, at=NOON)
        await jobs.claim(tx, at=NOON)
        assert await jobs.claim(tx, at=NOON + timedelta(minutes=6)) is not None


async def test_failed_work_comes_back_later_and_later(database: Database) -> None:
    delays = []
    now = NOON
    async with database.transaction() as tx:
        await jobs.enqueue(tx, "mail", "a", due_at=NOON, at=NOON)
        for _ in range(6):
            job = await jobs.claim(tx, at=now)
            assert job is not None
            await jobs.postpone(tx, job, error="no route", at=now)
            due = (await jobs.waiting(tx))[1]
            assert due is not None
            delays.append((due - now).total_seconds())
            now = due
    assert delays == [1, 5, 30, 120, 600, 600]


async def test_equal_jobs_are_one_and_the_earlier_time_counts(database: Database) -> None:
    async with database.transaction() as tx:
        await jobs.enqueue(tx, "a", "1", due_at=NOON + SECOND, at=NOON)
        await jobs.enqueue(tx, "a", "1", due_at=NOON, at=NOON)
        await jobs.enqueue(tx, "a", "1", due_at=NOON + SECOND, at=NOON)
        assert await jobs.waiting(tx) == (1, NOON)
