"""The SQL of runs and their thresholds."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId, ThresholdId, TokenId, UserId
from baltoro.foundation.paging import Page
from baltoro.k6.status import ProcessingStatus, ResultStatus, RunStatus
from baltoro.runs.model import PushTarget, Run, StatusChange, Threshold
from baltoro.runs.tables import runs, thresholds
from baltoro.storage.database import Transaction

# Names of what a run refers to. Their rooms own these tables; here is only what a run shows of them.
_load_tests = sa.table("load_tests", sa.column("id"), sa.column("name"), sa.column("baseline_run_id"))
_users = sa.table("users", sa.column("id"), sa.column("first_name"), sa.column("last_name"), sa.column("email"))

# Where `baltoro.reports` keeps the p95 of http_req_duration.
_load_time = runs.c.summary[("duration", "p95")].as_float()

ORDERS: dict[str, sa.ColumnElement[Any]] = {
    "id": runs.c.id,
    "created": runs.c.created_at,
    "started": runs.c.started_at,
    "ended": runs.c.ended_at,
    "vus": runs.c.max_vus,
    "duration": runs.c.planned_duration_s,
    "load_time": _load_time,
    "run_status": runs.c.status,
}


def _query() -> sa.Select[Any]:
    return sa.select(
        runs,
        _load_tests.c.name.label("load_test_name"),
        _load_tests.c.baseline_run_id,
        _users.c.first_name,
        _users.c.last_name,
        _users.c.email,
    ).select_from(
        runs.join(_load_tests, _load_tests.c.id == runs.c.load_test_id).outerjoin(_users, _users.c.id == runs.c.user_id)
    )


def _started_by(row: sa.Row[Any]) -> str:
    if row.token_name is not None:
        return f"Organization token: {row.token_name}"
    if row.user_id is None:
        return "Deleted user"
    return f"{row.first_name} {row.last_name}".strip() or str(row.email)


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        id=RunId(row.id),
        load_test_id=LoadTestId(row.load_test_id),
        load_test_name=row.load_test_name,
        project_id=ProjectId(row.project_id),
        organization_id=OrganizationId(row.organization_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
        token_id=None if row.token_id is None else TokenId(row.token_id),
        token_name=row.token_name,
        started_by=_started_by(row),
        stopped_by_id=None if row.stopped_by_id is None else UserId(row.stopped_by_id),
        status=RunStatus(row.status),
        result_status=ResultStatus(row.result_status),
        processing_status=ProcessingStatus(row.processing_status),
        status_history=tuple(
            StatusChange(RunStatus(entry["status"]), datetime.fromisoformat(entry["entered"]))
            for entry in row.status_history
        ),
        ended_by_client=row.ended_by_client,
        run_process=row.run_process,
        trigger=row.trigger,
        k6_version=row.k6_version,
        planned_duration_s=row.planned_duration_s,
        max_vus=row.max_vus,
        bucket_width_s=row.bucket_width_s,
        options=row.options,
        archive_blob=row.archive_blob,
        note=row.note,
        error_code=row.error_code,
        error_detail=row.error_detail,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        first_push_at=row.first_push_at,
        last_push_at=row.last_push_at,
        summary=row.summary,
        is_baseline=row.baseline_run_id == row.id,
    )


def history_document(history: Sequence[StatusChange]) -> list[dict[str, Any]]:
    """A run's history as it is kept."""
    return [{"status": int(change.status), "entered": change.entered.isoformat()} for change in history]


async def find(tx: Transaction, run_id: RunId, *, lock: bool = False) -> Run | None:
    """The run.

    Args:
        lock: hold its row until the transaction ends, so that of two endings one waits and finds it over.
    """
    query = _query().where(runs.c.id == run_id)
    if lock:
        query = query.with_for_update(of=runs)
    row = (await tx.execute(query)).first()
    return None if row is None else _run(row)


async def insert(tx: Transaction, values: Mapping[str, Any]) -> RunId:
    return RunId((await tx.execute(runs.insert().values(**values).returning(runs.c.id))).scalar_one())


async def insert_thresholds(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    if rows:
        await tx.execute(thresholds.insert(), rows)


async def save_state(tx: Transaction, run: Run) -> None:
    """Write what `Run.started` and `Run.ended` change."""
    await tx.execute(
        runs.update()
        .where(runs.c.id == run.id)
        .values(
            status=int(run.status),
            result_status=int(run.result_status),
            status_history=history_document(run.status_history),
            ended_by_client=run.ended_by_client,
            stopped_by_id=run.stopped_by_id,
            error_code=run.error_code,
            error_detail=run.error_detail,
            started_at=run.started_at,
            ended_at=run.ended_at,
        )
    )


async def update(tx: Transaction, run_id: RunId, **values: Any) -> None:
    await tx.execute(runs.update().where(runs.c.id == run_id).values(**values))


async def delete(tx: Transaction, run_id: RunId) -> None:
    await tx.execute(runs.delete().where(runs.c.id == run_id))


async def list_page(
    tx: Transaction, conditions: Sequence[sa.ColumnElement[bool]], *, order_by: list[tuple[str, bool]], page: Page
) -> tuple[list[Run], int]:
    """One page and how many there are in all; nothing comes before null, ties: newest id first."""
    query = _query().where(*conditions)
    for name, descending in order_by:
        column = ORDERS[name]
        query = query.order_by((column.desc() if descending else column.asc()).nulls_last())
    query = query.order_by(runs.c.id.desc()).limit(page.size).offset(page.offset)
    rows = (await tx.execute(query)).all()
    if page.number == 1 and len(rows) < page.size:
        return [_run(row) for row in rows], len(rows)
    total = (await tx.execute(sa.select(sa.func.count()).select_from(runs).where(*conditions))).scalar_one()
    return [_run(row) for row in rows], int(total)


async def newest_of_each(tx: Transaction, load_test_ids: Collection[LoadTestId], n: int) -> dict[LoadTestId, list[Run]]:
    """The newest `n` runs of each load test, newest first."""
    rank = sa.func.row_number().over(partition_by=runs.c.load_test_id, order_by=runs.c.id.desc()).label("rank")
    ranked = sa.select(runs.c.id, rank).where(runs.c.load_test_id.in_(load_test_ids)).subquery()
    chosen = sa.select(ranked.c.id).where(ranked.c.rank <= n)
    found: dict[LoadTestId, list[Run]] = {id: [] for id in load_test_ids}
    for row in await tx.execute(_query().where(runs.c.id.in_(chosen)).order_by(runs.c.id.desc())):
        found[LoadTestId(row.load_test_id)].append(_run(row))
    return found


async def ids_of_each(tx: Transaction, load_test_ids: Collection[LoadTestId], n: int) -> dict[LoadTestId, list[RunId]]:
    """The ids of the newest `n` runs of each load test, newest first."""
    rank = sa.func.row_number().over(partition_by=runs.c.load_test_id, order_by=runs.c.id.desc()).label("rank")
    ranked = sa.select(runs.c.id, runs.c.load_test_id, rank).where(runs.c.load_test_id.in_(load_test_ids)).subquery()
    found: dict[LoadTestId, list[RunId]] = {id: [] for id in load_test_ids}
    for row in await tx.execute(sa.select(ranked).where(ranked.c.rank <= n).order_by(ranked.c.id.desc())):
        found[LoadTestId(row.load_test_id)].append(RunId(row.id))
    return found


async def living(tx: Transaction) -> list[Run]:
    """Every run that is not over, oldest first."""
    # The literal matches the partial index; a bound parameter would not.
    query = _query().where(sa.text("runs.status < 3")).order_by(runs.c.id)
    return [_run(row) for row in await tx.execute(query)]


async def remains_of(tx: Transaction, load_test_id: LoadTestId) -> list[tuple[RunId, RunStatus, str | None]]:
    """Id, status and archive of every run of a load test, their rows locked."""
    query = (
        sa.select(runs.c.id, runs.c.status, runs.c.archive_blob)
        .where(runs.c.load_test_id == load_test_id)
        .with_for_update()
    )
    return [(RunId(row.id), RunStatus(row.status), row.archive_blob) for row in await tx.execute(query)]


async def newest_besides(tx: Transaction, load_test_id: LoadTestId, run_id: RunId) -> tuple[RunId, datetime] | None:
    """The newest run of the load test that is not `run_id`, with when it was created."""
    row = (
        await tx.execute(
            sa.select(runs.c.id, runs.c.created_at)
            .where(runs.c.load_test_id == load_test_id, runs.c.id != run_id)
            .order_by(runs.c.id.desc())
            .limit(1)
        )
    ).first()
    return None if row is None else (RunId(row.id), row.created_at)


async def thresholds_of(tx: Transaction, run_ids: Collection[RunId]) -> list[Threshold]:
    """In script order, run by run."""
    query = sa.select(thresholds).where(thresholds.c.run_id.in_(run_ids)).order_by("run_id", "position")
    return [
        Threshold(
            id=ThresholdId(row.id),
            run_id=RunId(row.run_id),
            position=row.position,
            metric=row.metric,
            expression=row.expression,
            abort_on_fail=row.abort_on_fail,
            delay_abort_eval=row.delay_abort_eval,
            tainted=row.tainted,
            tainted_at=row.tainted_at,
            calculated_value=row.calculated_value,
        )
        for row in await tx.execute(query)
    ]


async def save_verdicts(tx: Transaction, verdicts: Mapping[ThresholdId, bool], at: datetime) -> None:
    """Write which thresholds are crossed; `tainted_at` is set with the crossed ones."""
    if verdicts:
        await tx.execute(
            thresholds.update().where(thresholds.c.id == sa.bindparam("threshold_id")),
            [
                {"threshold_id": id, "tainted": tainted, "tainted_at": at if tainted else None}
                for id, tainted in verdicts.items()
            ],
        )


async def save_values(tx: Transaction, values: Mapping[ThresholdId, float | None]) -> None:
    """Write the figures that were computed from the run's data."""
    if values:
        await tx.execute(
            thresholds.update().where(thresholds.c.id == sa.bindparam("threshold_id")),
            [{"threshold_id": id, "calculated_value": value} for id, value in values.items()],
        )


_PUSH_COLUMNS = (
    runs.c.id,
    runs.c.organization_id,
    runs.c.project_id,
    runs.c.status,
    runs.c.ended_by_client,
    runs.c.ended_at,
    runs.c.bucket_width_s,
    runs.c.stopped_by_id,
    runs.c.error_detail,
)


async def push_target(tx: Transaction, run_id: RunId) -> PushTarget | None:
    row = (await tx.execute(sa.select(*_PUSH_COLUMNS).where(runs.c.id == run_id))).first()
    if row is None:
        return None
    return PushTarget(
        run_id=RunId(row.id),
        organization_id=OrganizationId(row.organization_id),
        project_id=ProjectId(row.project_id),
        status=RunStatus(row.status),
        ended_by_client=row.ended_by_client,
        ended_at=row.ended_at,
        bucket_width=row.bucket_width_s,
        error_detail=row.error_detail,
    )


async def note_pushes(tx: Transaction, pushes: Mapping[RunId, datetime]) -> None:
    """Move `last_push_at` on (never back); the first one also sets `first_push_at` and that data is being processed."""
    if not pushes:
        return
    parameters = [{"pushed_run": id, "pushed_at": moment} for id, moment in pushes.items()]
    moment = sa.bindparam("pushed_at", type_=runs.c.last_push_at.type)
    await tx.execute(
        runs.update()
        .where(
            runs.c.id == sa.bindparam("pushed_run"),
            sa.or_(runs.c.last_push_at.is_(None), runs.c.last_push_at < moment),
        )
        .values(
            last_push_at=moment,
            first_push_at=sa.func.coalesce(runs.c.first_push_at, moment),
            processing_status=sa.case(
                (
                    runs.c.processing_status == int(ProcessingStatus.NOT_STARTED),
                    int(ProcessingStatus.PROCESSING),
                ),
                else_=runs.c.processing_status,
            ),
        ),
        parameters,
    )
