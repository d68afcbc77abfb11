from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NoReturn

import msgspec
import pytest
import sqlalchemy as sa

from baltoro.access import OrganizationRole, PrincipalKind
from baltoro.accounts import AccountDisabled
from baltoro.accounts.tables import users
from baltoro.foundation.secrets import Vault, digest
from baltoro.organizations import Registration
from baltoro.organizations.tables import memberships
from baltoro.storage.database import Database, Transaction
from baltoro.tokens import (
    ApiToken,
    Authenticator,
    TokenExpired,
    TokenKind,
    TokenMissing,
    TokenRefused,
    TokenRevoked,
    account_token,
    new_token,
    regenerate_account_token,
    revoke_account_token,
)
from baltoro.tokens.tables import api_tokens
from tests.identity import NOON, Time, session_of


class Closed(Database):
    """A database that nobody may touch."""

    def __init__(self) -> None:
        pass

    def reading(self) -> NoReturn:
        raise AssertionError("the database was asked")


@pytest.fixture
def authenticator(database: Database, time: Time) -> Authenticator:
    return Authenticator(database, time, monotonic=time.monotonic)


@pytest.fixture
async def issued(database: Database, vault: Vault, ada: Registration) -> tuple[ApiToken, str]:
    async with database.transaction() as tx:
        made = await account_token(tx, vault, ada.user.id, create=True, at=NOON)
    assert made is not None
    return made


async def regenerate(
    database: Database, vault: Vault, person: Registration, time: Time, *, expires_in: timedelta | None = None
) -> tuple[ApiToken, str]:
    async with database.transaction() as tx:
        asker = msgspec.structs.replace(await session_of(tx, person), authenticated_at=time())
        expires_at = None if expires_in is None else time() + expires_in
        return await regenerate_account_token(tx, vault, asker, expires_at=expires_at, at=time())


@pytest.mark.parametrize(
    "spelling",
    ["Token {}", "token {}", "TOKEN {}", "Bearer {}", "bearer {}", "  Token \t  {}  ", "\ttOkEn\t{}\t"],
)
async def test_every_spelling_of_the_header_is_understood(
    authenticator: Authenticator, issued: tuple[ApiToken, str], ada: Registration, spelling: str
) -> None:
    principal = await authenticator.authenticate(spelling.format(issued[1]))
    assert principal.kind is PrincipalKind.ACCOUNT_TOKEN
    assert principal.user_id == ada.user.id
    assert principal.token_id == issued[0].id
    assert principal.organizations == {ada.organization.id: OrganizationRole.OWNER}
    assert principal.default_project_id == ada.project.id


@pytest.mark.parametrize("header", [None, "", "  \t"])
async def test_no_header_is_told_from_a_wrong_one(time: Time, header: str | None) -> None:
    with pytest.raises(TokenMissing):
        await Authenticator(Closed(), time).authenticate(header)


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Token nope",
        "Basic YWRhOnNlY3JldA==",
        "bltu_0000000000000000000000000000000iH3MI",
        "Token bltu_0000000000000000000000000000000iH3MX",
        "Token bltr_0000000000000000000000000000000iH3MI",
        "Token bltu_0000000000000000000000000000000iH3MI extra",
        "Tokenbltu_0000000000000000000000000000000iH3MI",
        "Token\nbltu_0000000000000000000000000000000iH3MI",
        "Token bltu_\u0660000000000000000000000000000000iH3MI",
        "Token " + "0" * 64,
        "Token " + "x" * 100_000,
    ],
)
async def test_a_wrong_form_is_refused_without_asking_the_database(time: Time, header: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        await Authenticator(Closed(), time).authenticate(header)
    assert header not in refused.value.message


async def test_an_unknown_token_gets_the_same_answer_as_a_malformed_one(authenticator: Authenticator) -> None:
    answers = set()
    for token in (new_token(TokenKind.ACCOUNT), new_token(TokenKind.ORGANIZATION), "nope"):
        with pytest.raises(TokenRefused) as refused:
            await authenticator.principal_of_token(token)
        answers.add((refused.value.message, refused.value.detail_code))
    assert len(answers) == 1


async def test_an_old_secret_is_named_revoked_once_it_was_regenerated(
    authenticator: Authenticator, database: Database, vault: Vault, ada: Registration, time: Time
) -> None:
    token, old = await regenerate(database, vault, ada, time)
    await authenticator.principal_of_token(old)
    _, new = await regenerate(database, vault, ada, time)
    authenticator.forget(token.id)
    with pytest.raises(TokenRevoked) as refused:
        await authenticator.principal_of_token(old)
    assert refused.value.detail_code == 601
    assert (await authenticator.principal_of_token(new)).token_id == token.id


async def test_a_revocation_elsewhere_is_noticed_within_a_second(
    authenticator: Authenticator, database: Database, issued: tuple[ApiToken, str], ada: Registration, time: Time
) -> None:
    token, secret = issued
    await authenticator.principal_of_token(secret)
    async with database.transaction() as tx:
        asker = msgspec.structs.replace(await session_of(tx, ada), authenticated_at=NOON)
        await revoke_account_token(tx, asker, at=NOON)
    time.pass_by(seconds=0.9)
    assert (await authenticator.principal_of_token(secret)).token_id == token.id
    time.pass_by(seconds=0.1)
    with pytest.raises(TokenRevoked):
        await authenticator.principal_of_token(secret)


async def test_a_clock_that_is_set_back_does_not_keep_a_revoked_token_alive(
    authenticator: Authenticator, database: Database, issued: tuple[ApiToken, str], time: Time
) -> None:
    await authenticator.principal_of_token(issued[1])
    async with database.transaction() as tx:
        await tx.execute(api_tokens.update().values(revoked_at=NOON))
    time.now -= timedelta(hours=1)
    time.monotonic_now += 1
    with pytest.raises(TokenRevoked):
        await authenticator.principal_of_token(issued[1])


async def test_a_role_counts_from_the_next_request_on_when_this_process_changed_it(
    authenticator: Authenticator, database: Database, issued: tuple[ApiToken, str], ada: Registration
) -> None:
    await authenticator.principal_of_token(issued[1])
    async with database.transaction() as tx:
        await tx.execute(memberships.update().values(role="member"))
    authenticator.forget_user(ada.user.id)
    principal = await authenticator.principal_of_token(issued[1])
    assert principal.organizations == {ada.organization.id: OrganizationRole.MEMBER}
    async with database.transaction() as tx:
        await tx.execute(memberships.update().values(role="admin"))
    authenticator.forget_organization(ada.organization.id)
    principal = await authenticator.principal_of_token(issued[1])
    assert principal.organizations == {ada.organization.id: OrganizationRole.ADMIN}


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    database: Database, issued: tuple[ApiToken, str], time: Time
) -> None:
    token, secret = issued

    class Interrupting(Database):
        """After the first reading, somebody revokes the token and says so, before the reader goes on."""

        def __init__(self) -> None:
            self.interrupted = False

        @asynccontextmanager
        async def reading(self) -> AsyncIterator[Transaction]:
            async with database.reading() as tx:
                yield tx
            if not self.interrupted:
                self.interrupted = True
                async with database.transaction() as tx:
                    await tx.execute(api_tokens.update().values(revoked_at=NOON))
                watched.forget(token.id)

    watched = Authenticator(Interrupting(), time, monotonic=time.monotonic)
    await watched.principal_of_token(secret)
    with pytest.raises(TokenRevoked):
        await watched.principal_of_token(secret)


async def test_an_expired_token_is_named_expired_even_while_it_is_remembered(
    authenticator: Authenticator, database: Database, vault: Vault, ada: Registration, time: Time
) -> None:
    _, secret = await regenerate(database, vault, ada, time, expires_in=timedelta(seconds=0.5))
    await authenticator.principal_of_token(secret)
    for _ in range(2):
        time.pass_by(seconds=0.6)
        with pytest.raises(TokenExpired) as refused:
            await authenticator.principal_of_token(secret)
        assert refused.value.detail_code == 602


async def test_a_disabled_person_is_told_so(
    authenticator: Authenticator, database: Database, issued: tuple[ApiToken, str]
) -> None:
    async with database.transaction() as tx:
        await tx.execute(users.update().values(status="disabled"))
    with pytest.raises(AccountDisabled) as refused:
        await authenticator.principal_of_token(issued[1])
    assert refused.value.detail_code == 603


async def test_an_organization_token_is_the_organization(
    authenticator: Authenticator, database: Database, ada: Registration
) -> None:
    secret = new_token(TokenKind.ORGANIZATION)
    async with database.transaction() as tx:
        await tx.execute(
            api_tokens.insert().values(
                kind="organization",
                organization_id=ada.organization.id,
                created_by=ada.user.id,
                name="ci",
                prefix=secret[:8],
                last4=secret[-4:],
                digest=digest(secret),
                scopes=["runs:write"],
                project_ids=[ada.project.id],
                created_at=NOON,
                updated_at=NOON,
            )
        )
    principal = await authenticator.principal_of_token(secret)
    assert principal.kind is PrincipalKind.ORGANIZATION_TOKEN
    assert principal.user_id is None
    assert principal.name == "ci"
    assert principal.scopes == frozenset({"runs:write"})
    assert principal.project_restriction == frozenset({ada.project.id})
    assert principal.default_project_id is None


async def test_the_last_use_is_written_in_the_background_to_the_minute(
    authenticator: Authenticator, database: Database, issued: tuple[ApiToken, str], time: Time
) -> None:
    async def last_use() -> tuple[object, ...]:
        async with database.reading() as tx:
            row = await tx.execute(
                sa.select(api_tokens.c.last_used_at, api_tokens.c.last_used_ip, api_tokens.c.last_used_agent)
            )
            return tuple(row.one())

    time.pass_by(seconds=59)
    await authenticator.authenticate(f"Token {issued[1]}", ip_address="10.0.0.1", user_agent="k6cloud/1.1.0")
    await authenticator.authenticate(f"Token {issued[1]}", ip_address="10.0.0.2", user_agent="y" * 999)
    assert await last_use() == (None, None, None)
    await authenticator.flush_last_used()
    assert await last_use() == (NOON, "10.0.0.2", "y" * 200)


async def test_a_last_use_that_could_not_be_written_is_kept(
    authenticator: Authenticator, database: Database, issued: tuple[ApiToken, str]
) -> None:
    await authenticator.principal_of_token(issued[1], ip_address="10.0.0.1")
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE api_tokens RENAME TO elsewhere"))
    with pytest.raises(Exception, match="database"):
        await authenticator.flush_last_used()
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE elsewhere RENAME TO api_tokens"))
    await authenticator.flush_last_used()
    async with database.reading() as tx:
        assert (await tx.execute(sa.select(api_tokens.c.last_used_ip))).scalar() == "10.0.0.1"


async def test_the_cache_does_not_grow_without_bound(
    authenticator: Authenticator, issued: tuple[ApiToken, str], time: Time
) -> None:
    await authenticator.principal_of_token(issued[1])
    entry = next(iter(authenticator._cache.values()))
    authenticator._cache.update({number.to_bytes(32, "big"): entry for number in range(5000)})
    time.pass_by(seconds=2)
    await authenticator.principal_of_token(issued[1])
    assert len(authenticator._cache) == 1
