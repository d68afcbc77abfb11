"""The SQL of organizations, projects and memberships."""

import itertools
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from baltoro.access import OrganizationRole, ProjectRole, VisibleProjects
from baltoro.foundation.ids import MAX_ID, OrganizationId, ProjectId, UserId
from baltoro.foundation.paging import Page
from baltoro.organizations.model import Organization, Project
from baltoro.organizations.tables import memberships, organizations, project_memberships, projects
from baltoro.storage.database import Transaction, insert_or_ignore

_LONGEST_SLUG = 200
PROJECT_ORDERS: Mapping[str, sa.ColumnElement[Any]] = {
    "id": projects.c.id,
    "name": projects.c.name,
    "created": projects.c.created_at,
}
"""What lists of projects can be ordered by."""


def slug_of(name: str) -> str:
    """`Ada's organization` -> `ada-s-organization`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG] or "organization"


async def insert_organization(
    tx: Transaction, *, name: str, owner_id: UserId, is_personal: bool, at: datetime
) -> Organization:
    """A new organization with a free slug, and its owner as a member."""
    base = slug_of(name)
    values = {"name": name, "owner_id": owner_id, "is_personal": is_personal, "created_at": at, "updated_at": at}
    row = None
    for number in itertools.count(1):
        slug = base if number == 1 else f"{base}-{number}"
        statement = insert_or_ignore(tx, organizations).values(slug=slug, **values).returning(*organizations.c)
        row = (await tx.execute(statement)).first()
        if row is not None:
            break
    organization = _organization(cast("sa.Row[Any]", row))
    await tx.execute(
        memberships.insert().values(
            user_id=owner_id, organization_id=organization.id, role=OrganizationRole.OWNER.value, created_at=at
        )
    )
    return organization


async def insert_project(
    tx: Transaction, *, organization_id: OrganizationId, name: str, is_default: bool, at: datetime
) -> Project | None:
    """A new project; none when the organization has one of this name."""
    statement = insert_or_ignore(tx, projects).values(
        organization_id=organization_id, name=name, is_default=is_default, created_at=at, updated_at=at
    )
    row = (await tx.execute(statement.returning(*projects.c))).first()
    return None if row is None else _project(row)


async def find_organizations(tx: Transaction, ids: Collection[OrganizationId]) -> list[Organization]:
    """Those that exist, by name."""
    rows = await tx.execute(
        sa.select(organizations)
        .where(organizations.c.id.in_(sorted(ids)))
        .order_by(sa.func.lower(organizations.c.name))
    )
    return [_organization(row) for row in rows]


async def find_project(tx: Transaction, project_id: ProjectId) -> Project | None:
    """The project, or none."""
    if not 0 < project_id <= MAX_ID:
        return None
    row = (await tx.execute(sa.select(projects).where(projects.c.id == project_id))).first()
    return None if row is None else _project(row)


async def list_projects(
    tx: Transaction,
    *,
    visible: VisibleProjects,
    organization_id: OrganizationId | None,
    q: str,
    order: Sequence[tuple[str, bool]],
    page: Page,
) -> tuple[list[Project], int]:
    """One page of the visible projects, and how many there are in all."""
    conditions = [visible.where(projects.c.organization_id, projects.c.id)]
    if organization_id is not None:
        conditions.append(projects.c.organization_id == organization_id)
    if q:
        conditions.append(projects.c.name.icontains(q, autoescape=True))
    total = (await tx.execute(sa.select(sa.func.count()).select_from(projects).where(*conditions))).scalar_one()
    chosen = [PROJECT_ORDERS[name].desc() if descends else PROJECT_ORDERS[name].asc() for name, descends in order]
    ordering = [*chosen, projects.c.id.desc()] if chosen else [projects.c.is_default.desc(), projects.c.id.asc()]
    rows = await tx.execute(
        sa.select(projects).where(*conditions).order_by(*ordering).limit(page.size).offset(page.offset)
    )
    return [_project(row) for row in rows], total


async def roles_in_organizations(tx: Transaction, user_id: UserId) -> dict[OrganizationId, OrganizationRole]:
    """The organizations that a person belongs to."""
    rows = await tx.execute(
        sa.select(memberships.c.organization_id, memberships.c.role).where(memberships.c.user_id == user_id)
    )
    return {OrganizationId(row.organization_id): OrganizationRole(row.role) for row in rows}


async def roles_in_projects(tx: Transaction, user_id: UserId) -> dict[ProjectId, ProjectRole]:
    """The explicit project memberships of a person."""
    rows = await tx.execute(
        sa.select(project_memberships.c.project_id, project_memberships.c.role).where(
            project_memberships.c.user_id == user_id
        )
    )
    return {ProjectId(row.project_id): ProjectRole(row.role) for row in rows}


def _organization(row: sa.Row[Any]) -> Organization:
    return Organization(
        id=OrganizationId(row.id),
        name=row.name,
        slug=row.slug,
        description=row.description,
        owner_id=UserId(row.owner_id),
        is_personal=row.is_personal,
        token_limit=row.token_limit,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _project(row: sa.Row[Any]) -> Project:
    return Project(
        id=ProjectId(row.id),
        organization_id=OrganizationId(row.organization_id),
        name=row.name,
        description=row.description,
        is_default=row.is_default,
        archived_at=row.archived_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
