"""People: who has an account, how they prove it, and how long a browser stays signed in.

A password is hashed with argon2id in a few threads; sessions and one-time links are 256 random bits of which only the
digest is stored. What a person may do is not decided here: see `access` and `organizations`.
"""

from baltoro.accounts.create import create_user
from baltoro.accounts.find import all_users, any_user_exists, find_user, find_user_by_email, find_users, set_defaults
from baltoro.accounts.hasher import PasswordHasher
from baltoro.accounts.links import find_link, issue_password_link, issue_setup_link, use_link
from baltoro.accounts.model import (
    LONGEST_PASSWORD,
    SESSION_ABSOLUTE,
    SESSION_IDLE,
    SHORTEST_PASSWORD,
    AccountDisabled,
    EmailTaken,
    LinkPurpose,
    LinkUsed,
    OneTimeLink,
    Session,
    User,
    UserStatus,
    WrongPair,
)
from baltoro.accounts.passwords import set_password
from baltoro.accounts.sessions import (
    end_session,
    end_sessions_of,
    find_session,
    forget_old_sessions,
    needs_touch,
    refresh_session,
    start_session,
    touch_session,
)
from baltoro.accounts.sign_in import sign_in

__all__ = [
    "LONGEST_PASSWORD",
    "SESSION_ABSOLUTE",
    "SESSION_IDLE",
    "SHORTEST_PASSWORD",
    "AccountDisabled",
    "EmailTaken",
    "LinkPurpose",
    "LinkUsed",
    "OneTimeLink",
    "PasswordHasher",
    "Session",
    "User",
    "UserStatus",
    "WrongPair",
    "all_users",
    "any_user_exists",
    "create_user",
    "end_session",
    "end_sessions_of",
    "find_link",
    "find_session",
    "find_user",
    "find_user_by_email",
    "find_users",
    "forget_old_sessions",
    "issue_password_link",
    "issue_setup_link",
    "needs_touch",
    "refresh_session",
    "set_defaults",
    "set_password",
    "sign_in",
    "start_session",
    "touch_session",
    "use_link",
]
