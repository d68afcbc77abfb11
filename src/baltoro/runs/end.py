"""The ways in which a run ends. The first one stands."""

from collections.abc import Mapping
from datetime import datetime

from baltoro.access import Permission, Principal
from baltoro.foundation.ids import RunId
from baltoro.k6.status import ResultStatus, RunStatus
from baltoro.runs import store
from baltoro.runs.find import run_for
from baltoro.runs.model import CHANGED, FINALIZE, Run, RunNotFound, failed_thresholds
from baltoro.storage.database import Transaction, announce
from baltoro.storage.jobs import enqueue


async def finish_run(
    tx: Transaction,
    asker: Principal,
    run_id: RunId,
    *,
    status: RunStatus,
    result_status: ResultStatus,
    thresholds: Mapping[str, Mapping[str, bool]],
    at: datetime,
) -> Run:
    """The end that k6 itself reports. Idempotent; a run that is over already stays as it is.

    Args:
        status: taken as k6 says it, FINISHED … ABORTED_LIMIT.
        result_status: as k6 says it; one failed threshold makes it FAILED in any case.
        thresholds: metric -> expression -> whether it failed.

    Raises:
        RunNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not stream into its project.
        Invalid: `status` is no ending.
    """
    run = await run_for(tx, asker, run_id, Permission.STREAM_RUN, lock=True)
    if run.is_final:
        return run
    known = await store.thresholds_of(tx, [run_id])
    verdicts = failed_thresholds(known, thresholds)
    if any(tainted for expressions in thresholds.values() for tainted in expressions.values()):
        result_status = ResultStatus.FAILED
    over = run.ended(status, at, result_status=result_status, by_client=True)
    await store.save_verdicts(tx, verdicts, at)
    return await _save(tx, over, at)


async def abort_run(tx: Transaction, asker: Principal, run_id: RunId, *, at: datetime) -> Run:
    """End the run by hand, at once. k6 hears of it with the answer to its next push. Idempotent.

    Raises:
        RunNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not stop runs of its project.
    """
    run = await run_for(tx, asker, run_id, Permission.STREAM_RUN, lock=True)
    if run.is_final:
        return run
    return await _save(tx, run.ended(RunStatus.ABORTED_USER, at, stopped_by=asker.user_id), at)


async def time_out_run(tx: Transaction, run_id: RunId, *, reason: str, at: datetime) -> Run:
    """End a run that nobody hears of any more. A run that is over already stays as it is.

    Args:
        reason: a sentence for whoever started it: what was missing, and what to look at.

    Raises:
        RunNotFound: it does not exist.
    """
    return await _end_by_server(tx, run_id, RunStatus.TIMED_OUT, reason, at)


async def abort_by_limit(tx: Transaction, run_id: RunId, detail: str, at: datetime) -> Run:
    """End a run that went beyond a limit. A run that is over already stays as it is.

    Args:
        detail: a sentence for whoever started it: which limit, and how to stay below it.

    Raises:
        RunNotFound: it does not exist.
    """
    return await _end_by_server(tx, run_id, RunStatus.ABORTED_LIMIT, detail, at)


async def _end_by_server(tx: Transaction, run_id: RunId, status: RunStatus, detail: str, at: datetime) -> Run:
    run = await store.find(tx, run_id, lock=True)
    if run is None:
        raise RunNotFound
    if run.is_final:
        return run
    return await _save(tx, run.ended(status, at, error_detail=detail), at)


async def _save(tx: Transaction, run: Run, at: datetime) -> Run:
    await store.save_state(tx, run)
    await enqueue(tx, FINALIZE, str(run.id), due_at=at, at=at)
    announce(tx, CHANGED, run.id)
    return run
