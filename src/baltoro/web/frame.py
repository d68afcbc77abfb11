"""What surrounds every page of a signed-in person: sidebar, profile menu, and the session's token for forms."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from baltoro.access import Principal
from baltoro.foundation.errors import NotAuthenticated
from baltoro.foundation.ids import OrganizationId, ProjectId
from baltoro.organizations import Organization, Project, organizations_of, projects_of
from baltoro.storage.database import Transaction
from baltoro.web.render import host_of, page


class OrganizationLink(msgspec.Struct, frozen=True):
    """An organization in the switcher; `home`: the project that it leads to, if the person sees any."""

    id: OrganizationId
    name: str
    home: ProjectId | None


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of a page.

    Attributes:
        organization: the one that the page belongs to; none for somebody without any.
        projects: those of that organization that the person sees; `all_projects`: of every organization.
        project_id: the project that the page belongs to.
    """

    user_name: str
    email: str
    organizations: list[OrganizationLink]
    organization: OrganizationLink | None
    projects: list[Project]
    all_projects: list[Project]
    project_id: ProjectId | None
    host: str
    public_url: str
    csrf_token: str
    now: datetime


def signed_in(visitor: Principal | None) -> Principal:
    """The person who asks.

    Raises:
        NotAuthenticated: nobody is signed in; the door then leads to the sign-in page and back.
    """
    if visitor is None:
        raise NotAuthenticated("Sign in first.")
    return visitor


async def load_frame(
    tx: Transaction, visitor: Principal, public_url: str, *, at: datetime, project: Project | None = None
) -> Frame:
    """The surroundings of a page of `project`, or else of the default organization. A fixed number of queries."""
    organizations = await organizations_of(tx, visitor)
    all_projects, _ = await projects_of(tx, visitor)
    links = [_link(organization, all_projects) for organization in organizations]
    current_id = project.organization_id if project else visitor.default_organization_id
    current = next((link for link in links if link.id == current_id), links[0] if links else None)
    return Frame(
        user_name=visitor.name,
        email=visitor.email,
        organizations=links,
        organization=current,
        projects=[one for one in all_projects if current is not None and one.organization_id == current.id],
        all_projects=all_projects,
        project_id=project.id if project else None,
        host=host_of(public_url),
        public_url=public_url,
        csrf_token=visitor.csrf_token or "",
        now=at,
    )


def _link(organization: Organization, projects: list[Project]) -> OrganizationLink:
    home = next((project.id for project in projects if project.organization_id == organization.id), None)
    return OrganizationLink(organization.id, organization.name, home)


def framed(
    request: Request[Any, Any, Any],
    template: str,
    frame: Frame,
    /,
    *,
    crumbs: list[tuple[str, str | None]],
    status_code: int = 200,
    **values: object,
) -> Response[bytes]:
    """A page inside its frame.

    Args:
        crumbs: (text, address) from the organization down to this page; the last one needs no address.
    """
    top: list[tuple[str, str | None]] = []
    if frame.organization is not None:
        home = frame.organization.home
        top.append((frame.organization.name, None if home is None else f"/projects/{home}"))
    return page(
        request,
        template,
        status_code=status_code,
        frame=frame,
        csrf_token=frame.csrf_token,
        public_url=frame.public_url,
        now=frame.now,
        crumbs=[*top, *crumbs],
        **values,
    )
