"""The job queue: one table, rows committed together with what caused them."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from baltoro.foundation.ids import JobId
from baltoro.storage.database import Transaction, announce
from baltoro.storage.schema import NEVER_REUSED, Json, UtcDateTime, control, identity

jobs = sa.Table(
    "jobs",
    control,
    identity(),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("arguments", Json, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("kind", "subject"),
    sa.Index(None, "due_at"),
    **NEVER_REUSED,
)

QUEUED = "job.queued"
"""Topic announced in this process after a transaction that queued work has committed."""

LEASE = timedelta(seconds=60)
"""How long a claimed job belongs to its worker, who renews it in time; a worker that died is given up after it."""

_BACK_OFF_S = (1, 5, 30, 120, 600)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of queued work.

    Attributes:
        attempts: how often it was started, this time included.
        claimed_until: end of the lease; together with the id it says whose claim this is.
    """

    id: JobId
    kind: str
    subject: str
    arguments: dict[str, Any]
    attempts: int
    claimed_until: datetime


async def enqueue(
    tx: Transaction, kind: str, subject: str, *, due_at: datetime, at: datetime, arguments: dict[str, Any] | None = None
) -> None:
    """Queue work; an equal (kind, subject) that still waits is kept and moved to the earlier of both times.

    A row that is being worked on is queued again for `due_at`, so that nothing that happened meanwhile is missed.
    """
    insert = (postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert)(jobs)
    waits = sa.or_(jobs.c.claimed_until.is_(None), jobs.c.claimed_until <= at)
    statement = insert.values(
        kind=kind, subject=subject, arguments=arguments or {}, due_at=due_at, created_at=at, attempts=0
    ).on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={
            "due_at": sa.case(
                (sa.and_(waits, jobs.c.due_at < insert.excluded.due_at), jobs.c.due_at), else_=insert.excluded.due_at
            ),
            "claimed_until": None,
            "attempts": 0,
            "arguments": insert.excluded.arguments,
        },
    )
    await tx.execute(statement)
    announce(tx, QUEUED, 0)


async def claim(tx: Transaction, *, at: datetime) -> Job | None:
    """The next due job, leased for `LEASE`; none when nothing is due.

    On PostgreSQL with SKIP LOCKED; on SQLite the write transaction itself is the lock.
    """
    table = jobs
    row = (
        await tx.execute(
            sa.select(table)
            .where(table.c.due_at <= at, sa.or_(table.c.claimed_until.is_(None), table.c.claimed_until <= at))
            .order_by(table.c.due_at, table.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
    ).first()
    if row is None:
        return None
    until = at + LEASE
    await tx.execute(table.update().where(table.c.id == row.id).values(claimed_until=until, attempts=row.attempts + 1))
    return Job(
        id=JobId(row.id),
        kind=row.kind,
        subject=row.subject,
        arguments=row.arguments,
        attempts=row.attempts + 1,
        claimed_until=until,
    )


async def renew(tx: Transaction, job: Job, *, at: datetime) -> Job | None:
    """The job with a lease that starts now; none when it is no longer this worker's."""
    until = at + LEASE
    kept = await tx.execute(
        jobs.update()
        .where(jobs.c.id == job.id, jobs.c.claimed_until == job.claimed_until)
        .values(claimed_until=until)
        .returning(jobs.c.id)
    )
    return None if kept.first() is None else msgspec.structs.replace(job, claimed_until=until)


async def release_all(tx: Transaction) -> None:
    """Give every claimed job back. Only at the start of the one process that works on this queue."""
    await tx.execute(jobs.update().where(jobs.c.claimed_until.is_not(None)).values(claimed_until=None))


async def next_due(tx: Transaction) -> datetime | None:
    """When the next job can be claimed; none while the queue is empty."""
    free_at = sa.case(
        (sa.and_(jobs.c.claimed_until.is_not(None), jobs.c.claimed_until > jobs.c.due_at), jobs.c.claimed_until),
        else_=jobs.c.due_at,
    )
    moment = (await tx.execute(sa.select(sa.type_coerce(sa.func.min(free_at), UtcDateTime)))).scalar_one()
    return moment if moment is None or isinstance(moment, datetime) else None


async def complete(tx: Transaction, job: Job) -> None:
    """Take finished work out of the queue, unless it was queued or claimed again while it was being done."""
    await tx.execute(jobs.delete().where(jobs.c.id == job.id, jobs.c.claimed_until == job.claimed_until))


async def postpone(tx: Transaction, job: Job, *, error: str, at: datetime) -> None:
    """Try failed work again later: after 1 s, 5 s, 30 s, 2 min, then every 10 min."""
    delay = _BACK_OFF_S[min(job.attempts, len(_BACK_OFF_S)) - 1]
    await tx.execute(
        jobs.update()
        .where(jobs.c.id == job.id, jobs.c.claimed_until == job.claimed_until)
        .values(claimed_until=None, due_at=at + timedelta(seconds=delay), last_error=error[:2000])
    )


async def waiting(tx: Transaction) -> tuple[int, datetime | None]:
    """Number of queued jobs and when the oldest was due."""
    row = (await tx.execute(sa.select(sa.func.count(), sa.func.min(jobs.c.due_at)))).one()
    return int(row[0]), row[1]
