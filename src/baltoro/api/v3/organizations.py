"""Organizations and projects, as far as the asker sees them."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from baltoro.access import Principal
from baltoro.accounts import find_users
from baltoro.api.ids import path_id
from baltoro.api.paging import Parameters, list_parameters, selected
from baltoro.api.v3.schemas import (
    Meta,
    OrganizationAnswer,
    OrganizationObject,
    OrganizationsAnswer,
    ProjectAnswer,
    ProjectObject,
    ProjectsAnswer,
)
from baltoro.foundation.ids import OrganizationId, ProjectId
from baltoro.organizations import (
    PROJECT_ORDERS,
    organization_for,
    organizations_of,
    project_for,
    projects_of,
)
from baltoro.storage.database import Database, Transaction


@get("/organizations")
async def list_organizations(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    public_url: NamedDependency[str],
) -> OrganizationsAnswer:
    """The organizations that the asker belongs to, the default one first."""
    parameters = await list_parameters(request)
    page, fields = parameters.page(), parameters.fields()
    async with database.reading() as tx:
        organizations = await organization_objects(tx, asker, public_url=public_url)
    shown = organizations[page.offset : page.offset + page.size]
    return OrganizationsAnswer([selected(item, fields) for item in shown], Meta(len(organizations)))


@get("/organizations/{organization_id:str}")
async def see_organization(
    organization_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    public_url: NamedDependency[str],
) -> OrganizationAnswer:
    """One organization."""
    async with database.reading() as tx:
        organization = await organization_for(tx, asker, OrganizationId(path_id(organization_id)))
        owner = (await find_users(tx, [organization.owner_id])).get(organization.owner_id)
    return OrganizationAnswer(OrganizationObject.of(organization, asker, owner=owner, public_url=public_url))


@get("/organizations/{organization_id:str}/projects")
async def list_projects_of_organization(
    organization_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
) -> ProjectsAnswer:
    """The projects of one organization that the asker sees."""
    parameters = await list_parameters(request)
    return await _projects(database, asker, OrganizationId(path_id(organization_id)), parameters)


@get("/projects")
async def list_projects(
    request: Request[Any, Any, Any], asker: NamedDependency[Principal], database: NamedDependency[Database]
) -> ProjectsAnswer:
    """The projects that the asker sees, of one organization or of all."""
    parameters = await list_parameters(request)
    organization_id = parameters.id("organization_id")
    chosen = None if organization_id is None else OrganizationId(organization_id)
    return await _projects(database, asker, chosen, parameters)


@get("/projects/{project_id:str}")
async def see_project(
    project_id: FromPath[str], asker: NamedDependency[Principal], database: NamedDependency[Database]
) -> ProjectAnswer:
    """One project."""
    async with database.reading() as tx:
        project = await project_for(tx, asker, ProjectId(path_id(project_id)))
    return ProjectAnswer(ProjectObject.of(project, asker))


async def organization_objects(tx: Transaction, asker: Principal, *, public_url: str) -> list[OrganizationObject]:
    """All organizations of the asker, as the API shows them."""
    organizations = await organizations_of(tx, asker)
    owners = await find_users(tx, [organization.owner_id for organization in organizations])
    return [
        OrganizationObject.of(organization, asker, owner=owners.get(organization.owner_id), public_url=public_url)
        for organization in organizations
    ]


async def _projects(
    database: Database, asker: Principal, organization_id: OrganizationId | None, parameters: Parameters
) -> ProjectsAnswer:
    page, order, fields = parameters.page(), parameters.order(PROJECT_ORDERS), parameters.fields()
    async with database.reading() as tx:
        projects, total = await projects_of(tx, asker, organization_id, page=page, q=parameters.text("q"), order=order)
    return ProjectsAnswer([selected(ProjectObject.of(project, asker), fields) for project in projects], Meta(total))
