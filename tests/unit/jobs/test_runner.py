import asyncio
from datetime import timedelta

import pytest

from baltoro.foundation.clock import system_clock
from baltoro.foundation.ids import RunId
from baltoro.foundation.settings import RunSettings
from baltoro.jobs import Chore, Housekeeping, JobRunner, LostRuns, running_jobs, usual_chores
from baltoro.k6.status import RunStatus
from baltoro.runs import run_for
from baltoro.storage.jobs import Job, enqueue, waiting
from tests.identity import NOON, Time
from tests.running_room import House

SOON_S = 10


async def queue(house: House, kind: str, subject: str = "1", *, after_s: float = 0) -> None:
    async with house.database.transaction() as tx:
        now = system_clock()
        await enqueue(tx, kind, subject, due_at=now + timedelta(seconds=after_s), at=now)


async def left(house: House) -> int:
    async with house.database.reading() as tx:
        return (await waiting(tx))[0]


async def test_a_job_starts_as_soon_as_it_was_queued(house: House) -> None:
    done = asyncio.Event()

    async def handle(job: Job) -> None:
        assert (job.kind, job.subject) == ("greet", "7")
        done.set()

    async with running_jobs(house.database, {"greet": handle}):
        await queue(house, "greet", "7")
        await asyncio.wait_for(done.wait(), SOON_S)
    assert await left(house) == 0


async def test_a_job_starts_when_it_is_due(house: House) -> None:
    done = asyncio.Event()

    async def handle(_job: Job) -> None:
        done.set()

    async with running_jobs(house.database, {"greet": handle}):
        await queue(house, "greet", after_s=0.2)
        await asyncio.wait_for(done.wait(), SOON_S)


async def test_every_job_is_done_once_by_two_runners(house: House) -> None:
    done: list[str] = []
    all_done = asyncio.Event()

    async def handle(job: Job) -> None:
        await asyncio.sleep(0)
        done.append(job.subject)
        if len(done) == 40:
            all_done.set()

    for number in range(40):
        await queue(house, "greet", str(number))
    async with running_jobs(house.database, {"greet": handle}), running_jobs(house.database, {"greet": handle}):
        await asyncio.wait_for(all_done.wait(), SOON_S * 3)
    assert sorted(done, key=int) == [str(number) for number in range(40)]


async def test_failed_work_goes_back_to_the_queue_with_its_reason(house: House) -> None:
    async def fail(_job: Job) -> None:
        raise ValueError("bltu_0000000000000000000000000000000iH3MI is broken")

    await queue(house, "break")
    await queue(house, "unknown")
    runner = JobRunner(house.database, {"break": fail}, system_clock)
    assert await runner.run_due() == 2
    assert await left(house) == 2
    assert await runner.run_due() == 0, "it is tried again later, not at once"


async def test_work_queued_while_it_is_done_is_done_again(house: House) -> None:
    times = 0

    async def handle(_job: Job) -> None:
        nonlocal times
        times += 1
        if times == 1:
            await queue(house, "greet")

    await queue(house, "greet")
    assert await JobRunner(house.database, {"greet": handle}, system_clock).run_due() == 2
    assert (times, await left(house)) == (2, 0)


class Pushes:
    def __init__(self) -> None:
        self.known: dict[RunId, object] = {}

    def last_pushes(self) -> dict[RunId, object]:
        return self.known


async def test_a_chore_that_fails_ends_no_other(house: House) -> None:
    done: list[str] = []

    async def fail() -> None:
        raise RuntimeError("no")

    async def work() -> None:
        done.append("worked")

    await Housekeeping([Chore("fails", 1, fail), Chore("works", 1, work)]).once()
    assert done == ["worked"]
    assert house.database is not None


async def test_the_usual_chores_work(house: House) -> None:
    flushed: list[bool] = []

    async def flush() -> None:
        flushed.append(True)

    run = await house.run()
    pushes = Pushes()
    pushes.known[run.id] = NOON
    chores = usual_chores(
        database=house.database,
        ingest=pushes,  # type: ignore[arg-type]
        flush_last_used=flush,
        settings=RunSettings(),
        clock=Time(),
    )
    await Housekeeping(chores).once()
    async with house.database.reading() as tx:
        assert (await run_for(tx, house.ada, run.id)).last_push_at == NOON
    assert flushed == [True]


async def test_a_clock_that_was_set_ends_no_run(house: House, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await house.run()
    monkeypatch.setattr("baltoro.jobs.housekeeping.time", time)
    chore = LostRuns(house.database, Pushes(), RunSettings(), time)  # type: ignore[arg-type]
    time.now += timedelta(days=40)
    await chore.look()
    async with house.database.reading() as tx:
        assert (await run_for(tx, house.ada, run.id)).status is RunStatus.RUNNING
    time.pass_by(seconds=601)
    await chore.look()
    async with house.database.reading() as tx:
        assert (await run_for(tx, house.ada, run.id)).status is RunStatus.TIMED_OUT
