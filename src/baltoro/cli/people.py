"""A person, by e-mail address, for commands that work on the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baltoro.cli.failures import ExitCode, Failure

if TYPE_CHECKING:
    from baltoro.accounts import User
    from baltoro.storage.database import Transaction


async def person(tx: Transaction, email: str) -> User:
    """Who has this e-mail address.

    Raises:
        Failure: nobody has it.
    """
    from baltoro.accounts import find_user_by_email

    found = await find_user_by_email(tx, email)
    if found is None:
        raise Failure(
            f"nobody has the e-mail address {email}.", hint="See: baltoro admin user list", exit_code=ExitCode.NOT_FOUND
        )
    return found
