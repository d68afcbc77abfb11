"""Looking people up."""

from baltoro.accounts import store
from baltoro.accounts.model import User
from baltoro.storage.database import Transaction


async def find_user_by_email(tx: Transaction, email: str) -> User | None:
    """The person with this e-mail address, whatever its case; none when nobody has it."""
    credentials = await store.find_credentials(tx, email)
    return None if credentials is None else credentials.user


find_user = store.find
find_users = store.find_many
all_users = store.find_all
any_user_exists = store.any_exists
set_defaults = store.set_defaults
