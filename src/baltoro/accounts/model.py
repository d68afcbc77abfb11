"""People, their sessions, and the rules of e-mail addresses and passwords."""

import unicodedata
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from baltoro.foundation.errors import AuthenticationFailed, Conflict, Invalid
from baltoro.foundation.ids import OrganizationId, ProjectId, UserId

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
SESSION_IDLE = timedelta(hours=12)
SESSION_ABSOLUTE = timedelta(days=30)
PASSWORD_LINK_LIFE = timedelta(hours=1)

_LONGEST_EMAIL = 254
_LONGEST_NAME = 100
WRONG_PAIR = (
    "Wrong e-mail or password. If you sign in with Google, GitHub or SSO, "
    "create a password with Forgot Password or use an API token."
)
"""One text for an unknown e-mail, a wrong password and a person without a password: none of them may be told apart."""


class UserStatus(Enum):
    """Whether somebody may use the service."""

    ACTIVE = "active"
    DISABLED = "disabled"
    PENDING = "pending"


class LinkPurpose(Enum):
    """What a one-time link is good for."""

    SETUP = "setup"
    PASSWORD = "password"  # noqa: S105 - a purpose, not a secret


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person. Never holds the password's hash."""

    id: UserId
    email: str
    first_name: str
    last_name: str
    company: str = ""
    country: str = ""
    time_zone: str = "UTC"
    status: UserStatus = UserStatus.ACTIVE
    is_instance_admin: bool = False
    has_password: bool = False
    default_organization_id: OrganizationId | None = None
    default_project_id: ProjectId | None = None
    created_at: datetime
    last_seen_at: datetime | None = None

    @property
    def display_name(self) -> str:
        """First and last name, or the e-mail address of somebody who gave neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def require_active(self) -> None:
        """Go on only with an account that may use the service.

        Raises:
            AccountDisabled: otherwise. Only told to somebody who proved to own the account.
        """
        if self.status is not UserStatus.ACTIVE:
            raise AccountDisabled


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in with a browser. The secret of the cookie is not here; only its digest is stored."""

    id: int
    user_id: UserId
    csrf_token: str
    created_at: datetime
    authenticated_at: datetime
    """When the person last typed a password (or came back from single sign-on)."""
    last_seen_at: datetime
    ip_address: str = ""
    user_agent: str = ""

    def __repr__(self) -> str:
        # The CSRF token must not reach a log line.
        return f"Session({self.id}, user_id={self.user_id})"

    def is_over(self, at: datetime) -> bool:
        """Unused for 12 hours, or 30 days old."""
        return at - self.last_seen_at > SESSION_IDLE or at - self.created_at > SESSION_ABSOLUTE


class OneTimeLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that works once."""

    id: int
    purpose: LinkPurpose
    user_id: UserId | None
    expires_at: datetime | None


class WrongPair(AuthenticationFailed):
    """E-mail and password do not belong together."""

    def __init__(self) -> None:
        super().__init__(WRONG_PAIR)


class AccountDisabled(AuthenticationFailed):
    """The account exists and the credentials hold, but an administrator closed it."""

    detail_code = 603

    def __init__(self) -> None:
        super().__init__("This account is disabled. Ask an administrator of this server.")


class EmailTaken(Conflict):
    """Somebody else has this e-mail address."""

    def __init__(self) -> None:
        super().__init__(
            "There is already an account with this e-mail address.",
            field_errors={"email": ["There is already an account with this e-mail address."]},
        )


class LinkUsed(Invalid):
    """A one-time link that was used, has expired or never existed: one answer for all three."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Ask for a new one.")


def checked_email(email: str) -> str:
    """The address without surrounding blanks.

    Raises:
        Invalid: it cannot be an address; `field_errors.email` says so.
    """
    email = email.strip()
    local, _, domain = email.rpartition("@")
    odd = any(character.isspace() or not character.isprintable() for character in email)
    if not local or not domain or odd or len(email) > _LONGEST_EMAIL:
        raise _field("email", "Enter an e-mail address, such as ada@example.org.")
    return email


def comparable_email(email: str) -> str:
    """The form in which addresses are unique: case does not matter."""
    return email.strip().lower()


def checked_name(name: str, field: str) -> str:
    """The name without surrounding blanks.

    Raises:
        Invalid: longer than 100 characters, or with control characters.
    """
    name = name.strip()
    if len(name) > _LONGEST_NAME or _has_control_characters(name):
        raise _field(field, f"A name has at most {_LONGEST_NAME} characters, and no control characters.")
    return name


def checked_password(password: str) -> str:
    """The password, fit to be set.

    Control characters are refused because k6 sends a piped password with its line end, which sign-in strips again.

    Raises:
        Invalid: shorter than 8, longer than 256 characters, or with control characters.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise _field("password", f"The password needs at least {SHORTEST_PASSWORD} characters.")
    if len(password) > LONGEST_PASSWORD:
        raise _field("password", f"The password may have at most {LONGEST_PASSWORD} characters.")
    if _has_control_characters(password):
        raise _field("password", "The password must not contain line ends or other control characters.")
    return password


def typed_password(password: str) -> str:
    r"""The password as it was typed: without one trailing line end, `\n` or `\r\n`, which k6 sends when piped."""
    if password.endswith("\r\n"):
        return password[:-2]
    return password.removesuffix("\n")


def _has_control_characters(text: str) -> bool:
    # Cc: control characters; Cs: lone surrogates, which cannot be encoded. Zl and Zp are line ends, too.
    return any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)


def _field(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, field_errors={name: [sentence]})
