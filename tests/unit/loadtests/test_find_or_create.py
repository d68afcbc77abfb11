import asyncio

import pytest

from baltoro.foundation.errors import Invalid, NotAllowed, NotFound
from baltoro.foundation.paging import Page
from baltoro.loadtests import (
    LoadTestNotFound,
    NameTaken,
    change_load_test,
    create_load_test,
    find_or_create_load_test,
    load_test_for,
    load_tests_of,
)
from tests.identity import NOON, Time
from tests.running_room import House


async def test_a_name_is_made_once_and_found_afterwards(house: House) -> None:
    async with house.database.transaction() as tx:
        made = await find_or_create_load_test(tx, house.ada, house.project, "  checkout.js\n", at=NOON)
        found = await find_or_create_load_test(tx, house.ada, house.project, "checkout.js", at=NOON)
        other = await find_or_create_load_test(tx, house.ada, house.project, "Checkout.js", at=NOON)
    assert made.name == "checkout.js"
    assert found.id == made.id != other.id
    assert made.creation_process == "k6 to Cloud"


async def test_of_twenty_concurrent_first_runs_all_get_one_test(house: House) -> None:
    async def first_run() -> int:
        async with house.database.transaction() as tx:
            return (await find_or_create_load_test(tx, house.ada, house.project, "race", at=NOON)).id

    assert len(set(await asyncio.gather(*(first_run() for _ in range(20))))) == 1


@pytest.mark.parametrize("name", ["", "  \t", "x" * 301, "a\x00b", "a\nb"])
async def test_a_name_that_cannot_be_is_refused_with_its_field(house: House, name: str) -> None:
    async with house.database.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            await find_or_create_load_test(tx, house.ada, house.project, name, at=NOON)
    assert list(refused.value.field_errors) == ["name"]


async def test_nobody_streams_into_a_project_of_others(house: House) -> None:
    async with house.database.transaction() as tx:
        with pytest.raises(NotAllowed):
            await find_or_create_load_test(tx, house.bob, house.project, "a", at=NOON)


async def test_a_second_test_of_a_name_is_refused(house: House) -> None:
    async with house.database.transaction() as tx:
        made = await create_load_test(tx, house.ada, house.project, "a", at=NOON)
        with pytest.raises(NameTaken):
            await create_load_test(tx, house.ada, house.project, " a ", at=NOON)
        other = await create_load_test(tx, house.ada, house.project, "b", at=NOON)
        with pytest.raises(NameTaken):
            await change_load_test(tx, house.ada, other.id, name="a", at=NOON)
        assert (await load_test_for(tx, house.ada, other.id)).name == "b"
        assert made.id != other.id


async def test_a_change_moves_the_update_time_and_an_empty_one_does_not(house: House, time: Time) -> None:
    async with house.database.transaction() as tx:
        made = await create_load_test(tx, house.ada, house.project, "a", at=NOON)
        later = time.pass_by(minutes=1)
        assert (await change_load_test(tx, house.ada, made.id, name="a", at=later)).updated_at == NOON
        changed = await change_load_test(tx, house.ada, made.id, note="slow since Monday", at=later)
    assert (changed.updated_at, changed.note) == (later, "slow since Monday")


async def test_what_somebody_may_not_see_does_not_exist(house: House) -> None:
    async with house.database.transaction() as tx:
        made = await create_load_test(tx, house.ada, house.project, "a", at=NOON)
        with pytest.raises(LoadTestNotFound):
            await load_test_for(tx, house.bob, made.id)
        with pytest.raises(NotFound):
            await load_tests_of(tx, house.bob, project_id=house.project.id)
        assert await load_tests_of(tx, house.bob) == ([], 0)
        assert await load_tests_of(tx, house.bob, ids=[made.id]) == ([], 0)


async def test_a_list_is_searched_ordered_and_paged(house: House, time: Time) -> None:
    async with house.database.transaction() as tx:
        for name in ("100% coverage", "100 users", "Login", "never"):
            await create_load_test(tx, house.ada, house.project, name, at=NOON)
    await house.run("Login", at=time.pass_by(minutes=1))
    await house.run("100 users", at=time.pass_by(minutes=1))
    async with house.database.reading() as tx:
        by_default, total = await load_tests_of(tx, house.ada, project_id=house.project.id)
        assert [one.name for one in by_default] == ["100 users", "Login", "never", "100% coverage"]
        assert total == 4
        assert [one.name for one in (await load_tests_of(tx, house.ada, q="0%"))[0]] == ["100% coverage"]
        assert [one.name for one in (await load_tests_of(tx, house.ada, q="LOGIN"))[0]] == ["Login"]
        second, total = await load_tests_of(tx, house.ada, order_by="name", page=Page(2, 3))
        assert (len(second), total) == (1, 4)
        assert await load_tests_of(tx, house.ada, page=Page(9, 3)) == ([], 4)
        with pytest.raises(Invalid, match="last_run_time"):
            await load_tests_of(tx, house.ada, order_by="secret")
