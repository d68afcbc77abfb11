import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from argon2 import extract_parameters

from baltoro.accounts import (
    AccountDisabled,
    EmailTaken,
    PasswordHasher,
    WrongPair,
    any_user_exists,
    create_user,
    find_user,
    find_user_by_email,
    set_password,
    sign_in,
)
from baltoro.accounts.tables import users
from baltoro.foundation.errors import Invalid
from baltoro.organizations import Registration
from baltoro.storage.database import Database
from tests.identity import NOON, PASSWORD


async def stored_hash(database: Database) -> str:
    async with database.reading() as tx:
        return str((await tx.execute(sa.select(users.c.password_hash))).scalar_one())


async def test_the_right_pair_signs_in_whatever_the_case_of_the_address(
    database: Database, hasher: PasswordHasher, ada: Registration
) -> None:
    for email in ("ada@example.org", "ADA@Example.Org", " ada@example.org "):
        assert (await sign_in(database, hasher, email, PASSWORD, at=NOON)).id == ada.user.id


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_one_trailing_line_end_is_not_part_of_the_password(
    database: Database, hasher: PasswordHasher, ada: Registration, end: str
) -> None:
    assert (await sign_in(database, hasher, ada.user.email, PASSWORD + end, at=NOON)).id == ada.user.id
    with pytest.raises(WrongPair):
        await sign_in(database, hasher, ada.user.email, PASSWORD + end + end, at=NOON)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "wrong"),
        ("ada@example.org", ""),
        ("ada@example.org", PASSWORD + " "),
        ("ada@example.org", "x" * 100_000),
        ("ada@example.org", "\ud800"),
        ("nobody@example.org", PASSWORD),
        ("", PASSWORD),
        ("'; drop table users; --", PASSWORD),
    ],
)
async def test_every_wrong_pair_gets_one_answer(
    database: Database, hasher: PasswordHasher, email: str, password: str
) -> None:
    with pytest.raises(WrongPair) as refused:
        await sign_in(database, hasher, email, password, at=NOON)
    assert refused.value.message == (
        "Wrong e-mail or password. If you sign in with Google, GitHub or SSO, "
        "create a password with Forgot Password or use an API token."
    )
    assert refused.value.detail_code is None


async def test_somebody_without_a_password_gets_the_same_answer(database: Database, hasher: PasswordHasher) -> None:
    async with database.transaction() as tx:
        user = await create_user(
            tx, hasher, email="sso@example.org", first_name="S", last_name="", password=None, at=NOON
        )
    assert not user.has_password
    with pytest.raises(WrongPair):
        await sign_in(database, hasher, "sso@example.org", "", at=NOON)


async def test_a_disabled_account_is_named_only_after_the_right_password(
    database: Database, hasher: PasswordHasher, ada: Registration
) -> None:
    async with database.transaction() as tx:
        await tx.execute(users.update().values(status="disabled"))
    with pytest.raises(AccountDisabled) as refused:
        await sign_in(database, hasher, ada.user.email, PASSWORD, at=NOON)
    assert refused.value.detail_code == 603
    with pytest.raises(WrongPair):
        await sign_in(database, hasher, ada.user.email, "wrong", at=NOON)


async def test_an_unknown_address_costs_a_hash_too(database: Database) -> None:
    class Counting(PasswordHasher):
        costs = 0

        def _verify(self, stored: str | None, password: str) -> bool:
            Counting.costs += 1
            return super()._verify(stored, password)

    hasher = Counting(memory_kib=64, iterations=1)
    with pytest.raises(WrongPair):
        await sign_in(database, hasher, "nobody@example.org", PASSWORD, at=NOON)
    hasher.close()
    assert Counting.costs == 1


@pytest.mark.parametrize(
    "password", ["short77", "x" * 257, "with\nline end", "with\x00zero", "with\x7fdelete", "tab\tin it", "\u2028 line"]
)
async def test_a_password_that_breaks_a_rule_cannot_be_set(
    database: Database, hasher: PasswordHasher, ada: Registration, password: str
) -> None:
    with pytest.raises(Invalid) as refused:
        async with database.transaction() as tx:
            await set_password(tx, hasher, ada.user.id, password, at=NOON)
    assert list(refused.value.field_errors) == ["password"]
    assert password not in str(refused.value.field_errors)
    await sign_in(database, hasher, ada.user.email, PASSWORD, at=NOON)


@pytest.mark.parametrize("password", ["8 enough", "x" * 256, "пароль и ещё", "𝕻𝖆𝖘𝖘𝖜𝖔𝖗𝖉"])
async def test_a_password_of_any_script_can_be_set(
    database: Database, hasher: PasswordHasher, ada: Registration, password: str
) -> None:
    async with database.transaction() as tx:
        await set_password(tx, hasher, ada.user.id, password, at=NOON)
    assert (await sign_in(database, hasher, ada.user.email, password + "\n", at=NOON)).id == ada.user.id
    with pytest.raises(WrongPair):
        await sign_in(database, hasher, ada.user.email, PASSWORD, at=NOON)


@pytest.mark.parametrize("email", ["", "ada", "@example.org", "ada@", "a b@example.org", "a\n@b.c", "x" * 251 + "@b.c"])
async def test_what_cannot_be_an_address_is_refused(database: Database, hasher: PasswordHasher, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        async with database.transaction() as tx:
            await create_user(tx, hasher, email=email, first_name="A", last_name="", password=PASSWORD, at=NOON)
    assert list(refused.value.field_errors) == ["email"]


async def test_an_address_is_unique_in_any_case(any_database: Database, hasher: PasswordHasher) -> None:
    async def create(email: str) -> int:
        async with any_database.transaction() as tx:
            assert await any_user_exists(tx) or email
            return (
                await create_user(tx, hasher, email=email, first_name="A", last_name="", password=PASSWORD, at=NOON)
            ).id

    results = await asyncio.gather(create("ada@example.org"), create("ADA@example.org"), return_exceptions=True)
    assert sum(isinstance(result, EmailTaken) for result in results) == 1
    async with any_database.reading() as tx:
        found = await find_user_by_email(tx, "Ada@Example.org")
        assert found is not None
        assert await find_user(tx, found.id) == found


@pytest.fixture
async def strong() -> AsyncIterator[PasswordHasher]:
    hasher = PasswordHasher()
    yield hasher
    hasher.close()


async def test_the_hash_is_argon2id_of_the_advised_cost(strong: PasswordHasher) -> None:
    hashed = await strong.hash(PASSWORD)
    parameters = extract_parameters(hashed)
    assert hashed.startswith("$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19 * 1024, 2, 1)


async def test_a_hash_of_yesterdays_cost_is_renewed_at_sign_in(
    database: Database, hasher: PasswordHasher, ada: Registration
) -> None:
    before = await stored_hash(database)
    await sign_in(database, hasher, ada.user.email, PASSWORD, at=NOON)
    assert await stored_hash(database) == before
    dearer = PasswordHasher(memory_kib=128, iterations=1)
    await sign_in(database, dearer, ada.user.email, PASSWORD, at=NOON)
    assert extract_parameters(await stored_hash(database)).memory_cost == 128
    await sign_in(database, dearer, ada.user.email, PASSWORD, at=NOON)
    dearer.close()


async def test_at_most_four_hashes_run_at_once_and_none_on_the_event_loop() -> None:
    running, most, on_loop = 0, 0, False
    lock, loop_thread = threading.Lock(), threading.get_ident()

    class Watched(PasswordHasher):
        def _verify(self, stored: str | None, password: str) -> bool:
            nonlocal running, most, on_loop
            with lock:
                running += 1
                most = max(most, running)
                on_loop |= threading.get_ident() == loop_thread
            try:
                return super()._verify(stored, password)
            finally:
                with lock:
                    running -= 1

    hasher = Watched(memory_kib=4096, iterations=1)
    await asyncio.gather(*(hasher.verify(None, "x") for _ in range(24)))
    hasher.close()
    assert most <= 4
    assert not on_loop
