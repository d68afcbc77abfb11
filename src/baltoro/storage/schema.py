"""The two schemas and the column types that both engines share.

Rooms declare their tables on `control` (who may do what, and what ran) or on `metrics` (what was measured). The two may
live in one PostgreSQL database or in two SQLite files, so no foreign key crosses from one to the other.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

control = sa.MetaData(naming_convention=_NAMES)
metrics = sa.MetaData(naming_convention=_NAMES)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment. Aware datetimes in, aware UTC datetimes out; SQLite keeps ISO text, PostgreSQL timestamptz."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments, which mean something else on every machine."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
"""A JSON document: text in SQLite, jsonb in PostgreSQL."""


def identity() -> sa.Column[int]:
    """The primary key of most tables: a positive integer from one sequence per kind, never reused."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}
"""Table keyword arguments that keep SQLite from handing out the id of a deleted row again."""
