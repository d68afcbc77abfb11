"""Answers that are remembered, so that a repeated request gets the first one's answer and creates nothing."""

import hashlib
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from baltoro.foundation.errors import Conflict
from baltoro.storage.database import Transaction
from baltoro.storage.schema import UtcDateTime, control

KEPT = timedelta(minutes=30)

answers = sa.Table(
    "remembered_answers",
    control,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("route", sa.String(200), primary_key=True),
    sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
)


class Remembered(msgspec.Struct, frozen=True):
    """The first answer: HTTP status and body."""

    status: int
    body: bytes


async def recall(tx: Transaction, *, owner: str, key: str, route: str, request: bytes) -> Remembered | None:
    """The answer given to an earlier equal request, if any.

    Until the transaction ends nobody else gets past this call with the same key: of two concurrent repeats the second
    waits here, and then finds the first one's answer.

    Args:
        owner: who asks, for example `token:12`; keys of different owners never meet.
        route: method and path.
        request: the body, or a stable stand-in for a large one.

    Raises:
        Conflict: the key was used for another body.
    """
    if tx.dialect.name == "postgresql":
        # SQLite has one writer at a time, so there the write transaction itself makes the second one wait.
        number = hashlib.sha256(f"{len(owner)}:{owner}{len(key)}:{key}{route}".encode()).digest()[:8]
        await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(int.from_bytes(number, "big", signed=True))))
    row = (
        await tx.execute(
            sa.select(answers).where(answers.c.owner == owner, answers.c.key == key, answers.c.route == route)
        )
    ).first()
    if row is None:
        return None
    if bytes(row.request_digest) != hashlib.sha256(request).digest():
        raise Conflict("This idempotency key was used for a different request. Send a new key.")
    return Remembered(status=row.status, body=bytes(row.body))


async def remember(
    tx: Transaction, answer: Remembered, *, owner: str, key: str, route: str, request: bytes, at: datetime
) -> None:
    """Keep the answer, in the transaction that did the work."""
    await tx.execute(
        answers.insert().values(
            owner=owner,
            key=key,
            route=route,
            request_digest=hashlib.sha256(request).digest(),
            status=answer.status,
            body=answer.body,
            created_at=at,
        )
    )


async def forget_old(tx: Transaction, *, at: datetime) -> None:
    """Drop answers older than `KEPT`."""
    await tx.execute(answers.delete().where(answers.c.created_at < at - KEPT))
