"""The SQL of the journal and of the keys that outlive it."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from baltoro.foundation.ids import RunId
from baltoro.ingest.decoding import RawPush
from baltoro.ingest.tables import journal, push_keys
from baltoro.storage.database import Transaction

_AT_ONCE = 500


class Entry(msgspec.Struct, frozen=True):
    """A push that wants to be written.

    Attributes:
        key: the client's idempotency key; None if it sent none, then the push always counts.
    """

    push: RawPush
    key: str | None
    received_at: datetime


async def append(tx: Transaction, entries: Sequence[Entry]) -> list[int | None]:
    """Write a group of pushes; the journal id of each, or None for one whose key was seen before."""
    fresh = await _unseen(tx, entries)
    rows = [
        {
            "run_id": entry.push.run_id,
            "received_at": entry.received_at,
            "protocol": entry.push.protocol,
            "encoding": entry.push.encoding[:8],
            "bucket_width": entry.push.bucket_width,
            "checksum": zlib.crc32(entry.push.body),
            "body": entry.push.body,
        }
        for entry, new in zip(entries, fresh, strict=True)
        if new
    ]
    ids: Iterator[int] = iter(())
    if rows:
        written = await tx.execute(journal.insert().returning(journal.c.id, sort_by_parameter_order=True), rows)
        ids = iter(written.scalars().all())
    return [next(ids) if new else None for new in fresh]


async def _unseen(tx: Transaction, entries: Sequence[Entry]) -> list[bool]:
    """Which entries bring a new key. Of equal keys in one group the first counts."""
    first: dict[tuple[int, str], int] = {}
    for place, entry in enumerate(entries):
        if entry.key is not None:
            first.setdefault((entry.push.run_id, entry.key), place)
    if not first:
        return [True] * len(entries)
    rows = [
        {"run_id": run_id, "key": key, "received_at": entries[place].received_at}
        for (run_id, key), place in first.items()
    ]
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(push_keys).values(rows).on_conflict_do_nothing().returning(push_keys.c.run_id, push_keys.c.key)
    )
    new = {(row.run_id, row.key) for row in await tx.execute(statement)}
    return [
        entry.key is None or ((entry.push.run_id, entry.key) in new and first[entry.push.run_id, entry.key] == place)
        for place, entry in enumerate(entries)
    ]


async def remove(tx: Transaction, ids: Sequence[int]) -> int:
    """Delete rows; how many there were."""
    removed = 0
    for start in range(0, len(ids), _AT_ONCE):
        done = await tx.execute(journal.delete().where(journal.c.id.in_(ids[start : start + _AT_ONCE])))
        removed += done.rowcount
    return removed


async def ids_of(tx: Transaction, run_id: RunId) -> list[int]:
    """Journal ids of a run, in order of arrival."""
    rows = await tx.execute(sa.select(journal.c.id).where(journal.c.run_id == run_id).order_by(journal.c.id))
    return list(rows.scalars())


async def load(tx: Transaction, ids: Sequence[int]) -> list[tuple[int, RawPush | None]]:
    """Pushes by journal id; None for one whose body does not match its checksum."""
    rows = await tx.execute(sa.select(journal).where(journal.c.id.in_(ids)).order_by(journal.c.id))
    return [
        (
            row.id,
            RawPush(row.run_id, row.bucket_width, row.protocol, row.encoding, bytes(row.body))
            if zlib.crc32(row.body) == row.checksum
            else None,
        )
        for row in rows
    ]


async def runs_with_rows(tx: Transaction, *, before: datetime | None = None) -> list[RunId]:
    """Runs that have unsealed pushes (received before a moment)."""
    query = sa.select(journal.c.run_id).distinct()
    if before is not None:
        query = query.where(journal.c.received_at < before)
    return [RunId(run_id) for run_id in (await tx.execute(query)).scalars()]


async def forget_keys(tx: Transaction, *, silent_since: datetime) -> None:
    """Drop the keys of runs that were not pushed to since a moment.

    k6 repeats a push for at most three minutes, so a quarter of an hour of silence is more than enough.
    """
    silent = (
        sa.select(push_keys.c.run_id)
        .group_by(push_keys.c.run_id)
        .having(sa.func.max(push_keys.c.received_at) < silent_since)
    )
    await tx.execute(push_keys.delete().where(push_keys.c.run_id.in_(silent)))


async def delete_run(tx: Transaction, run_id: RunId) -> None:
    """Forget everything of a run."""
    await tx.execute(journal.delete().where(journal.c.run_id == run_id))
    await tx.execute(push_keys.delete().where(push_keys.c.run_id == run_id))
