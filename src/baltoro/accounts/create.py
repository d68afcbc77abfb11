"""Open an account."""

from datetime import datetime

from baltoro.accounts import store
from baltoro.accounts.hasher import PasswordHasher
from baltoro.accounts.model import EmailTaken, User, checked_email, checked_name, checked_password
from baltoro.storage.database import Transaction


async def create_user(
    tx: Transaction,
    hasher: PasswordHasher,
    *,
    email: str,
    first_name: str,
    last_name: str,
    password: str | None,
    is_instance_admin: bool = False,
    at: datetime,
) -> User:
    """Open an account without an organization; `organizations.register_user` opens one with a place to run in.

    Args:
        password: `None` for somebody who signs in elsewhere (single sign-on).

    Raises:
        Invalid: the address, a name or the password breaks a rule; `field_errors` says which.
        EmailTaken: the address is in use, in whatever case.
    """
    email = checked_email(email)
    names = {"first_name": checked_name(first_name, "first_name"), "last_name": checked_name(last_name, "last_name")}
    password_hash = None if password is None else await hasher.hash(checked_password(password))
    user_id = await store.insert(
        tx, email=email, password_hash=password_hash, is_instance_admin=is_instance_admin, at=at, **names
    )
    created = None if user_id is None else await store.find(tx, user_id)
    if created is None:
        raise EmailTaken
    return created
