"""Pushes are counted once, in their own time, whatever happens between the push and the question."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from baltoro.foundation.clock import system_clock
from baltoro.foundation.ids import RunId
from baltoro.foundation.settings import IngestSettings
from baltoro.ingest import Ingest, SeriesLimitReached
from baltoro.k6.errors import BadPush
from baltoro.metrics import MetricStore, Query
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import migrate
from tests.postgresql import PostgreSQL
from tests.pushes import COUNTER, GAUGE, NOON, TREND, OneSeries, counter_value, gauge_value, trend_value, v2_body

RUN = RunId(7)


@dataclass(frozen=True)
class Target:
    run_id: RunId = RUN
    bucket_width: int = 1


@dataclass(frozen=True)
class House:
    database: Database
    store: MetricStore
    ingest: Ingest

    async def push(self, *series: OneSeries, key: str | None = None) -> bool:
        return await self.ingest.push(Target(), 2, "snappy", v2_body(RUN, *series), key)

    async def total(self, metric: str = "hits", method: str = "cum_sum") -> float:
        found = await self.store.totals(RUN, metric)
        return float(found.values(method)[0, 0]) if len(found.groups) else 0.0


@asynccontextmanager
async def house_at(url: str, settings: IngestSettings) -> AsyncIterator[House]:
    """A started ingestion over the database; everything in memory is gone at the end."""
    database = Database(url)
    await migrate(database, "metrics")
    store = MetricStore(database)
    ingest = Ingest(store=store, database=database, settings=settings, clock=system_clock)
    await ingest.start()
    try:
        yield House(database, store, ingest)
    finally:
        await ingest.stop()
        await database.close()


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> str:
    """A metrics database of either engine."""
    return database_url or sqlite_url(tmp_path / "metrics.db")


THREAD = IngestSettings(workers=0)


@pytest.fixture
async def house(url: str) -> AsyncIterator[House]:
    async with house_at(url, THREAD) as house:
        yield house


def hits(value: float, *, time: int = NOON, **labels: str) -> OneSeries:
    return OneSeries("hits", COUNTER, labels, [counter_value(value, time=time)])


async def test_a_repeated_push_counts_once_and_an_equal_one_with_another_key_twice(house: House) -> None:
    assert await house.push(hits(3), key="a")
    assert not await house.push(hits(3), key="a")
    assert await house.push(hits(3), key="b")
    assert await house.push(hits(1))
    assert await house.push(hits(1))
    assert await house.total() == 8


async def test_repeats_at_the_same_moment_count_once(house: House) -> None:
    answers = await asyncio.gather(*(house.push(hits(3), key="a") for _ in range(10)))
    assert sorted(answers) == [False] * 9 + [True]
    assert await house.total() == 3


async def test_a_key_outlives_sealing_and_a_restart(url: str) -> None:
    async with house_at(url, THREAD) as house:
        await house.push(hits(3), key="a")
        await house.ingest.seal_run(RUN)
        assert not await house.push(hits(3), key="a")
        assert await house.push(hits(2), key="b")
    async with house_at(url, THREAD) as house:
        assert not await house.push(hits(3), key="a")
        assert not await house.push(hits(2), key="b")
        assert await house.total() == 5


async def test_sealing_compaction_and_restart_change_no_figure(url: str) -> None:
    samples = [0.5, 1.5, 2.5, 100.25, 33.0, 12.5, 12.5, 7.125, 3.0, 400.0, 0.001, 0.0]

    async def figures(house: House) -> list[float]:
        trend = await house.store.query(RUN, Query(metric="took", step=2))
        gauge = await house.store.totals(RUN, "vus")
        return [
            *trend.values("p95")[0],
            *trend.values("min")[0],
            *trend.values("count")[0],
            *gauge.values("last")[0],
            await house.total(),
            await house.total("took", "p(90)"),
            await house.total("took", "stdev"),
        ]

    async with house_at(url, THREAD) as house:
        for number, sample in enumerate(samples):
            await house.push(
                OneSeries("took", TREND, {"name": "a"}, [trend_value([sample, sample * 2], time=NOON + number)]),
                OneSeries("vus", GAUGE, {"instance_id": str(number % 2)}, [gauge_value(number, time=NOON + number)]),
                hits(number, time=NOON + number),
            )
            if number == 5:
                await house.ingest.seal_run(RUN)
        live = await figures(house)
        await house.ingest.finalize(RUN)
        assert await figures(house) == pytest.approx(live)
        await house.push(hits(1000, time=NOON + 3))
        await house.ingest.finalize(RUN)
        assert await house.total() == sum(range(12)) + 1000
    async with house_at(url, THREAD) as house:
        again = await figures(house)
        assert again[:-3] + again[-2:] == pytest.approx(live[:-3] + live[-2:])
        assert (await house.store.totals(RUN, "vus")).values("last")[0, 0] == 10 + 11


async def test_late_and_disordered_buckets_land_in_their_own_time(house: House) -> None:
    for second in (9, 1, 5, 1):
        await house.push(hits(1, time=NOON + second))
    await house.ingest.seal_run(RUN)
    await house.push(hits(1, time=NOON + 5))
    found = await house.store.query(RUN, Query(metric="hits", step=1))
    by_second = dict(zip((found.times - NOON).tolist(), found.values("sum")[0].tolist(), strict=True))
    assert {second: value for second, value in by_second.items() if value} == {1: 2, 5: 2, 9: 1}


async def test_too_many_series_are_refused_and_change_nothing(url: str) -> None:
    async with house_at(url, IngestSettings(workers=0, max_series_per_run=2)) as house:
        await house.push(hits(1, a="1"), hits(1, a="2"))
        with pytest.raises(SeriesLimitReached):
            await house.push(hits(1, a="3"))
        assert await house.push(hits(1, a="1"))
        assert await house.total() == 3
        assert len(await house.store.series_of(RUN)) == 2


async def test_a_body_that_is_no_push_changes_nothing_and_the_next_one_counts(house: House) -> None:
    with pytest.raises(BadPush):
        await house.ingest.push(Target(), 2, "snappy", b"\xff" * 30, "k")
    assert await house.push(hits(2), key="k")
    assert await house.total() == 2
    assert house.ingest.stats().batches == {"validation": 1, "accepted": 1}


@pytest.mark.promise("R3")
async def test_a_damaged_row_of_the_journal_is_reported_and_the_others_are_kept(url: str) -> None:
    async with house_at(url, THREAD) as house:
        for number in range(3):
            await house.push(hits(1, time=NOON + number))
    database = Database(url)
    async with database.transaction() as tx:
        row = (await tx.execute(sa.text("select id, body from metric_journal order by id limit 1 offset 1"))).one()
        broken = bytes([*bytes(row.body)[:-1], bytes(row.body)[-1] ^ 1])
        await tx.execute(
            sa.text("update metric_journal set body = :body where id = :id"), {"body": broken, "id": row.id}
        )
    await database.close()
    async with house_at(url, THREAD) as house:
        assert await house.total() == 2
        assert house.ingest.stats().unreadable == 1
        await house.ingest.finalize(RUN)
        async with house.database.reading() as tx:
            assert (await tx.execute(sa.text("select count(*) from metric_journal"))).scalar() == 1


@pytest.fixture
def shared_url(postgresql: PostgreSQL) -> Iterator[str]:
    """A PostgreSQL database for more than one server."""
    with postgresql.clone() as url:
        yield url


async def test_two_servers_on_one_database_see_each_other(shared_url: str) -> None:
    async with house_at(shared_url, THREAD) as one, house_at(shared_url, THREAD) as other:
        await one.push(hits(1), key="a")
        await other.push(hits(2, time=NOON + 1), key="b")
        assert not await other.push(hits(1), key="a")
        for house in (one, other):
            await house.ingest._follower.catch_up(RUN)
            assert await house.total() == 3
        await one.ingest.seal_run(RUN)
        await other.push(hits(4, time=NOON + 2), key="c")
        await other.ingest.finalize(RUN)
        for house in (one, other):
            await house.ingest._follower.catch_up(RUN)
            assert await house.total() == 7


def kill_decode_workers() -> None:
    """SIGKILL to the worker processes of this test process."""
    command = ["pgrep", "-P", str(os.getpid()), "-f", "spawn_main"]
    for child in subprocess.run(command, check=False, capture_output=True, text=True).stdout.split():
        os.kill(int(child), signal.SIGKILL)


async def test_a_decode_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    async with house_at(sqlite_url(tmp_path / "m.db"), IngestSettings(workers=1)) as house:
        await house.push(hits(1))
        await asyncio.to_thread(kill_decode_workers)
        assert await house.push(hits(2))
        assert await house.total() == 3
