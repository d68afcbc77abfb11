import asyncio

from baltoro.access import OrganizationRole
from baltoro.accounts import PasswordHasher, find_user
from baltoro.organizations import Registration, register_user
from baltoro.organizations.store import slug_of
from baltoro.storage.database import Database
from tests.identity import NOON, PASSWORD, register, session_of


async def test_registering_makes_a_place_to_run_in(database: Database, ada: Registration) -> None:
    assert ada.organization.name == "Ada's organization"
    assert ada.organization.is_personal
    assert ada.organization.owner_id == ada.user.id
    assert ada.project.name == "Default project"
    assert ada.project.is_default
    async with database.reading() as tx:
        assert await find_user(tx, ada.user.id) == ada.user
        principal = await session_of(tx, ada)
    assert ada.user.default_organization_id == ada.organization.id
    assert ada.user.default_project_id == ada.project.id
    assert principal.organizations == {ada.organization.id: OrganizationRole.OWNER}


async def test_somebody_without_a_first_name_gets_an_organization_named_after_the_address(
    database: Database, hasher: PasswordHasher
) -> None:
    async with database.transaction() as tx:
        made = await register_user(
            tx, hasher, email="grace@example.org", first_name=" ", last_name="", password=PASSWORD, at=NOON
        )
    assert made.organization.name == "grace's organization"
    assert made.user.display_name == "grace@example.org"


async def test_organizations_of_namesakes_have_different_slugs(any_database: Database, hasher: PasswordHasher) -> None:
    async def one(number: int) -> str:
        async with any_database.transaction() as tx:
            return (await register(tx, hasher, f"ada{number}@example.org", "Ada")).organization.slug

    slugs = await asyncio.gather(*(one(number) for number in range(4)))
    assert sorted(slugs) == ["ada-s-organization", *(f"ada-s-organization-{number}" for number in (2, 3, 4))]


def test_a_slug_has_only_plain_characters() -> None:
    assert slug_of("Ærøskøbing & Søn!") == "rskbing-sn"
    assert slug_of("Žluťoučký  kůň") == "zlutoucky-kun"
    assert slug_of("団体") == "organization"
