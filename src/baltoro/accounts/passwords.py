"""Choose a password."""

from datetime import datetime

from baltoro.accounts import store
from baltoro.accounts.hasher import PasswordHasher
from baltoro.accounts.links import void_password_links
from baltoro.accounts.model import checked_password
from baltoro.accounts.sessions import end_sessions_of
from baltoro.foundation.ids import UserId
from baltoro.storage.database import Transaction


async def set_password(
    tx: Transaction,
    hasher: PasswordHasher,
    user_id: UserId,
    password: str,
    *,
    keep_session: int | None = None,
    at: datetime,
) -> None:
    """Give a person a new password. It ends their sessions and voids every older link to choose one.

    Args:
        keep_session: the session in which the person does it; it goes on.

    Raises:
        Invalid: the password breaks a rule; `field_errors.password` says which.
    """
    password_hash = await hasher.hash(checked_password(password))
    await store.update(tx, user_id, password_hash=password_hash, last_seen_at=at)
    await void_password_links(tx, user_id)
    await end_sessions_of(tx, user_id, keep=keep_session)
