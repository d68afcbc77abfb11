"""Organizations, their projects and members, and the gates to them.

`principal_of_user` and `principal_of_organization` make a `Principal` with the roles of this moment. Whoever needs a
project goes through `project_for`; whoever starts something new goes through `project_to_run_in`, which knows the rules
for clients that name no project.
"""

from baltoro.organizations.find import (
    organization_for,
    organizations_of,
    project_for,
    project_to_run_in,
    projects_of,
    role_in,
)
from baltoro.organizations.model import (
    DEFAULT_PROJECT_NAME,
    DefaultProjectUnusable,
    Organization,
    OrganizationNotFound,
    Project,
    ProjectArchived,
    ProjectNotFound,
    ProjectRequired,
    Registration,
)
from baltoro.organizations.principals import principal_of_organization, principal_of_user
from baltoro.organizations.register import register_user
from baltoro.organizations.store import PROJECT_ORDERS

__all__ = [
    "DEFAULT_PROJECT_NAME",
    "PROJECT_ORDERS",
    "DefaultProjectUnusable",
    "Organization",
    "OrganizationNotFound",
    "Project",
    "ProjectArchived",
    "ProjectNotFound",
    "ProjectRequired",
    "Registration",
    "organization_for",
    "organizations_of",
    "principal_of_organization",
    "principal_of_user",
    "project_for",
    "project_to_run_in",
    "projects_of",
    "register_user",
    "role_in",
]
