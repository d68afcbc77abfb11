"""Queue and chores, for as long as a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from baltoro.foundation.clock import Clock, system_clock
from baltoro.foundation.logs import get_logger
from baltoro.jobs.housekeeping import Chore, Housekeeping
from baltoro.jobs.runner import Handler, JobRunner
from baltoro.storage.database import Database

log = get_logger()

_GRACE_S = 5.0


@asynccontextmanager
async def running_jobs(
    database: Database,
    handlers: Mapping[str, Handler],
    *,
    clock: Clock = system_clock,
    periodic: Sequence[Chore] = (),
) -> AsyncIterator[JobRunner]:
    """Work through the queue and do the chores while the block lasts.

    At its end the jobs in hand get five seconds; what is not done then stays in the queue for the next start.
    """
    stop = asyncio.Event()
    runner = JobRunner(database, handlers, clock)
    tasks = [
        asyncio.create_task(runner.run(stop), name="jobs"),
        asyncio.create_task(Housekeeping(periodic).run(stop), name="housekeeping"),
    ]
    try:
        yield runner
    finally:
        stop.set()
        _, late = await asyncio.wait(tasks, timeout=_GRACE_S)
        for task in late:
            log.warning("jobs.stopped_in_the_middle", task=task.get_name())
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("jobs.died", error=str(outcome))
