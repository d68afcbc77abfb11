"""Sessions of the web pages: start, find, renew, end."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from baltoro.accounts.model import SESSION_ABSOLUTE, SESSION_IDLE, Session, UserStatus
from baltoro.accounts.tables import sessions, users
from baltoro.foundation.ids import UserId
from baltoro.foundation.secrets import digest
from baltoro.storage.database import Transaction

_SECRET_BYTES = 32
_TOUCH_EVERY = timedelta(minutes=1)
_LONGEST_ADDRESS = 64
_LONGEST_AGENT = 400


async def start_session(
    tx: Transaction, user_id: UserId, *, ip_address: str, user_agent: str, at: datetime
) -> tuple[Session, str]:
    """A new session after a sign-in, and the secret for its cookie (256 random bits; only the digest is stored)."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    statement = sessions.insert().values(
        user_id=user_id,
        digest=digest(secret),
        csrf_token=secrets.token_urlsafe(_SECRET_BYTES),
        created_at=at,
        authenticated_at=at,
        last_seen_at=at,
        ip_address=ip_address[:_LONGEST_ADDRESS],
        user_agent=user_agent[:_LONGEST_AGENT],
    )
    row = (await tx.execute(statement.returning(*sessions.c))).one()
    return _session(row), secret


async def find_session(tx: Transaction, secret: str, *, at: datetime) -> Session | None:
    """The living session of an active person; none when it is unknown, too old, or unused for too long."""
    statement = (
        sa.select(*sessions.c)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.digest == digest(secret), users.c.status == UserStatus.ACTIVE.value)
    )
    row = (await tx.execute(statement)).first()
    found = None if row is None else _session(row)
    return None if found is None or found.is_over(at) else found


def needs_touch(session: Session, at: datetime) -> bool:
    """Whether `touch_session` would write: at most once a minute, so that reading pages stays reading."""
    return at - session.last_seen_at >= _TOUCH_EVERY


async def touch_session(tx: Transaction, session: Session, *, at: datetime) -> None:
    """Note that the session is in use, at most once a minute."""
    if needs_touch(session, at):
        await tx.execute(sessions.update().where(sessions.c.id == session.id).values(last_seen_at=at))


async def refresh_session(tx: Transaction, session: Session, *, at: datetime) -> tuple[Session, str]:
    """The session with a new secret and CSRF token, after its person proved again who they are; the old secret dies."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    statement = (
        sessions.update()
        .where(sessions.c.id == session.id)
        .values(
            digest=digest(secret),
            csrf_token=secrets.token_urlsafe(_SECRET_BYTES),
            authenticated_at=at,
            last_seen_at=at,
        )
    )
    row = (await tx.execute(statement.returning(*sessions.c))).one()
    return _session(row), secret


async def end_session(tx: Transaction, session_id: int) -> None:
    """Sign out."""
    await tx.execute(sessions.delete().where(sessions.c.id == session_id))


async def end_sessions_of(tx: Transaction, user_id: UserId, *, keep: int | None = None) -> None:
    """Sign a person out everywhere, except in the session `keep`."""
    statement = sessions.delete().where(sessions.c.user_id == user_id)
    await tx.execute(statement if keep is None else statement.where(sessions.c.id != keep))


async def forget_old_sessions(tx: Transaction, *, at: datetime) -> None:
    """Drop the rows of sessions that are over."""
    await tx.execute(
        sessions.delete().where(
            sa.or_(sessions.c.last_seen_at < at - SESSION_IDLE, sessions.c.created_at < at - SESSION_ABSOLUTE)
        )
    )


def _session(row: sa.Row[Any]) -> Session:
    return Session(
        id=row.id,
        user_id=UserId(row.user_id),
        csrf_token=row.csrf_token,
        created_at=row.created_at,
        authenticated_at=row.authenticated_at,
        last_seen_at=row.last_seen_at,
        ip_address=row.ip_address,
        user_agent=row.user_agent,
    )
