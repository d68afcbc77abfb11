"""Prove who you are with e-mail and password."""

from datetime import datetime

from baltoro.accounts import store
from baltoro.accounts.hasher import PasswordHasher
from baltoro.accounts.model import LONGEST_PASSWORD, User, WrongPair, typed_password
from baltoro.storage.database import Database


async def sign_in(database: Database, hasher: PasswordHasher, email: str, password: str, *, at: datetime) -> User:
    """The active person to whom e-mail and password belong.

    Takes the database and not a transaction: a hash takes tens of milliseconds, and nobody may hold a connection (with
    SQLite: the only one that writes) for so long, or a flood of sign-ins would stop every run.

    Args:
        password: as it arrived; one trailing line end is not part of it.

    Raises:
        WrongPair: one answer, after one time, for an unknown address, a wrong password and no password.
        AccountDisabled: only after the right password.
    """
    async with database.reading() as tx:
        credentials = await store.find_credentials(tx, email)
    stored = None if credentials is None else credentials.password_hash
    password = typed_password(password)
    if len(password) > LONGEST_PASSWORD:
        # Nobody has such a password; hashing megabytes would only cost.
        stored, password = None, ""
    right = await hasher.verify(stored, password)
    if not right or credentials is None or stored is None:
        raise WrongPair
    user = credentials.user
    user.require_active()
    renewed = await hasher.hash(password) if hasher.is_outdated(stored) else stored
    async with database.transaction() as tx:
        await store.note_sign_in(tx, user.id, was=stored, password_hash=renewed, at=at)
    return user
