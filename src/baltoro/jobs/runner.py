"""Work through the queue."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import BaltoroError
from baltoro.foundation.logs import get_logger, mask
from baltoro.storage.database import Database
from baltoro.storage.jobs import LEASE, QUEUED, Job, claim, complete, next_due, postpone, release_all, renew

log = get_logger()

Handler = Callable[[Job], Awaitable[None]]
"""Does one job. Must bear being repeated: a job whose worker died is given to another one."""

_POLL_S = 5.0
"""How often the queue is looked at unasked: other processes fill it too, and clocks may be set."""
_AFTER_TROUBLE_S = 1.0


class JobRunner:
    """Claims due jobs and gives each to the handler of its kind, until told to stop.

    A handler that raises is tried again later, ever more slowly; `last_error` of the row says why.

    Args:
        handlers: kind -> handler. A job of another kind stays in the queue and is logged.
        workers: how many jobs may run at once.
    """

    def __init__(self, database: Database, handlers: Mapping[str, Handler], clock: Clock, *, workers: int = 2) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._workers = workers
        self._woken = asyncio.Event()
        database.listen(QUEUED, lambda _subject: self.wake())

    def wake(self) -> None:
        """Look at the queue now. Called in the event loop of `run`, after work was queued in this process."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and the jobs in hand are done."""
        if not self._database.is_postgresql:
            # One process per SQLite database: whoever claimed these is gone.
            async with self._database.transaction() as tx:
                await release_all(tx)
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _task: self.wake())
        try:
            await asyncio.gather(*(self._work(stop) for _ in range(self._workers)))
        finally:
            stopping.cancel()

    async def run_due(self) -> int:
        """Do everything that is due now, one job after the other; returns how many were started."""
        done = 0
        while await self._do_next():
            done += 1
        return done

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            # Cleared before looking: what is queued after the look sets it again.
            self._woken.clear()
            try:
                worked = await self._do_next()
                delay = 0.0 if worked else await self._idle_s()
            except BaltoroError as error:
                # The database is away: the queue is still there when it is back.
                log.warning("jobs.queue_unreachable", error=str(error))
                delay = _AFTER_TROUBLE_S
            if delay and not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), delay)

    async def _idle_s(self) -> float:
        async with self._database.reading() as tx:
            due = await next_due(tx)
        if due is None:
            return _POLL_S
        return min(_POLL_S, max(0.01, (due - self._clock()).total_seconds()))

    async def _do_next(self) -> bool:
        async with self._database.reading() as tx:
            due = await next_due(tx)
        # Reading costs nobody anything; on SQLite a claim would hold up every writer.
        if due is None or due > self._clock():
            return False
        async with self._database.transaction() as tx:
            job = await claim(tx, at=self._clock())
        if job is None:
            return False
        await self._do(job)
        return True

    async def _do(self, job: Job) -> None:
        lease = _Lease(self._database, self._clock, job)
        renewing = asyncio.create_task(lease.keep())
        error = ""
        try:
            handler = self._handlers.get(job.kind)
            if handler is None:
                error = f"no handler for jobs of kind {job.kind}"
            else:
                await handler(job)
        except Exception as raised:  # whatever a handler raises, the job must go back to the queue
            error = mask(f"{type(raised).__name__}: {raised}")
            log.warning(
                "job.failed", kind=job.kind, subject=job.subject, attempts=job.attempts, error=error, exc_info=True
            )
        finally:
            renewing.cancel()
        async with self._database.transaction() as tx:
            if error:
                await postpone(tx, lease.job, error=error, at=self._clock())
            else:
                await complete(tx, lease.job)


class _Lease:
    """Keeps a claim alive while the work takes its time."""

    def __init__(self, database: Database, clock: Clock, job: Job) -> None:
        self._database = database
        self._clock = clock
        self.job = job

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                async with self._database.transaction() as tx:
                    renewed = await renew(tx, self.job, at=self._clock())
            except BaltoroError as error:
                log.warning("job.lease_not_renewed", kind=self.job.kind, subject=self.job.subject, error=str(error))
                continue
            if renewed is None:
                # Queued again meanwhile, or taken over: the row is no longer ours to complete.
                return
            self.job = renewed
