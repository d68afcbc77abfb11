"""The SQL of people."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from baltoro.accounts.model import User, UserStatus, comparable_email
from baltoro.accounts.tables import users
from baltoro.foundation.ids import MAX_ID, OrganizationId, ProjectId, UserId
from baltoro.storage.database import Transaction, insert_or_ignore


class Credentials(msgspec.Struct, frozen=True):
    """What sign-in compares with. Stays inside this room."""

    user: User
    password_hash: str | None

    def __repr__(self) -> str:
        return f"Credentials(user={self.user.id})"


async def insert(tx: Transaction, *, email: str, at: datetime, **values: object) -> UserId | None:
    """A new person's id; none when the e-mail address is taken."""
    statement = insert_or_ignore(tx, users).values(
        email=email, email_lower=comparable_email(email), created_at=at, status=UserStatus.ACTIVE.value, **values
    )
    inserted = (await tx.execute(statement.returning(users.c.id))).scalar_one_or_none()
    return None if inserted is None else UserId(inserted)


async def find(tx: Transaction, user_id: UserId) -> User | None:
    """The person, or none."""
    if not 0 < user_id <= MAX_ID:
        return None
    row = (await tx.execute(sa.select(users).where(users.c.id == user_id))).first()
    return None if row is None else _user(row)


async def find_many(tx: Transaction, user_ids: Collection[UserId]) -> dict[UserId, User]:
    """Those of the people that exist."""
    rows = await tx.execute(sa.select(users).where(users.c.id.in_(sorted(set(user_ids)))))
    return {UserId(row.id): _user(row) for row in rows}


async def find_all(tx: Transaction) -> list[User]:
    """Everybody, in the order in which they came."""
    rows = await tx.execute(sa.select(users).order_by(users.c.id))
    return [_user(row) for row in rows]


async def find_credentials(tx: Transaction, email: str) -> Credentials | None:
    """The person with this e-mail address in any case, and the password's hash."""
    row = (await tx.execute(sa.select(users).where(users.c.email_lower == comparable_email(email)))).first()
    return None if row is None else Credentials(_user(row), row.password_hash)


async def update(tx: Transaction, user_id: UserId, **values: object) -> None:
    """Change columns of one person."""
    await tx.execute(users.update().where(users.c.id == user_id).values(**values))


async def note_sign_in(tx: Transaction, user_id: UserId, *, was: str, password_hash: str, at: datetime) -> None:
    """Remember when the person came, and the password hashed with the parameters of today."""
    await update(tx, user_id, last_seen_at=at)
    if password_hash is not was:
        # Only over the hash that was checked: a password that was changed meanwhile stays changed.
        await tx.execute(
            users.update()
            .where(users.c.id == user_id, users.c.password_hash == was)
            .values(password_hash=password_hash)
        )


async def set_defaults(
    tx: Transaction, user_id: UserId, *, organization_id: OrganizationId, project_id: ProjectId | None
) -> None:
    """Choose where runs go that name no project."""
    await update(tx, user_id, default_organization_id=organization_id, default_project_id=project_id)


async def any_exists(tx: Transaction) -> bool:
    """Whether the server has been set up: somebody has an account."""
    return (await tx.execute(sa.select(users.c.id).limit(1))).first() is not None


def _user(row: sa.Row[Any]) -> User:
    return User(
        id=UserId(row.id),
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        company=row.company,
        country=row.country,
        time_zone=row.time_zone,
        status=UserStatus(row.status),
        is_instance_admin=row.is_instance_admin,
        has_password=row.password_hash is not None,
        default_organization_id=row.default_organization_id,
        default_project_id=row.default_project_id,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )
