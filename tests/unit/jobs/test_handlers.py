from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from baltoro.foundation.settings import IngestSettings
from baltoro.ingest import Ingest
from baltoro.jobs import JobRunner, finalize_run
from baltoro.k6.status import ProcessingStatus, RunStatus
from baltoro.metrics import MetricStore
from baltoro.runs import FINALIZE, run_for
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import migrate
from tests.identity import Time
from tests.running_room import House


@pytest.fixture
async def metrics(tmp_path: Path) -> AsyncIterator[Database]:
    """A metrics database without a single table."""
    database = Database(sqlite_url(tmp_path / "metrics.db"))
    yield database
    await database.close()


async def test_trouble_with_the_figures_is_shown_and_mended_later(house: House, time: Time, metrics: Database) -> None:
    store = MetricStore(metrics)
    ingest = Ingest(store=store, database=metrics, settings=IngestSettings(workers=0), clock=time)
    handler = finalize_run(database=house.database, store=store, ingest=ingest, clock=time)
    runner = JobRunner(house.database, {FINALIZE: handler}, time)
    run = await house.run()
    await house.finish(run)

    async def processing() -> ProcessingStatus:
        async with house.database.reading() as tx:
            kept = await run_for(tx, house.ada, run.id)
        assert kept.status is RunStatus.FINISHED
        return kept.processing_status

    for _ in range(4):
        assert await runner.run_due() == 1
        time.pass_by(minutes=3)
    assert await processing() is ProcessingStatus.NOT_STARTED
    assert await runner.run_due() == 1
    assert await processing() is ProcessingStatus.ERROR
    await migrate(metrics, "metrics")
    time.pass_by(minutes=11)
    assert await runner.run_due() == 1
    assert await processing() is ProcessingStatus.FINISHED
    assert await runner.run_due() == 0
    await ingest.stop()
