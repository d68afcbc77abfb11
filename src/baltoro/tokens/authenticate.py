"""From the Authorization header to who is asking."""

import re
import time
from collections.abc import Callable
from datetime import datetime

import msgspec

from baltoro.access import Principal, PrincipalKind
from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import OrganizationId, TokenId, UserId
from baltoro.foundation.secrets import digest
from baltoro.organizations import principal_of_organization, principal_of_user
from baltoro.storage.database import Database, Transaction
from baltoro.tokens import store
from baltoro.tokens.format import is_well_formed
from baltoro.tokens.model import (
    ApiToken,
    TokenExpired,
    TokenKind,
    TokenMissing,
    TokenRefused,
    TokenRevoked,
)

CACHED_FOR_S = 1.0
"""Seconds for which a revocation in another process may go unnoticed. This process notices at once."""
_MOST_CACHED = 4096
_LONGEST_ADDRESS = 64
_LONGEST_AGENT = 200
# `Token`, `token` and `Bearer`, in any case: documentation of the API names them all.
_HEADER = re.compile(r"[ \t]*(?:token|bearer)[ \t]+([^ \t]+)[ \t]*", re.IGNORECASE | re.ASCII)


class _Cached(msgspec.Struct, frozen=True):
    principal: Principal
    token_id: TokenId
    expires_at: datetime | None
    until: float


class Authenticator:
    """Knows the askers of the last second, so that a pushing k6 does not cost a query each time.

    Args:
        database: where tokens are looked up.
        clock: for expiry and "last used".
        monotonic: seconds that never jump, for the age of what is cached.
    """

    def __init__(self, database: Database, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._cache: dict[bytes, _Cached] = {}
        self._forgotten = 0
        self._uses: dict[TokenId, store.Use] = {}

    async def authenticate(self, authorization: str | None, *, ip_address: str = "", user_agent: str = "") -> Principal:
        """Who is asking.

        Args:
            authorization: the header's value, `Token SECRET`; `None` when there is none.
            ip_address: noted as the token's last use, as is `user_agent`.

        Raises:
            TokenMissing: no header.
            TokenRefused: another scheme, a wrong form, or an unknown token: one answer for all.
            TokenRevoked, TokenExpired, AccountDisabled: told only to somebody who has the secret.
        """
        if authorization is None or not authorization.strip():
            raise TokenMissing
        sent = _HEADER.fullmatch(authorization)
        if sent is None:
            raise TokenRefused
        return await self.principal_of_token(sent.group(1), ip_address=ip_address, user_agent=user_agent)

    async def principal_of_token(self, token: str, *, ip_address: str = "", user_agent: str = "") -> Principal:
        """Who is asking with this secret. Surrounding blanks are not part of it.

        Raises:
            TokenRefused, TokenRevoked, TokenExpired, AccountDisabled: as `authenticate`.
        """
        token = token.strip(" \t")
        if not is_well_formed(token):
            # Before any query: a typing error or a guess costs the database nothing.
            raise TokenRefused
        wanted = digest(token)
        at = self._clock()
        cached = self._cache.get(wanted)
        if cached is None or cached.until <= self._monotonic():
            cached = await self._look_up(wanted, at)
        elif cached.expires_at is not None and cached.expires_at <= at:
            raise TokenExpired
        self._note_use(cached.token_id, ip_address, user_agent, at)
        return cached.principal

    def forget(self, token_id: TokenId) -> None:
        """Refuse or re-read a token from the next request on. Call it after the commit that changed the token."""
        self._forget(lambda cached: cached.token_id == token_id)

    def forget_user(self, user_id: UserId) -> None:
        """Re-read everything of a person from the next request on: their roles or their status changed."""
        self._forget(lambda cached: cached.principal.user_id == user_id)

    def forget_organization(self, organization_id: OrganizationId) -> None:
        """Re-read everybody in an organization from the next request on."""
        self._forget(lambda cached: organization_id in cached.principal.organizations)

    async def flush_last_used(self) -> None:
        """Write when tokens were used last. Called now and then in the background, so no request waits for it."""
        uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            async with self._database.transaction() as tx:
                await store.note_uses(tx, list(uses.items()))
        except BaseException:
            # Kept for the next attempt, unless there was a later use meanwhile.
            self._uses = uses | self._uses
            raise

    async def _look_up(self, wanted: bytes, at: datetime) -> _Cached:
        forgotten = self._forgotten
        since = self._monotonic()
        async with self._database.reading() as tx:
            token = await store.find_by_digest(tx, wanted)
            if token is None:
                raise TokenRevoked if await store.is_retired(tx, wanted) else TokenRefused
            if token.revoked_at is not None:
                raise TokenRevoked
            if token.has_expired(at):
                raise TokenExpired
            principal = await _principal(tx, token, wanted)
        cached = _Cached(principal, token.id, token.expires_at, since + CACHED_FOR_S)
        # Something was changed while we read: what we read may be from before, so it serves this request only.
        if forgotten == self._forgotten:
            self._remember(wanted, cached)
        return cached

    def _remember(self, wanted: bytes, cached: _Cached) -> None:
        if len(self._cache) >= _MOST_CACHED:
            now = self._monotonic()
            self._cache = {key: entry for key, entry in self._cache.items() if entry.until > now}
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        self._cache[wanted] = cached

    def _forget(self, concerns: Callable[[_Cached], bool]) -> None:
        self._forgotten += 1
        self._cache = {key: entry for key, entry in self._cache.items() if not concerns(entry)}

    def _note_use(self, token_id: TokenId, ip_address: str, user_agent: str, at: datetime) -> None:
        minute = at.replace(second=0, microsecond=0)
        self._uses[token_id] = store.Use(minute, ip_address[:_LONGEST_ADDRESS], user_agent[:_LONGEST_AGENT])


async def _principal(tx: Transaction, token: ApiToken, sent: bytes) -> Principal:
    if token.kind is TokenKind.ACCOUNT and token.user_id is not None:
        return await principal_of_user(
            tx, token.user_id, kind=PrincipalKind.ACCOUNT_TOKEN, token_id=token.id, token_digest=sent
        )
    if token.organization_id is None:
        raise TokenRefused
    return principal_of_organization(
        token.organization_id,
        token_id=token.id,
        token_digest=sent,
        name=token.name,
        scopes=token.scopes,
        project_ids=token.project_ids,
    )
