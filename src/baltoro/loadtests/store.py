"""The SQL of load tests."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId, UserId
from baltoro.foundation.paging import Page
from baltoro.loadtests.model import LoadTest
from baltoro.loadtests.tables import load_tests
from baltoro.storage.database import Transaction

ORDERS: dict[str, sa.ColumnElement[Any]] = {
    "id": load_tests.c.id,
    "name": load_tests.c.name,
    "last_run_time": load_tests.c.last_run_at,
    "created": load_tests.c.created_at,
}


def _load_test(row: sa.Row[Any]) -> LoadTest:
    return LoadTest(
        id=LoadTestId(row.id),
        project_id=ProjectId(row.project_id),
        organization_id=OrganizationId(row.organization_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
        name=row.name,
        note=row.note,
        creation_process=row.creation_process,
        baseline_run_id=None if row.baseline_run_id is None else RunId(row.baseline_run_id),
        last_run_id=None if row.last_run_id is None else RunId(row.last_run_id),
        last_run_at=row.last_run_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def find(tx: Transaction, load_test_id: LoadTestId) -> LoadTest | None:
    row = (await tx.execute(sa.select(load_tests).where(load_tests.c.id == load_test_id))).first()
    return None if row is None else _load_test(row)


async def find_by_name(tx: Transaction, project_id: ProjectId, name: str) -> LoadTest | None:
    query = sa.select(load_tests).where(load_tests.c.project_id == project_id, load_tests.c.name == name)
    row = (await tx.execute(query)).first()
    return None if row is None else _load_test(row)


async def insert_unless_there(
    tx: Transaction,
    *,
    project_id: ProjectId,
    organization_id: OrganizationId,
    user_id: UserId | None,
    name: str,
    note: str,
    creation_process: str,
    at: datetime,
) -> LoadTest | None:
    """The new load test; none when the project has one of that name, also when another transaction just made it."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(load_tests)
        .values(
            project_id=project_id,
            organization_id=organization_id,
            user_id=user_id,
            name=name,
            note=note,
            creation_process=creation_process,
            created_at=at,
            updated_at=at,
        )
        .on_conflict_do_nothing(index_elements=["project_id", "name"])
        .returning(load_tests)
    )
    row = (await tx.execute(statement)).first()
    return None if row is None else _load_test(row)


async def update(tx: Transaction, load_test_id: LoadTestId, **values: Any) -> None:
    await tx.execute(load_tests.update().where(load_tests.c.id == load_test_id).values(**values))


async def forget_run(
    tx: Transaction, load_test_id: LoadTestId, run_id: RunId, *, newest: tuple[RunId, datetime] | None
) -> None:
    this = load_tests.update().where(load_tests.c.id == load_test_id)
    last_run_id, last_run_at = newest or (None, None)
    await tx.execute(this.where(load_tests.c.baseline_run_id == run_id).values(baseline_run_id=None))
    await tx.execute(
        this.where(load_tests.c.last_run_id == run_id).values(last_run_id=last_run_id, last_run_at=last_run_at)
    )


async def delete(tx: Transaction, load_test_id: LoadTestId) -> None:
    await tx.execute(load_tests.delete().where(load_tests.c.id == load_test_id))


async def list_page(
    tx: Transaction,
    *,
    visible: sa.ColumnElement[bool],
    project_id: ProjectId | None,
    organization_id: OrganizationId | None,
    ids: Collection[LoadTestId] | None,
    q: str,
    order_by: list[tuple[str, bool]],
    page: Page,
) -> tuple[list[LoadTest], int]:
    """One page and how many there are in all, in one query.

    Args:
        order_by: names of `ORDERS`, each with whether it descends. Nothing comes before null; ties: newest id first.
    """
    table = load_tests
    query = sa.select(table, sa.func.count().over().label("total")).where(visible)
    if project_id is not None:
        query = query.where(table.c.project_id == project_id)
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    if ids is not None:
        query = query.where(table.c.id.in_(ids))
    if q:
        query = query.where(sa.func.lower(table.c.name).contains(q.lower(), autoescape=True))
    for name, descending in order_by:
        column = ORDERS[name]
        query = query.order_by((column.desc() if descending else column.asc()).nulls_last())
    query = query.order_by(table.c.id.desc())
    rows = (await tx.execute(query.limit(page.size).offset(page.offset))).all()
    if rows or page.offset == 0:
        return [_load_test(row) for row in rows], (rows[0].total if rows else 0)
    # Past the end there is no row to carry the total: only then it costs a second query.
    counting = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    return [], int((await tx.execute(counting)).scalar_one())
