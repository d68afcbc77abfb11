"""Links that work once: setting the server up, choosing a password."""

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from baltoro.accounts import store
from baltoro.accounts.model import PASSWORD_LINK_LIFE, LinkPurpose, LinkUsed, OneTimeLink
from baltoro.accounts.tables import one_time_links
from baltoro.foundation.ids import UserId
from baltoro.foundation.secrets import digest
from baltoro.storage.database import Transaction

_PREFIX = "bltp_"
_SECRET_BYTES = 32


async def issue_setup_link(tx: Transaction, *, at: datetime) -> str | None:
    """The secret of the link that creates the first person; none once somebody has an account.

    An earlier set-up link stops working: of several starts of the server, the last printed link counts.
    """
    if await store.any_exists(tx):
        return None
    await tx.execute(one_time_links.delete().where(one_time_links.c.purpose == LinkPurpose.SETUP.value))
    return await _issue(tx, LinkPurpose.SETUP, user_id=None, expires_at=None, at=at)


async def issue_password_link(tx: Transaction, user_id: UserId, *, at: datetime) -> str:
    """The secret of a link with which this person may choose a password within one hour."""
    return await _issue(tx, LinkPurpose.PASSWORD, user_id=user_id, expires_at=at + PASSWORD_LINK_LIFE, at=at)


async def find_link(tx: Transaction, secret: str, purpose: LinkPurpose, *, at: datetime) -> OneTimeLink:
    """The link, still unused, for the page that asks for what it needs.

    Raises:
        LinkUsed: it was used, has expired, or never existed.
    """
    row = (await tx.execute(sa.select(one_time_links).where(*_living(secret, purpose, at)))).first()
    return await _checked(tx, row, purpose)


async def use_link(tx: Transaction, secret: str, purpose: LinkPurpose, *, at: datetime) -> OneTimeLink:
    """The link, used up by this call: of two at once, one wins.

    Raises:
        LinkUsed: it was used, has expired, or never existed.
    """
    statement = one_time_links.update().where(*_living(secret, purpose, at)).values(used_at=at)
    row = (await tx.execute(statement.returning(*one_time_links.c))).first()
    return await _checked(tx, row, purpose)


async def void_password_links(tx: Transaction, user_id: UserId) -> None:
    """Earlier links to choose a password stop working, because a password was chosen."""
    await tx.execute(
        one_time_links.delete().where(
            one_time_links.c.user_id == user_id, one_time_links.c.purpose == LinkPurpose.PASSWORD.value
        )
    )


async def _issue(
    tx: Transaction, purpose: LinkPurpose, *, user_id: UserId | None, expires_at: datetime | None, at: datetime
) -> str:
    # The prefix lets the log's filter recognise and mask it.
    secret = _PREFIX + secrets.token_hex(_SECRET_BYTES)
    await tx.execute(
        one_time_links.insert().values(
            purpose=purpose.value, digest=digest(secret), user_id=user_id, created_at=at, expires_at=expires_at
        )
    )
    return secret


def _living(secret: str, purpose: LinkPurpose, at: datetime) -> list[sa.ColumnElement[bool]]:
    return [
        one_time_links.c.digest == digest(secret),
        one_time_links.c.purpose == purpose.value,
        one_time_links.c.used_at.is_(None),
        sa.or_(one_time_links.c.expires_at.is_(None), one_time_links.c.expires_at > at),
    ]


async def _checked(tx: Transaction, row: sa.Row[Any] | None, purpose: LinkPurpose) -> OneTimeLink:
    # Somebody may have been created on the command line since: then nobody else sets the server up.
    if row is None or (purpose is LinkPurpose.SETUP and await store.any_exists(tx)):
        raise LinkUsed
    return OneTimeLink(
        id=row.id,
        purpose=purpose,
        user_id=None if row.user_id is None else UserId(row.user_id),
        expires_at=row.expires_at,
    )
