"""The SQL of tokens."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from baltoro.foundation.ids import OrganizationId, ProjectId, TokenId, UserId
from baltoro.foundation.secrets import Vault, digest
from baltoro.storage.database import Transaction, insert_or_ignore
from baltoro.tokens.model import ApiToken, TokenKind
from baltoro.tokens.tables import api_tokens, retired_digests

_PREFIX_SHOWN = 8
_LAST_SHOWN = 4


class Sealed(msgspec.Struct, frozen=True):
    """A token with its secret, still closed. Stays inside this room."""

    token: ApiToken
    sealed: bytes | None
    digest: bytes


class Use(msgspec.Struct, frozen=True):
    """When, from where and by what a token was used last."""

    at: datetime
    ip_address: str
    user_agent: str


async def insert_account_token(
    tx: Transaction, user_id: UserId, secret: str, *, expires_at: datetime | None, at: datetime
) -> ApiToken | None:
    """A new account token, not sealed yet; none when the person has a living one."""
    statement = insert_or_ignore(tx, api_tokens).values(
        kind=TokenKind.ACCOUNT.value,
        user_id=user_id,
        created_by=user_id,
        name="Account API token",
        scopes=[],
        expires_at=expires_at,
        created_at=at,
        updated_at=at,
        **_visible_parts(secret),
    )
    row = (await tx.execute(statement.returning(*api_tokens.c))).first()
    return None if row is None else _token(row)


async def seal(tx: Transaction, token: ApiToken, secret: str, vault: Vault) -> None:
    """Keep the secret so that it can be shown again. Needs the row's id, so it follows the insert."""
    await tx.execute(
        api_tokens.update()
        .where(api_tokens.c.id == token.id)
        .values(sealed=vault.seal(secret, owner=token.owner), key_id=vault.key_id)
    )


async def find_account_token(tx: Transaction, user_id: UserId, *, lock: bool = False) -> Sealed | None:
    """The living account token of a person."""
    statement = sa.select(api_tokens).where(
        api_tokens.c.user_id == user_id,
        api_tokens.c.kind == TokenKind.ACCOUNT.value,
        api_tokens.c.revoked_at.is_(None),
    )
    row = (await tx.execute(statement.with_for_update() if lock else statement)).first()
    return None if row is None else _sealed(row)


async def replace_secret(
    tx: Transaction, old: Sealed, secret: str, vault: Vault, *, expires_at: datetime | None, at: datetime
) -> ApiToken:
    """Give the row a new secret; the old one is remembered as retired."""
    await retire(tx, old, at=at)
    statement = (
        api_tokens.update()
        .where(api_tokens.c.id == old.token.id)
        .values(
            sealed=vault.seal(secret, owner=old.token.owner),
            key_id=vault.key_id,
            regenerated_at=at,
            updated_at=at,
            expires_at=expires_at,
            last_used_at=None,
            last_used_ip=None,
            last_used_agent=None,
            **_visible_parts(secret),
        )
    )
    return _token((await tx.execute(statement.returning(*api_tokens.c))).one())


async def retire(tx: Transaction, old: Sealed, *, at: datetime) -> None:
    """Remember a secret that was right once, so that its owner is told why it is refused."""
    await tx.execute(
        insert_or_ignore(tx, retired_digests).values(digest=old.digest, token_id=old.token.id, retired_at=at)
    )


async def revoke(tx: Transaction, token_id: TokenId, *, at: datetime) -> None:
    """End a token. Its ciphertext goes; its digest stays, so that it answers "revoked"."""
    await tx.execute(
        api_tokens.update()
        .where(api_tokens.c.id == token_id)
        .values(revoked_at=at, updated_at=at, sealed=None, key_id=None)
    )


async def find_by_digest(tx: Transaction, wanted: bytes) -> ApiToken | None:
    """The token with this digest, whatever its state."""
    row = (await tx.execute(sa.select(api_tokens).where(api_tokens.c.digest == wanted))).first()
    return None if row is None else _token(row)


async def is_retired(tx: Transaction, wanted: bytes) -> bool:
    """Whether a token had this digest before it was regenerated."""
    return (
        await tx.execute(sa.select(retired_digests.c.token_id).where(retired_digests.c.digest == wanted))
    ).first() is not None


async def note_uses(tx: Transaction, uses: Collection[tuple[TokenId, Use]]) -> None:
    """Write when tokens were used last; a time that is older than the stored one changes nothing."""
    for token_id, use in uses:
        await tx.execute(
            api_tokens.update()
            .where(
                api_tokens.c.id == token_id,
                sa.or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at <= use.at),
            )
            .values(last_used_at=use.at, last_used_ip=use.ip_address, last_used_agent=use.user_agent)
        )


def _visible_parts(secret: str) -> dict[str, Any]:
    return {"prefix": secret[:_PREFIX_SHOWN], "last4": secret[-_LAST_SHOWN:], "digest": digest(secret)}


def _sealed(row: sa.Row[Any]) -> Sealed:
    return Sealed(_token(row), None if row.sealed is None else bytes(row.sealed), bytes(row.digest))


def _token(row: sa.Row[Any]) -> ApiToken:
    return ApiToken(
        id=TokenId(row.id),
        kind=TokenKind(row.kind),
        name=row.name,
        user_id=None if row.user_id is None else UserId(row.user_id),
        organization_id=None if row.organization_id is None else OrganizationId(row.organization_id),
        created_by=None if row.created_by is None else UserId(row.created_by),
        prefix=row.prefix,
        last4=row.last4,
        scopes=tuple(row.scopes),
        project_ids=None if row.project_ids is None else tuple(ProjectId(id) for id in row.project_ids),
        created_at=row.created_at,
        updated_at=row.updated_at,
        regenerated_at=row.regenerated_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        last_used_ip=row.last_used_ip,
        last_used_agent=row.last_used_agent,
    )
