"""What the queue's jobs do."""

from collections.abc import Awaitable
from typing import Protocol

from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import RunId, ThresholdId
from baltoro.foundation.logs import get_logger
from baltoro.ingest import Ingest
from baltoro.jobs.runner import Handler
from baltoro.metrics import MetricStore
from baltoro.reports import summarize_run, summary_json
from baltoro.runs import note_pushes, record_processing_error, record_results, run_by_id, thresholds_of_run
from baltoro.storage.blobs import BlobStore
from baltoro.storage.database import Database
from baltoro.storage.jobs import Job

log = get_logger()

_ATTEMPTS_BEFORE_ERROR = 5


class ErasesRuns(Protocol):
    """What must forget a deleted run's data."""

    def erase(self, run_id: RunId) -> Awaitable[None]:
        """Remove everything that was measured in the run."""
        ...


def finalize_run(*, database: Database, store: MetricStore, ingest: Ingest, clock: Clock) -> Handler:
    """The handler of `runs.FINALIZE`: seal and compact the run's data, then compute and record its results.

    May run again for the same run: late data queues it once more, and everything is computed anew.
    """

    async def finalize(job: Job) -> None:
        run_id = RunId(int(job.subject))
        try:
            await ingest.finalize(run_id)
            async with database.reading() as tx:
                run = await run_by_id(tx, run_id)
                thresholds = await thresholds_of_run(tx, run_id)
            if run is None:
                # Deleted before its turn came: the job that erases it has been queued.
                return
            summary = await summarize_run(store, run, thresholds, at=clock())
            last_push = ingest.last_pushes().get(run_id)
            async with database.transaction() as tx:
                await note_pushes(tx, {run_id: last_push} if last_push else {})
                await record_results(
                    tx,
                    run_id,
                    summary=summary_json(summary),
                    threshold_values={ThresholdId(id): value for id, value in summary.threshold_values.items()},
                    at=clock(),
                )
        except Exception:
            if job.attempts == _ATTEMPTS_BEFORE_ERROR:
                # It goes on being tried, but whoever waits for results is told that there is trouble.
                async with database.transaction() as tx:
                    await record_processing_error(tx, run_id)
            raise
        log.info("run.finalized", run_id=run_id, status=int(run.status), result=int(run.result_status))

    return finalize


def erase_run(*, store: ErasesRuns, blobs: BlobStore) -> Handler:
    """The handler of `runs.ERASE`: remove what a deleted run left in the metrics database and among the blobs."""

    async def erase(job: Job) -> None:
        run_id = RunId(int(job.subject))
        await store.erase(run_id)
        archive = job.arguments.get("archive_blob")
        if isinstance(archive, str):
            await blobs.delete(archive)
        log.info("run.erased", run_id=run_id)

    return erase
