"""Register a person: an account, an organization of their own, and a project to run in."""

from datetime import datetime

import msgspec

from baltoro.accounts import PasswordHasher, User, create_user, set_defaults
from baltoro.organizations import store
from baltoro.organizations.model import DEFAULT_PROJECT_NAME, Organization, Project, Registration
from baltoro.storage.database import Transaction


async def register_user(
    tx: Transaction,
    hasher: PasswordHasher,
    *,
    email: str,
    first_name: str,
    last_name: str,
    password: str | None,
    is_instance_admin: bool = False,
    at: datetime,
) -> Registration:
    """Open an account with a personal organization and a default project, and make both the person's defaults.

    Raises:
        Invalid: the address, a name or the password breaks a rule; `field_errors` says which.
        EmailTaken: the address is in use.
    """
    user = await create_user(
        tx,
        hasher,
        email=email,
        first_name=first_name,
        last_name=last_name,
        password=password,
        is_instance_admin=is_instance_admin,
        at=at,
    )
    organization, project = await _personal_organization(tx, user, at)
    await set_defaults(tx, user.id, organization_id=organization.id, project_id=project.id)
    user = msgspec.structs.replace(user, default_organization_id=organization.id, default_project_id=project.id)
    return Registration(user, organization, project)


async def _personal_organization(tx: Transaction, user: User, at: datetime) -> tuple[Organization, Project]:
    first = user.first_name or user.email.partition("@")[0]
    organization = await store.insert_organization(
        tx, name=f"{first}'s organization", owner_id=user.id, is_personal=True, at=at
    )
    project = await store.insert_project(
        tx, organization_id=organization.id, name=DEFAULT_PROJECT_NAME, is_default=True, at=at
    )
    assert project is not None, "a new organization has no projects"  # noqa: S101 - narrows the type
    return organization, project
