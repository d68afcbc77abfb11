"""API tokens: what they look like, whose they are, and who is asking when one arrives.

A token is stored twice: as a SHA-256 digest to find it by, and sealed with the instance key to show it again. The door
gives the Authorization header to `Authenticator.authenticate` and gets a `Principal`; after a commit that changed a
token or a role it calls `Authenticator.forget` (or `forget_user`), so that the change counts from the next request on.
"""

from baltoro.tokens.account import (
    account_token,
    find_account_token,
    regenerate_account_token,
    reveal_account_token,
    revoke_account_token,
)
from baltoro.tokens.authenticate import CACHED_FOR_S, Authenticator
from baltoro.tokens.format import is_well_formed, kind_of, new_token
from baltoro.tokens.model import (
    ApiToken,
    ExpiryInThePast,
    NoAccountToken,
    NotYourToken,
    TokenExpired,
    TokenKind,
    TokenMissing,
    TokenRefused,
    TokenRevoked,
)

__all__ = [
    "CACHED_FOR_S",
    "ApiToken",
    "Authenticator",
    "ExpiryInThePast",
    "NoAccountToken",
    "NotYourToken",
    "TokenExpired",
    "TokenKind",
    "TokenMissing",
    "TokenRefused",
    "TokenRevoked",
    "account_token",
    "find_account_token",
    "is_well_formed",
    "kind_of",
    "new_token",
    "regenerate_account_token",
    "reveal_account_token",
    "revoke_account_token",
]
