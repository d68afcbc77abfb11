"""Create the run that a local k6 streams into."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from baltoro.access import Principal, PrincipalKind
from baltoro.foundation.ids import RunId
from baltoro.k6.options import ThresholdOption
from baltoro.k6.status import RunStatus
from baltoro.loadtests import CreationProcess, find_or_create_load_test, note_run_started
from baltoro.organizations import Project
from baltoro.runs import store
from baltoro.runs.model import CHANGED, Run, RunNotFound, StatusChange
from baltoro.storage.database import Transaction, announce

RUN_PROCESS_STREAMED = "k6 to Cloud"
TRIGGER_CLI = "CLI"


async def create_streamed_run(
    tx: Transaction,
    asker: Principal,
    project: Project,
    *,
    name: str,
    vus: int,
    duration_s: int,
    thresholds: Sequence[ThresholdOption],
    k6_version: str,
    options: Mapping[str, Any],
    archive_blob: str | None,
    bucket_width_s: int = 1,
    at: datetime,
) -> Run:
    """A run of the load test `name`, which is made if it is new. It runs at once: nothing is queued for a local k6.

    Args:
        vus: highest possible number of virtual users.
        duration_s: longest possible duration including graceful stops, seconds.
        thresholds: in script order.
        k6_version: as its User-Agent said, may be empty.
        options: k6 options without credentials.
        archive_blob: name of the stored archive, if one was sent.
        bucket_width_s: what k6 is told to aggregate to, seconds.

    Raises:
        Invalid: the name cannot be a load test's.
        NotAllowed: the asker may not stream into the project.
    """
    load_test = await find_or_create_load_test(
        tx, asker, project, name, creation_process=CreationProcess.STREAMED, at=at
    )
    history = (StatusChange(RunStatus.CREATED, at), StatusChange(RunStatus.RUNNING, at))
    by_organization = asker.kind is PrincipalKind.ORGANIZATION_TOKEN
    run_id = await store.insert(
        tx,
        {
            "load_test_id": load_test.id,
            "project_id": project.id,
            "organization_id": project.organization_id,
            "user_id": asker.user_id,
            "token_id": asker.token_id,
            "token_name": asker.name if by_organization else None,
            "status": int(RunStatus.RUNNING),
            "status_history": store.history_document(history),
            "run_process": RUN_PROCESS_STREAMED,
            "trigger": TRIGGER_CLI,
            "k6_version": k6_version[:64],
            "planned_duration_s": duration_s,
            "max_vus": vus,
            "bucket_width_s": bucket_width_s,
            "options": dict(options),
            "archive_blob": archive_blob,
            "created_at": at,
            "started_at": at,
        },
    )
    await store.insert_thresholds(
        tx,
        [
            {
                "run_id": run_id,
                "position": position,
                "metric": threshold.metric,
                "expression": threshold.expression,
                "abort_on_fail": threshold.abort_on_fail,
                "delay_abort_eval": threshold.delay_abort_eval or None,
            }
            for position, threshold in enumerate(thresholds)
        ],
    )
    await note_run_started(tx, load_test.id, run_id, at)
    announce(tx, CHANGED, run_id)
    return await _created(tx, run_id)


async def _created(tx: Transaction, run_id: RunId) -> Run:
    run = await store.find(tx, run_id)
    if run is None:
        raise RunNotFound
    return run
