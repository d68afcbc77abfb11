import pytest

from baltoro.access import OrganizationRole, Permission, Principal, PrincipalKind, ScopeMissing
from baltoro.accounts import AccountDisabled, PasswordHasher, set_defaults
from baltoro.accounts.tables import users
from baltoro.foundation.errors import AuthenticationFailed, NotAllowed, NotFound
from baltoro.foundation.ids import MAX_ID, OrganizationId, ProjectId, TokenId, UserId
from baltoro.foundation.paging import Page
from baltoro.organizations import (
    DefaultProjectUnusable,
    Project,
    ProjectArchived,
    ProjectRequired,
    Registration,
    organization_for,
    organizations_of,
    principal_of_organization,
    principal_of_user,
    project_for,
    project_to_run_in,
    projects_of,
    role_in,
)
from baltoro.organizations.store import insert_project
from baltoro.organizations.tables import memberships, projects
from baltoro.storage.database import Database, Transaction
from tests.identity import NOON, join, register, session_of


async def add_project(tx: Transaction, person: Registration, name: str) -> Project:
    made = await insert_project(tx, organization_id=person.organization.id, name=name, is_default=False, at=NOON)
    assert made is not None
    return made


def organization_token(person: Registration, *scopes: str, only: list[ProjectId] | None = None) -> Principal:
    return principal_of_organization(
        person.organization.id, token_id=TokenId(9), name="ci", scopes=scopes, project_ids=only
    )


FULL = ("projects:read", "tests:read", "tests:write", "runs:read", "runs:write")


async def test_what_may_not_be_seen_does_not_exist(database: Database, ada: Registration, bob: Registration) -> None:
    async with database.reading() as tx:
        asker = await session_of(tx, ada)
        answers = []
        for foreign in (bob.project.id, ProjectId(999), ProjectId(0), ProjectId(-1), ProjectId(MAX_ID + 1), 2**80):
            with pytest.raises(NotFound) as refused:
                await project_for(tx, asker, ProjectId(foreign))
            answers.append(refused.value.message)
        for foreign in (bob.organization.id, OrganizationId(999), OrganizationId(2**80)):
            with pytest.raises(NotFound) as refused:
                await organization_for(tx, asker, foreign)
            answers.append(refused.value.message)
    assert set(answers) == {"Not found."}


async def test_a_reader_sees_but_may_not_run(database: Database, ada: Registration, bob: Registration) -> None:
    async with database.transaction() as tx:
        await join(tx, bob.user.id, ada.organization.id, read=ada.project.id)
        asker = await session_of(tx, bob)
        project = await project_for(tx, asker, ada.project.id, Permission.SEE_RESULTS)
        assert role_in(asker, project) == "read"
        with pytest.raises(NotAllowed):
            await project_for(tx, asker, ada.project.id, Permission.STREAM_RUN)
        with pytest.raises(NotAllowed):
            await project_to_run_in(tx, asker, ada.project.id)
        with pytest.raises(NotAllowed):
            await organization_for(tx, asker, ada.organization.id, Permission.MANAGE_TOKENS)


async def test_roles_are_those_of_the_moment(database: Database, ada: Registration, bob: Registration) -> None:
    async with database.transaction() as tx:
        await join(tx, bob.user.id, ada.organization.id, write=ada.project.id)
        assert role_in(await session_of(tx, bob), ada.project) == "write"
        await tx.execute(
            memberships.delete().where(
                memberships.c.user_id == bob.user.id, memberships.c.organization_id == ada.organization.id
            )
        )
        # A leftover row of a project must not open it again.
        assert not (await session_of(tx, bob)).sees(ada.organization.id, ada.project.id)


async def test_organizations_come_with_the_default_first_then_by_name(
    database: Database, hasher: PasswordHasher, ada: Registration, bob: Registration
) -> None:
    async with database.transaction() as tx:
        zoe = await register(tx, hasher, "zoe@example.org", "Zoe")
        for other in (ada, zoe):
            await join(tx, bob.user.id, other.organization.id)
        found = await organizations_of(tx, await session_of(tx, bob))
    assert [organization.id for organization in found] == [
        bob.organization.id, ada.organization.id, zoe.organization.id,
    ]  # fmt: skip


async def test_lists_of_projects_are_paged_searched_and_ordered(any_database: Database, hasher: PasswordHasher) -> None:
    async with any_database.transaction() as tx:
        ada = await register(tx, hasher, "ada@example.org", "Ada")
        bob = await register(tx, hasher, "bob@example.org", "Bob")
        for name in ("Élan", "100% load", "shop_a", "shop-b"):
            await add_project(tx, ada, name)
        await add_project(tx, bob, "shop of Bob")
        asker = await session_of(tx, ada)

        async def names(q: str = "", page: Page = Page(), order: str = "") -> list[str]:  # noqa: B008 - frozen
            chosen = [(order.removeprefix("-"), order.startswith("-"))] if order else []
            found, _ = await projects_of(tx, asker, page=page, q=q, order=chosen)
            return [project.name for project in found]

        assert await names() == ["Default project", "Élan", "100% load", "shop_a", "shop-b"]
        assert await names(page=Page(2, 2)) == ["100% load", "shop_a"]
        assert await names(page=Page(9, 2)) == []
        assert await names(q="SHOP") == ["shop_a", "shop-b"]
        assert await names(q="%") == ["100% load"]
        assert await names(q="p_a") == ["shop_a"]
        assert await names(q="Él") == ["Élan"]
        assert (await names(order="-id"))[0] == "shop-b"
        assert (await projects_of(tx, asker, ada.organization.id, page=Page(9, 2)))[1] == 5
        with pytest.raises(NotFound):
            await projects_of(tx, asker, bob.organization.id)


async def test_a_member_lists_only_his_projects(database: Database, ada: Registration, bob: Registration) -> None:
    async with database.transaction() as tx:
        shop = await add_project(tx, ada, "shop")
        await join(tx, bob.user.id, ada.organization.id, write=shop.id)
        found, total = await projects_of(tx, await session_of(tx, bob), ada.organization.id)
        assert ([project.id for project in found], total) == ([shop.id], 1)


async def test_an_organization_token_lists_what_it_may(database: Database, ada: Registration) -> None:
    async with database.transaction() as tx:
        shop = await add_project(tx, ada, "shop")
        found, _ = await projects_of(tx, organization_token(ada, *FULL))
        assert [project.id for project in found] == [ada.project.id, shop.id]
        found, _ = await projects_of(tx, organization_token(ada, *FULL, only=[shop.id]))
        assert [project.id for project in found] == [shop.id]
        with pytest.raises(ScopeMissing):
            await projects_of(tx, organization_token(ada, "runs:write"))


@pytest.mark.parametrize("missing", [None, 0])
async def test_a_person_runs_in_the_default_project_unless_one_is_named(
    database: Database, ada: Registration, missing: int | None
) -> None:
    async with database.transaction() as tx:
        shop = await add_project(tx, ada, "shop")
        asker = await session_of(tx, ada)
        assert (await project_to_run_in(tx, asker, missing)).id == ada.project.id
        assert (await project_to_run_in(tx, asker, shop.id)).id == shop.id


@pytest.mark.parametrize("missing", [None, 0])
async def test_an_organization_token_must_name_the_project(
    database: Database, ada: Registration, bob: Registration, missing: int | None
) -> None:
    async with database.reading() as tx:
        asker = organization_token(ada, *FULL)
        with pytest.raises(ProjectRequired) as refused:
            await project_to_run_in(tx, asker, missing)
        assert (await project_to_run_in(tx, asker, ada.project.id)).id == ada.project.id
        with pytest.raises(NotFound):
            await project_to_run_in(tx, asker, bob.project.id)
        with pytest.raises(NotFound):
            await project_to_run_in(tx, organization_token(ada, *FULL, only=[]), ada.project.id)
    assert refused.value.detail_code == 210
    assert refused.value.field_errors == {"project_id": ["This field is required."]}
    assert refused.value.message == (
        "An organization API token is not linked to a user and has no default project. Set the project: `projectID` "
        "in options.cloud (or options.ext.loadimpact), or the environment variable K6_CLOUD_PROJECT_ID."
    )


async def test_a_lost_default_project_is_not_replaced_silently(
    database: Database, ada: Registration, bob: Registration
) -> None:
    async def refusal() -> str:
        with pytest.raises(DefaultProjectUnusable) as refused:
            await project_to_run_in(tx, await session_of(tx, ada), None)
        assert "project_id" in refused.value.field_errors
        assert "projectID" in refused.value.message
        return refused.value.message

    async with database.transaction() as tx:
        await set_defaults(tx, ada.user.id, organization_id=ada.organization.id, project_id=None)
        assert "no default project" in await refusal()
        await set_defaults(tx, ada.user.id, organization_id=ada.organization.id, project_id=ProjectId(999))
        assert "does not exist any more" in await refusal()
        await set_defaults(tx, ada.user.id, organization_id=ada.organization.id, project_id=bob.project.id)
        # The same answer: a foreign project's name must not leak.
        assert "does not exist any more" in await refusal()
        await join(tx, ada.user.id, bob.organization.id, read=bob.project.id)
        assert "read-only" in await refusal()


async def test_nothing_new_runs_in_an_archived_project(database: Database, ada: Registration) -> None:
    async with database.transaction() as tx:
        await tx.execute(projects.update().values(archived_at=NOON))
        asker = await session_of(tx, ada)
        for project_id in (None, ada.project.id):
            with pytest.raises(ProjectArchived) as refused:
                await project_to_run_in(tx, asker, project_id)
            assert refused.value.detail_code == 211
        assert (await project_for(tx, asker, ada.project.id)).is_archived


async def test_a_disabled_or_deleted_person_asks_for_nothing(database: Database, ada: Registration) -> None:
    async with database.transaction() as tx:
        with pytest.raises(AuthenticationFailed):
            await principal_of_user(tx, UserId(999), kind=PrincipalKind.ACCOUNT_TOKEN)
        await tx.execute(users.update().values(status="disabled"))
        with pytest.raises(AccountDisabled):
            await principal_of_user(tx, ada.user.id, kind=PrincipalKind.ACCOUNT_TOKEN)


async def test_the_role_that_the_api_tells(database: Database, ada: Registration, bob: Registration) -> None:
    async with database.transaction() as tx:
        await join(tx, bob.user.id, ada.organization.id, OrganizationRole.ADMIN)
        assert role_in(await session_of(tx, bob), ada.project) == "admin"
    assert role_in(organization_token(ada, *FULL), ada.project) == "write"
    assert role_in(organization_token(ada, "projects:read"), ada.project) == "read"
