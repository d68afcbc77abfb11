import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from baltoro.accounts import (
    LinkPurpose,
    LinkUsed,
    PasswordHasher,
    find_link,
    issue_password_link,
    issue_setup_link,
    set_password,
    use_link,
)
from baltoro.accounts.tables import one_time_links
from baltoro.foundation.logs import mask
from baltoro.organizations import Registration
from baltoro.storage.database import Database
from tests.identity import NOON, register


async def test_the_setup_link_works_once_while_nobody_has_an_account(
    database: Database, hasher: PasswordHasher
) -> None:
    async with database.transaction() as tx:
        first = await issue_setup_link(tx, at=NOON)
        second = await issue_setup_link(tx, at=NOON)
        assert first is not None
        assert second is not None
        with pytest.raises(LinkUsed):
            await find_link(tx, first, LinkPurpose.SETUP, at=NOON)
        link = await find_link(tx, second, LinkPurpose.SETUP, at=NOON + timedelta(days=400))
        assert link.user_id is None
        await use_link(tx, second, LinkPurpose.SETUP, at=NOON)
        with pytest.raises(LinkUsed):
            await use_link(tx, second, LinkPurpose.SETUP, at=NOON)
        await register(tx, hasher, "ada@example.org", "Ada")
        assert await issue_setup_link(tx, at=NOON) is None


async def test_a_printed_setup_link_dies_when_somebody_is_created_otherwise(
    database: Database, hasher: PasswordHasher
) -> None:
    async with database.transaction() as tx:
        secret = await issue_setup_link(tx, at=NOON)
        assert secret is not None
        await register(tx, hasher, "ada@example.org", "Ada")
        with pytest.raises(LinkUsed):
            await use_link(tx, secret, LinkPurpose.SETUP, at=NOON)


async def test_a_password_link_lives_for_an_hour_and_fits_no_other_purpose(
    database: Database, ada: Registration
) -> None:
    async with database.transaction() as tx:
        secret = await issue_password_link(tx, ada.user.id, at=NOON)
        assert (await find_link(tx, secret, LinkPurpose.PASSWORD, at=NOON)).user_id == ada.user.id
        with pytest.raises(LinkUsed):
            await find_link(tx, secret, LinkPurpose.SETUP, at=NOON)
        with pytest.raises(LinkUsed):
            await find_link(tx, secret, LinkPurpose.PASSWORD, at=NOON + timedelta(hours=1))
        rows = (await tx.execute(sa.select(one_time_links))).all()
    assert secret not in str(rows)
    assert secret not in mask(f"open /account/password/{secret} now")


async def test_choosing_a_password_voids_every_older_link(
    database: Database, ada: Registration, hasher: PasswordHasher
) -> None:
    async with database.transaction() as tx:
        older = await issue_password_link(tx, ada.user.id, at=NOON)
        newer = await issue_password_link(tx, ada.user.id, at=NOON)
        await use_link(tx, newer, LinkPurpose.PASSWORD, at=NOON)
        await set_password(tx, hasher, ada.user.id, "another good one", at=NOON)
        with pytest.raises(LinkUsed):
            await use_link(tx, older, LinkPurpose.PASSWORD, at=NOON)


async def test_of_many_who_use_a_link_at_once_one_wins(any_database: Database, hasher: PasswordHasher) -> None:
    async with any_database.transaction() as tx:
        person = await register(tx, hasher, "ada@example.org", "Ada")
        secret = await issue_password_link(tx, person.user.id, at=NOON)

    async def use() -> bool:
        try:
            async with any_database.transaction() as tx:
                await use_link(tx, secret, LinkPurpose.PASSWORD, at=NOON)
        except LinkUsed:
            return False
        return True

    assert sum(await asyncio.gather(*(use() for _ in range(12)))) == 1
