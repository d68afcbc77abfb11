"""The gates: nobody outside gets a run but through these."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from baltoro.access import Permission, Principal
from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId
from baltoro.foundation.paging import Page
from baltoro.k6.status import ResultStatus, RunStatus
from baltoro.loadtests import load_test_for, parse_order
from baltoro.organizations import organization_for, project_for
from baltoro.runs import store
from baltoro.runs.model import Run, RunNotFound, Threshold
from baltoro.runs.tables import runs
from baltoro.storage.database import Transaction


async def run_for(
    tx: Transaction,
    asker: Principal,
    run_id: RunId,
    permission: Permission = Permission.SEE_RESULTS,
    *,
    lock: bool = False,
) -> Run:
    """The run, if the asker may do `permission` with it.

    Args:
        lock: hold its row until the transaction ends.

    Raises:
        RunNotFound: it does not exist, or the asker may not see it.
        NotAllowed: seen, but not permitted.
    """
    found = await store.find(tx, run_id, lock=lock)
    if found is None or not asker.sees(found.organization_id, found.project_id):
        raise RunNotFound
    asker.require(permission, found.organization_id, found.project_id)
    return found


async def run_by_id(tx: Transaction, run_id: RunId) -> Run | None:
    """The run without asking who wants it: for jobs, which nobody asks for."""
    return await store.find(tx, run_id)


async def runs_of(
    tx: Transaction,
    asker: Principal,
    *,
    load_test_id: LoadTestId | None = None,
    project_id: ProjectId | None = None,
    organization_id: OrganizationId | None = None,
    ids: Collection[RunId] | None = None,
    statuses: Collection[RunStatus] | None = None,
    result_status: ResultStatus | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    order_by: str = "-created",
    page: Page = Page(),  # noqa: B008 - frozen
) -> tuple[list[Run], int]:
    """One page of the runs that the asker sees, and how many there are in all.

    Args:
        ids: only these; those that are unknown or invisible are silently absent.
        since, until: created in [since, until).
        order_by: `id`, `created`, `started`, `ended`, `vus`, `duration`, `load_time` or `run_status`; `-` before it for
            descending, several with commas.

    Raises:
        NotFound: the load test, project or organization is invisible.
        Invalid: an unknown order; the message names the possible ones.
    """
    if load_test_id is not None:
        await load_test_for(tx, asker, load_test_id, Permission.SEE_RESULTS)
    if project_id is not None:
        await project_for(tx, asker, project_id, Permission.SEE_RESULTS)
    if organization_id is not None:
        await organization_for(tx, asker, organization_id)
    wanted: list[sa.ColumnElement[bool] | None] = [
        asker.visible_projects_filter().where(runs.c.organization_id, runs.c.project_id),
        runs.c.status != int(RunStatus.ARCHIVED),
        None if load_test_id is None else runs.c.load_test_id == load_test_id,
        None if project_id is None else runs.c.project_id == project_id,
        None if organization_id is None else runs.c.organization_id == organization_id,
        None if ids is None else runs.c.id.in_(ids),
        None if statuses is None else runs.c.status.in_([int(status) for status in statuses]),
        None if result_status is None else runs.c.result_status == int(result_status),
        None if since is None else runs.c.created_at >= since,
        None if until is None else runs.c.created_at < until,
    ]
    conditions = [condition for condition in wanted if condition is not None]
    return await store.list_page(tx, conditions, order_by=parse_order(order_by, store.ORDERS), page=page)


async def last_runs(tx: Transaction, load_test_ids: Collection[LoadTestId], n: int = 20) -> dict[LoadTestId, list[Run]]:
    """The newest `n` runs of each load test, newest first. The ids must come from a gate."""
    return await store.newest_of_each(tx, load_test_ids, n) if load_test_ids else {}


async def run_ids_of(
    tx: Transaction, load_test_ids: Collection[LoadTestId], n: int = 1000
) -> dict[LoadTestId, list[RunId]]:
    """The ids of the newest `n` runs of each load test, newest first. The ids must come from a gate."""
    return await store.ids_of_each(tx, load_test_ids, n) if load_test_ids else {}


async def thresholds_of_run(tx: Transaction, run_id: RunId) -> list[Threshold]:
    """The run's thresholds in script order. The id must come from a gate."""
    return await store.thresholds_of(tx, [run_id])


async def thresholds_of_runs(tx: Transaction, run_ids: Collection[RunId]) -> dict[RunId, list[Threshold]]:
    """The thresholds of several runs, each in script order. The ids must come from a gate."""
    found: dict[RunId, list[Threshold]] = {id: [] for id in run_ids}
    for threshold in await store.thresholds_of(tx, run_ids):
        found[threshold.run_id].append(threshold)
    return found
