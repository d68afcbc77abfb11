import asyncio
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from baltoro.access import Principal, PrincipalKind, RecentSignInNeeded
from baltoro.accounts import PasswordHasher
from baltoro.foundation.errors import NotAllowed
from baltoro.foundation.ids import TokenId
from baltoro.foundation.secrets import KEY_BYTES, Unsealable, Vault, digest
from baltoro.organizations import Registration, principal_of_organization
from baltoro.storage.database import Database
from baltoro.tokens import (
    ExpiryInThePast,
    NoAccountToken,
    TokenKind,
    TokenRevoked,
    account_token,
    find_account_token,
    kind_of,
    regenerate_account_token,
    reveal_account_token,
    revoke_account_token,
)
from baltoro.tokens.tables import api_tokens, retired_digests
from tests.identity import NOON, register, session_of


async def signed_in(database: Database, person: Registration) -> Principal:
    """The person with a sign-in of this moment."""
    async with database.reading() as tx:
        return msgspec.structs.replace(await session_of(tx, person), authenticated_at=NOON)


def with_token(asker: Principal, token_id: int, secret: str) -> Principal:
    return msgspec.structs.replace(
        asker,
        kind=PrincipalKind.ACCOUNT_TOKEN,
        authenticated_at=None,
        token_id=TokenId(token_id),
        token_digest=digest(secret),
    )


async def test_there_is_no_token_until_somebody_wants_one(database: Database, vault: Vault, ada: Registration) -> None:
    asker = await signed_in(database, ada)
    async with database.transaction() as tx:
        assert await account_token(tx, vault, ada.user.id, create=False, at=NOON) is None
        assert await find_account_token(tx, asker) is None
        with pytest.raises(NoAccountToken):
            await reveal_account_token(tx, vault, asker, at=NOON)
        with pytest.raises(NoAccountToken):
            await revoke_account_token(tx, asker, at=NOON)
        made = await account_token(tx, vault, ada.user.id, create=True, at=NOON)
        assert made is not None
        token, secret = made
        assert kind_of(secret) is TokenKind.ACCOUNT
        assert (token.prefix, token.last4) == (secret[:8], secret[-4:])
        assert await account_token(tx, vault, ada.user.id, create=True, at=NOON) == made
        assert await reveal_account_token(tx, vault, asker, at=NOON) == made
        assert await find_account_token(tx, asker) == token


async def test_many_first_logins_at_once_get_one_token(
    any_database: Database, vault: Vault, hasher: PasswordHasher
) -> None:
    async with any_database.transaction() as tx:
        ada = await register(tx, hasher, "ada@example.org", "Ada")

    async def log_in() -> str:
        async with any_database.transaction() as tx:
            found = await account_token(tx, vault, ada.user.id, create=True, at=NOON)
        assert found is not None
        return found[1]

    secrets = await asyncio.gather(*(log_in() for _ in range(16)))
    assert len(set(secrets)) == 1
    async with any_database.reading() as tx:
        assert (await tx.execute(sa.select(sa.func.count()).select_from(api_tokens))).scalar() == 1


async def test_many_regenerations_at_once_leave_one_living_secret(
    any_database: Database, vault: Vault, hasher: PasswordHasher
) -> None:
    async with any_database.transaction() as tx:
        ada = await register(tx, hasher, "ada@example.org", "Ada")
    asker = await signed_in(any_database, ada)

    async def regenerate() -> str:
        async with any_database.transaction() as tx:
            return (await regenerate_account_token(tx, vault, asker, at=NOON))[1]

    secrets = await asyncio.gather(*(regenerate() for _ in range(8)))
    assert len(set(secrets)) == 8
    async with any_database.reading() as tx:
        living = (await tx.execute(sa.select(api_tokens.c.digest))).scalars().all()
        retired = (await tx.execute(sa.select(retired_digests.c.digest))).scalars().all()
    assert {bytes(value) for value in [*living, *retired]} == {digest(secret) for secret in secrets}
    assert len(living) == 1


async def test_regenerating_keeps_the_row_and_retires_the_old_secret(
    database: Database, vault: Vault, ada: Registration
) -> None:
    asker = await signed_in(database, ada)
    later = NOON + timedelta(minutes=5)
    async with database.transaction() as tx:
        first, old = await regenerate_account_token(tx, vault, asker, at=NOON)
        assert first.regenerated_at is None
        second, new = await regenerate_account_token(tx, vault, asker, expires_at=later + timedelta(days=7), at=later)
        assert second.id == first.id
        assert new != old
        assert second.regenerated_at == later
        assert second.expires_at == later + timedelta(days=7)
        assert await reveal_account_token(tx, vault, asker, at=later) == (second, new)
        with pytest.raises(ExpiryInThePast):
            await regenerate_account_token(tx, vault, asker, expires_at=later, at=later)


async def test_a_session_must_be_fresh_and_a_token_shows_itself_only(
    database: Database, vault: Vault, ada: Registration
) -> None:
    asker = await signed_in(database, ada)
    too_late = NOON + timedelta(minutes=16)
    async with database.transaction() as tx:
        token, secret = await regenerate_account_token(tx, vault, asker, at=NOON)
        for act in (
            reveal_account_token(tx, vault, asker, at=too_late),
            regenerate_account_token(tx, vault, asker, at=too_late),
            revoke_account_token(tx, asker, at=too_late),
        ):
            with pytest.raises(RecentSignInNeeded):
                await act
        itself = with_token(asker, token.id, secret)
        assert await reveal_account_token(tx, vault, itself, at=too_late) == (token, secret)
        replaced, _ = await regenerate_account_token(tx, vault, itself, at=too_late)
        # A request that was admitted with the old secret must not read the new one.
        for act in (
            reveal_account_token(tx, vault, itself, at=too_late),
            regenerate_account_token(tx, vault, itself, at=too_late),
            revoke_account_token(tx, itself, at=too_late),
        ):
            with pytest.raises(TokenRevoked):
                await act
        assert await find_account_token(tx, asker) == replaced


async def test_an_organization_token_has_no_account_token(database: Database, vault: Vault, ada: Registration) -> None:
    asker = principal_of_organization(
        ada.organization.id, token_id=TokenId(9), name="ci", scopes=["runs:write"], project_ids=None
    )
    async with database.transaction() as tx:
        await account_token(tx, vault, ada.user.id, create=True, at=NOON)
        with pytest.raises(NotAllowed):
            await reveal_account_token(tx, vault, asker, at=NOON)
        assert await find_account_token(tx, asker) is None


async def test_after_revoking_a_new_token_is_another_row(database: Database, vault: Vault, ada: Registration) -> None:
    asker = await signed_in(database, ada)
    async with database.transaction() as tx:
        first, old = await regenerate_account_token(tx, vault, asker, at=NOON)
        assert (await revoke_account_token(tx, asker, at=NOON)).id == first.id
        assert await account_token(tx, vault, ada.user.id, create=False, at=NOON) is None
        made = await account_token(tx, vault, ada.user.id, create=True, at=NOON)
        assert made is not None
        assert made[0].id != first.id
        assert made[1] != old
        sealed = (await tx.execute(sa.select(api_tokens.c.sealed).where(api_tokens.c.id == first.id))).scalar_one()
        assert sealed is None


async def test_logging_in_replaces_an_expired_token(database: Database, vault: Vault, ada: Registration) -> None:
    asker = await signed_in(database, ada)
    tomorrow = NOON + timedelta(days=1)
    async with database.transaction() as tx:
        _, old = await regenerate_account_token(tx, vault, asker, expires_at=tomorrow, at=NOON)
        found = await account_token(tx, vault, ada.user.id, create=True, at=NOON)
        assert found is not None
        assert found[1] == old
        found = await account_token(tx, vault, ada.user.id, create=True, at=tomorrow)
        assert found is not None
        assert found[1] != old
        assert found[0].expires_at is None


async def test_the_database_holds_no_secret_and_another_key_opens_nothing(
    database: Database, vault: Vault, ada: Registration
) -> None:
    asker = await signed_in(database, ada)
    async with database.transaction() as tx:
        _, secret = await regenerate_account_token(tx, vault, asker, at=NOON)
        rows = (await tx.execute(sa.select(api_tokens))).all()
        assert secret not in str(rows)
        assert secret[8:-4] not in str(rows)
        with pytest.raises(Unsealable):
            await reveal_account_token(tx, Vault(b"x" * KEY_BYTES), asker, at=NOON)


async def test_a_ciphertext_that_was_moved_to_another_row_does_not_open(
    database: Database, vault: Vault, ada: Registration, bob: Registration
) -> None:
    asker = await signed_in(database, bob)
    async with database.transaction() as tx:
        victim = await account_token(tx, vault, ada.user.id, create=True, at=NOON)
        thief = await account_token(tx, vault, bob.user.id, create=True, at=NOON)
        assert victim is not None
        assert thief is not None
        stolen = (await tx.execute(sa.select(api_tokens.c.sealed).where(api_tokens.c.id == victim[0].id))).scalar_one()
        await tx.execute(api_tokens.update().where(api_tokens.c.id == thief[0].id).values(sealed=stolen))
        with pytest.raises(Unsealable):
            await reveal_account_token(tx, vault, asker, at=NOON)
