"""The gates: nobody outside gets an organization or a project except through these."""

from collections.abc import Sequence

from baltoro.access import OrganizationRole, Permission, Principal, PrincipalKind, ProjectRole, Scope
from baltoro.foundation.ids import OrganizationId, ProjectId
from baltoro.foundation.paging import Page
from baltoro.organizations import store
from baltoro.organizations.model import (
    DefaultProjectUnusable,
    Organization,
    OrganizationNotFound,
    Project,
    ProjectNotFound,
    ProjectRequired,
)
from baltoro.storage.database import Transaction

_ALL_ON_ONE_PAGE = Page(1, 1000)


async def organizations_of(tx: Transaction, asker: Principal) -> list[Organization]:
    """All organizations that the asker belongs to: the default one first, then by name."""
    found = await store.find_organizations(tx, list(asker.organizations))
    return sorted(found, key=lambda organization: organization.id != asker.default_organization_id)


async def organization_for(
    tx: Transaction,
    asker: Principal,
    organization_id: OrganizationId,
    permission: Permission = Permission.SEE_ORGANIZATION,
) -> Organization:
    """The organization, if the asker may do `permission` with it.

    Raises:
        OrganizationNotFound: it does not exist, or the asker is not in it.
        NotAllowed: seen, but not permitted.
    """
    if not asker.sees(organization_id):
        raise OrganizationNotFound
    found = await store.find_organizations(tx, [organization_id])
    if not found:
        raise OrganizationNotFound
    asker.require(permission, organization_id)
    return found[0]


async def projects_of(
    tx: Transaction,
    asker: Principal,
    organization_id: OrganizationId | None = None,
    *,
    page: Page = _ALL_ON_ONE_PAGE,
    q: str = "",
    order: Sequence[tuple[str, bool]] = (),
) -> tuple[list[Project], int]:
    """One page of the projects that the asker sees, and how many there are in all.

    Args:
        organization_id: only of this organization; `None`: of all.
        q: part of the name, in any case; `%` and `_` mean themselves.
        order: (field, descends), fields of `PROJECT_ORDERS`. Empty: the default project first, then by id.

    Raises:
        OrganizationNotFound: it does not exist, or the asker is not in it.
        ScopeMissing: an organization token without `projects:read`.
    """
    if organization_id is not None:
        await organization_for(tx, asker, organization_id)
    if asker.kind is PrincipalKind.ORGANIZATION_TOKEN:
        asker.require(Permission.SEE_PROJECT, asker.default_organization_id)
    visible = asker.visible_projects_filter()
    return await store.list_projects(tx, visible=visible, organization_id=organization_id, q=q, order=order, page=page)


async def project_for(
    tx: Transaction, asker: Principal, project_id: ProjectId, permission: Permission = Permission.SEE_PROJECT
) -> Project:
    """The project, if the asker may do `permission` in it.

    Raises:
        ProjectNotFound: it does not exist, or the asker may not see it.
        NotAllowed: seen, but not permitted.
    """
    found = await store.find_project(tx, project_id)
    if found is None or not asker.sees(found.organization_id, found.id):
        raise ProjectNotFound
    asker.require(permission, found.organization_id, found.id)
    return found


async def project_to_run_in(tx: Transaction, asker: Principal, project_id: int | None) -> Project:
    """The project of a new run or test: the one that was named, or the person's default.

    Args:
        project_id: as the client sent it; `None` and 0 both mean that none was named (k6 sends 0 in forms).

    Raises:
        ProjectRequired: an organization token named none (400, detail 210).
        DefaultProjectUnusable: the person's default project is gone or read-only to them (400).
        ProjectArchived: nothing new runs there (400, detail 211).
        ProjectNotFound: the named project does not exist or is invisible (404).
        NotAllowed: the named project is read-only to the asker (403).
    """
    if project_id:
        project = await project_for(tx, asker, ProjectId(project_id), Permission.STREAM_RUN)
    else:
        project = await _default_project(tx, asker)
    project.require_running_allowed()
    return project


def role_in(asker: Principal, project: Project) -> str:
    """`admin`, `write` or `read`: what the REST API says that the asker is in a visible project."""
    role = asker.organizations.get(project.organization_id)
    if role in {OrganizationRole.OWNER, OrganizationRole.ADMIN}:
        return "admin"
    if role is OrganizationRole.TOKEN:
        writes = asker.scopes is None or Scope.RUNS_WRITE.value in asker.scopes
        return ProjectRole.WRITE.value if writes else ProjectRole.READ.value
    return asker.projects.get(project.id, ProjectRole.READ).value


async def _default_project(tx: Transaction, asker: Principal) -> Project:
    if asker.kind is PrincipalKind.ORGANIZATION_TOKEN:
        raise ProjectRequired
    if asker.default_project_id is None:
        raise DefaultProjectUnusable("You have no default project.")
    project = await store.find_project(tx, asker.default_project_id)
    if project is None or not asker.sees(project.organization_id, project.id):
        raise DefaultProjectUnusable("Your default project does not exist any more, or you lost access to it.")
    if not asker.may(Permission.STREAM_RUN, project.organization_id, project.id):
        raise DefaultProjectUnusable(f'Your default project "{project.name}" is read-only to you.')
    return project
