from datetime import timedelta

import pytest
import sqlalchemy as sa

from baltoro.accounts import (
    PasswordHasher,
    end_session,
    find_session,
    forget_old_sessions,
    refresh_session,
    set_password,
    start_session,
    touch_session,
)
from baltoro.accounts.tables import sessions, users
from baltoro.organizations import Registration
from baltoro.storage.database import Database
from tests.identity import NOON


async def started(database: Database, person: Registration) -> str:
    async with database.transaction() as tx:
        _, secret = await start_session(tx, person.user.id, ip_address="127.0.0.1", user_agent="x" * 999, at=NOON)
    return secret


async def test_a_session_is_found_by_its_secret_and_only_its_digest_is_stored(
    database: Database, ada: Registration
) -> None:
    secret = await started(database, ada)
    async with database.reading() as tx:
        session = await find_session(tx, secret, at=NOON)
        assert session is not None
        assert session.user_id == ada.user.id
        assert len(session.user_agent) == 400
        assert await find_session(tx, secret + "x", at=NOON) is None
        assert await find_session(tx, "", at=NOON) is None
        rows = (await tx.execute(sa.select(sessions))).all()
    assert secret not in str(rows)
    assert session.csrf_token not in repr(session)


async def test_a_session_ends_after_twelve_idle_hours(database: Database, ada: Registration) -> None:
    secret = await started(database, ada)
    async with database.transaction() as tx:
        session = await find_session(tx, secret, at=NOON + timedelta(hours=11))
        assert session is not None
        await touch_session(tx, session, at=NOON + timedelta(hours=11))
        assert await find_session(tx, secret, at=NOON + timedelta(hours=22)) is not None
        assert await find_session(tx, secret, at=NOON + timedelta(hours=23, seconds=1)) is None


async def test_a_session_ends_after_thirty_days_however_busy(database: Database, ada: Registration) -> None:
    secret = await started(database, ada)
    async with database.transaction() as tx:
        for hours in range(0, 30 * 24 + 1, 10):
            session = await find_session(tx, secret, at=NOON + timedelta(hours=hours))
            assert session is not None
            await touch_session(tx, session, at=NOON + timedelta(hours=hours))
        assert await find_session(tx, secret, at=NOON + timedelta(days=30, seconds=1)) is None


async def test_touching_writes_once_a_minute(database: Database, ada: Registration) -> None:
    secret = await started(database, ada)
    async with database.transaction() as tx:
        session = await find_session(tx, secret, at=NOON)
        assert session is not None
        await touch_session(tx, session, at=NOON + timedelta(seconds=59))
        assert await find_session(tx, secret, at=NOON) == session
        await touch_session(tx, session, at=NOON + timedelta(seconds=60))
        assert await find_session(tx, secret, at=NOON) != session


async def test_signing_in_again_changes_the_secret_and_the_csrf_token(database: Database, ada: Registration) -> None:
    old = await started(database, ada)
    async with database.transaction() as tx:
        before = await find_session(tx, old, at=NOON)
        assert before is not None
        after, new = await refresh_session(tx, before, at=NOON + timedelta(hours=1))
        assert await find_session(tx, old, at=NOON) is None
        assert await find_session(tx, new, at=NOON) == after
    assert after.id == before.id
    assert after.authenticated_at == NOON + timedelta(hours=1)
    assert after.csrf_token not in {before.csrf_token, ""}


async def test_a_disabled_person_has_no_session(database: Database, ada: Registration) -> None:
    secret = await started(database, ada)
    async with database.transaction() as tx:
        await tx.execute(users.update().values(status="disabled"))
        assert await find_session(tx, secret, at=NOON) is None


async def test_signing_out_ends_one_session_and_a_new_password_all_others(
    database: Database, ada: Registration, hasher: PasswordHasher
) -> None:
    first, second, third = [await started(database, ada) for _ in range(3)]
    async with database.transaction() as tx:
        one = await find_session(tx, first, at=NOON)
        two = await find_session(tx, second, at=NOON)
        assert one is not None
        assert two is not None
        await end_session(tx, one.id)
        assert await find_session(tx, first, at=NOON) is None
        await set_password(tx, hasher, ada.user.id, "another good one", keep_session=two.id, at=NOON)
        assert await find_session(tx, second, at=NOON) is not None
        assert await find_session(tx, third, at=NOON) is None


@pytest.mark.parametrize(("later", "left"), [(timedelta(hours=12), 1), (timedelta(hours=13), 0)])
async def test_rows_of_sessions_that_are_over_are_dropped(
    database: Database, ada: Registration, later: timedelta, left: int
) -> None:
    await started(database, ada)
    async with database.transaction() as tx:
        await forget_old_sessions(tx, at=NOON + later)
        assert (await tx.execute(sa.select(sa.func.count()).select_from(sessions))).scalar() == left
