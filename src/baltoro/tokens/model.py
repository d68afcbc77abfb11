"""API tokens, and why one may be refused."""

from datetime import datetime
from enum import Enum

import msgspec

from baltoro.foundation.errors import AuthenticationFailed, Invalid, NotAllowed, NotAuthenticated, NotFound
from baltoro.foundation.ids import OrganizationId, ProjectId, TokenId, UserId

_REMEDY = (
    "Copy the token from Account settings > API token, then run `k6 cloud login --token TOKEN` or set K6_CLOUD_TOKEN."
)


class TokenKind(Enum):
    """Whom a token stands for."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret."""

    id: TokenId
    kind: TokenKind
    name: str
    user_id: UserId | None
    """The owner of an account token."""
    organization_id: OrganizationId | None
    """The owner of an organization token."""
    created_by: UserId | None
    prefix: str
    """The first 8 characters of the secret."""
    last4: str
    """The last 4 characters of the secret."""
    scopes: tuple[str, ...]
    """Of an organization token; an account token has the rights of its person."""
    project_ids: tuple[ProjectId, ...] | None
    created_at: datetime
    updated_at: datetime
    regenerated_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """Precise to the minute, written up to a minute late."""
    last_used_ip: str | None
    last_used_agent: str | None

    @property
    def owner(self) -> str:
        """To what the sealed secret is bound: a ciphertext that was moved to another row does not open."""
        kind, owner = ("organization", self.organization_id) if self.user_id is None else ("user", self.user_id)
        return f"token:{self.id}:{kind}:{owner}"

    def has_expired(self, at: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= at


class TokenMissing(NotAuthenticated):
    """The request carries no credentials."""

    def __init__(self) -> None:
        super().__init__(f"No API token was sent. {_REMEDY}")


class TokenRefused(AuthenticationFailed):
    """Unknown, malformed, or not sent as a token: one answer for all."""

    def __init__(self) -> None:
        super().__init__(f"The API token is not valid. {_REMEDY}")


class TokenRevoked(AuthenticationFailed):
    """The secret was right once. Only told to somebody who has it."""

    detail_code = 601

    def __init__(self) -> None:
        super().__init__(f"This API token was revoked or regenerated. {_REMEDY}")


class TokenExpired(AuthenticationFailed):
    """The secret is right, but its time is over. Only told to somebody who has it."""

    detail_code = 602

    def __init__(self) -> None:
        super().__init__("This API token has expired. Regenerate it, and use the new one.")


class NoAccountToken(NotFound):
    """The person has no account token yet."""

    def __init__(self) -> None:
        super().__init__("You have no API token yet. Generate one under Account settings > API token.")


class NotYourToken(NotAllowed):
    """Only a person has an account token, and a token shows no other than itself."""

    def __init__(self) -> None:
        super().__init__("An organization API token has no account API token.")


class ExpiryInThePast(Invalid):
    """A token that would be dead at birth."""

    def __init__(self) -> None:
        sentence = "The expiry must lie in the future."
        super().__init__(sentence, field_errors={"expires": [sentence]})
