"""One way to reach a database, whichever engine is behind it.

SQLite: WAL mode, one writer connection (so `database is locked` cannot happen inside the process), several readers that
never wait for it. PostgreSQL: one pool. Only a door opens a transaction; verbs and stores take it as an argument.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from baltoro.foundation.errors import Invalid, Unavailable

Transaction: TypeAlias = AsyncConnection
"""An open transaction. It commits when the door's `async with` ends without an error."""

_ANNOUNCEMENTS = "baltoro_announcements"
_READERS = 4
_POOL = 10
_AWAY = {"08", "53", "57", "58"}
_BUSY_MS = 10_000


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file."""
    return URL.create("sqlite+aiosqlite", database=str(path)).render_as_string(hide_password=False)


def _engine_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise Invalid("The database URL cannot be read. Write postgresql://user@host/name or leave it out.") from error
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+asyncpg")
    raise Invalid(f"Databases of kind {parsed.get_backend_name()} are not supported. Use PostgreSQL or leave it out.")


class Database:
    """A control or metrics database.

    Args:
        url: `sqlite+aiosqlite:///…` or `postgresql://…`.
    """

    def __init__(self, url: str) -> None:
        parsed = _engine_url(url)
        self._listeners: dict[str, list[Callable[[int], None]]] = {}
        self.is_postgresql = parsed.get_backend_name() == "postgresql"
        self.url = parsed
        # hide_parameters: an SQL error that reaches the log must not carry digests, hashes or sealed tokens.
        if self.is_postgresql:
            self._writer = create_async_engine(
                parsed, pool_size=_POOL, max_overflow=_POOL, pool_pre_ping=True, hide_parameters=True
            )
            self._reader = self._writer
        else:
            # One writer connection: whoever writes waits its turn in the pool instead of meeting SQLITE_BUSY.
            self._writer = create_async_engine(
                parsed, pool_size=1, max_overflow=0, pool_timeout=60, hide_parameters=True
            )
            self._reader = create_async_engine(
                parsed, pool_size=_READERS, max_overflow=_READERS * 4, pool_timeout=60, hide_parameters=True
            )
            _prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE", read_only=False)
            _prepare_sqlite(self._reader, begin="BEGIN", read_only=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that may write; committed at the end of the block, rolled back on an error.

        Raises:
            Unavailable: the database is gone or the disk is full.
        """
        announced: list[tuple[str, int]] = []
        async with _translated(), self._writer.begin() as connection:
            await connection.execution_options(**{_ANNOUNCEMENTS: announced})
            yield connection
        for topic, subject in announced:
            for listener in self._listeners.get(topic, ()):
                listener(subject)

    def listen(self, topic: str, listener: Callable[[int], None]) -> None:
        """Call `listener` with the subject of every `announce` on `topic`, after the commit, in this process only.

        A listener must be quick and must not raise: it drops a cache entry or wakes a task.
        """
        self._listeners.setdefault(topic, []).append(listener)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A snapshot to read from. Never waits for a writer."""
        async with _translated(), self._reader.connect() as connection:
            if self.is_postgresql:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        """Give all connections back."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def announce(tx: Transaction, topic: str, subject: int) -> None:
    """Tell this process's listeners of `topic` once the transaction has committed; nobody hears of one rolled back."""
    announced = tx.sync_connection.get_execution_options().get(_ANNOUNCEMENTS) if tx.sync_connection else None
    if announced is not None:
        announced.append((topic, subject))


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (
        OperationalError,
        InterfaceError,
        asyncpg.PostgresConnectionError,
        asyncpg.InterfaceError,
        OSError,
    ) as error:
        raise Unavailable(
            "The database cannot be reached or has no room left. Try again; if it lasts, look at the server's disk and log.",
            retry_after=5,
        ) from error
    except asyncpg.PostgresError as error:
        if not _is_away(error):
            raise
        raise Unavailable("The database is restarting. Try again.", retry_after=2) from error
    except DBAPIError as error:
        if error.connection_invalidated or _is_away(error.orig):
            raise Unavailable("The connection to the database was lost. Try again.", retry_after=2) from error
        raise


def _is_away(error: BaseException | None) -> bool:
    """PostgreSQL is starting, stopping, out of room, or was cut off: SQLSTATE classes 08, 53, 57 and 58."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__ if error else None, "sqlstate", None)
    return isinstance(state, str) and state[:2] in _AWAY


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, read_only: bool) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: BEGIN IMMEDIATE is ours to say.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            # First, so that the ones after it wait too. `migrate` has set WAL already: changing the mode of a new file
            # from two connections at once does not wait but fails.
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-16000",
            "temp_store=MEMORY",
            *(["query_only=ON"] if read_only else []),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def insert_or_ignore(tx: Transaction, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that leaves an existing equal row (by any unique constraint) alone; nothing is returned then.

    On PostgreSQL it waits for an unfinished transaction that inserts the same row, so that one of two wins.
    """
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
