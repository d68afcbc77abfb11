"""The account token: fetch (and create if necessary), see, regenerate, revoke."""

import hmac
from datetime import datetime

from baltoro.access import Permission, Principal, PrincipalKind
from baltoro.foundation.errors import Conflict
from baltoro.foundation.ids import UserId
from baltoro.foundation.secrets import Unsealable, Vault
from baltoro.storage.database import Transaction
from baltoro.tokens import store
from baltoro.tokens.format import new_token
from baltoro.tokens.model import ApiToken, ExpiryInThePast, NoAccountToken, NotYourToken, TokenKind, TokenRevoked


async def account_token(
    tx: Transaction, vault: Vault, user_id: UserId, *, create: bool, at: datetime
) -> tuple[ApiToken, str] | None:
    """The person's account token and its secret: what k6 fetches when somebody logs in with a password.

    A living token is never replaced, because other machines use it; an expired one gets a new secret when `create` is
    given. Two first logins at once end up with the same token.

    Args:
        create: make one if there is none. Needs a transaction that may write.

    Raises:
        Unsealable: the instance key was changed; the token works, but cannot be shown.
    """
    found = await store.find_account_token(tx, user_id, lock=create)
    if found is None and create:
        made = await _insert(tx, vault, user_id, at=at)
        if made is not None:
            return made
        # Somebody else was faster; their insert has been committed, or ours would still be waiting for it.
        found = await store.find_account_token(tx, user_id, lock=True)
    if found is None:
        return None
    if found.token.has_expired(at) and create:
        secret = new_token(TokenKind.ACCOUNT)
        return await store.replace_secret(tx, found, secret, vault, expires_at=None, at=at), secret
    return found.token, _opened(found, vault)


async def reveal_account_token(
    tx: Transaction, vault: Vault, asker: Principal, *, at: datetime
) -> tuple[ApiToken, str]:
    """See the asker's account token.

    Raises:
        NotAllowed: an organization token; a session whose sign-in is older than 15 minutes (detail 401).
        NoAccountToken: there is none yet.
        Unsealable: the instance key was changed; regenerating helps.
    """
    found = await store.find_account_token(tx, _owner(asker, at))
    if found is None:
        raise NoAccountToken
    _require_that_very_token(asker, found)
    return found.token, _opened(found, vault)


async def regenerate_account_token(
    tx: Transaction, vault: Vault, asker: Principal, *, expires_at: datetime | None = None, at: datetime
) -> tuple[ApiToken, str]:
    """Give the asker's account token a new secret in the same row, or make the first one. The old secret is dead.

    After the commit the door calls `Authenticator.forget`, so that this process refuses the old secret at once.

    Raises:
        NotAllowed: an organization token; a session whose sign-in is older than 15 minutes (detail 401).
        ExpiryInThePast: `expires_at` is not in the future.
    """
    user_id = _owner(asker, at)
    if expires_at is not None and expires_at <= at:
        raise ExpiryInThePast
    found = await store.find_account_token(tx, user_id, lock=True)
    if found is None:
        made = await _insert(tx, vault, user_id, expires_at=expires_at, at=at)
        if made is not None:
            return made
        # A first login was faster.
        found = await store.find_account_token(tx, user_id, lock=True)
    if found is None:
        raise Conflict("The API token was revoked at the same moment. Try again.")
    _require_that_very_token(asker, found)
    secret = new_token(TokenKind.ACCOUNT)
    return await store.replace_secret(tx, found, secret, vault, expires_at=expires_at, at=at), secret


async def revoke_account_token(tx: Transaction, asker: Principal, *, at: datetime) -> ApiToken:
    """End the asker's account token. After the commit the door calls `Authenticator.forget`.

    Raises:
        NotAllowed: an organization token; a session whose sign-in is older than 15 minutes (detail 401).
        NoAccountToken: there is none.
    """
    found = await store.find_account_token(tx, _owner(asker, at), lock=True)
    if found is None:
        raise NoAccountToken
    _require_that_very_token(asker, found)
    await store.revoke(tx, found.token.id, at=at)
    return found.token


async def find_account_token(tx: Transaction, asker: Principal) -> ApiToken | None:
    """The asker's account token without its secret; none for an organization token, or when there is none yet."""
    if asker.user_id is None:
        return None
    found = await store.find_account_token(tx, asker.user_id)
    return None if found is None else found.token


def _owner(asker: Principal, at: datetime) -> UserId:
    """The person who asks for their own token, with a fresh sign-in or with that very token."""
    if asker.user_id is None:
        raise NotYourToken
    asker.require(Permission.SEE_OWN_TOKEN, None)
    if asker.kind is not PrincipalKind.ACCOUNT_TOKEN:
        asker.require_recent_sign_in(at)
    return asker.user_id


def _require_that_very_token(asker: Principal, found: store.Sealed) -> None:
    """A token shows and changes itself only: not the one that replaced it while the request was under way."""
    if asker.kind is PrincipalKind.ACCOUNT_TOKEN and not hmac.compare_digest(asker.token_digest or b"", found.digest):
        raise TokenRevoked


async def _insert(
    tx: Transaction, vault: Vault, user_id: UserId, *, expires_at: datetime | None = None, at: datetime
) -> tuple[ApiToken, str] | None:
    secret = new_token(TokenKind.ACCOUNT)
    token = await store.insert_account_token(tx, user_id, secret, expires_at=expires_at, at=at)
    if token is None:
        return None
    await store.seal(tx, token, secret, vault)
    return token, secret


def _opened(found: store.Sealed, vault: Vault) -> str:
    if found.sealed is None:
        raise Unsealable("This API token cannot be shown again. Regenerate it.")
    return vault.unseal(found.sealed, owner=found.token.owner)
