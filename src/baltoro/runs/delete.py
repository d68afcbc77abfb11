"""Delete runs, alone or with their load test."""

from datetime import datetime

from baltoro.access import Permission, Principal
from baltoro.foundation.ids import LoadTestId, RunId
from baltoro.loadtests import forget_load_test, forget_run, load_test_for
from baltoro.runs import store
from baltoro.runs.find import run_for
from baltoro.runs.model import CHANGED, ERASE, RunStillActive
from baltoro.storage.database import Transaction, announce
from baltoro.storage.jobs import enqueue


async def delete_run(tx: Transaction, asker: Principal, run_id: RunId, *, at: datetime) -> None:
    """Delete a run that is over. Its metrics and archive follow shortly after, by a job.

    Raises:
        RunNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not delete runs of its project.
        RunStillActive: stop it first.
    """
    run = await run_for(tx, asker, run_id, Permission.DELETE_RUN, lock=True)
    if not run.is_final:
        raise RunStillActive
    newest = await store.newest_besides(tx, run.load_test_id, run.id)
    await forget_run(tx, run.load_test_id, run.id, newest=newest)
    await store.delete(tx, run.id)
    await _erase(tx, run.id, run.archive_blob, at)


async def delete_load_test(tx: Transaction, asker: Principal, load_test_id: LoadTestId, *, at: datetime) -> None:
    """Delete a load test with all its runs. Their metrics and archives follow shortly after, by jobs.

    Raises:
        LoadTestNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not delete tests of its project.
        RunStillActive: one of its runs is active; stop it first.
    """
    load_test = await load_test_for(tx, asker, load_test_id, Permission.DELETE_TEST)
    remains = await store.remains_of(tx, load_test.id)
    if any(not status.is_final for _, status, _ in remains):
        raise RunStillActive
    await forget_load_test(tx, load_test.id)
    for run_id, _, archive_blob in remains:
        await _erase(tx, run_id, archive_blob, at)


async def _erase(tx: Transaction, run_id: RunId, archive_blob: str | None, at: datetime) -> None:
    await enqueue(tx, ERASE, str(run_id), due_at=at, at=at, arguments={"archive_blob": archive_blob})
    announce(tx, CHANGED, run_id)
