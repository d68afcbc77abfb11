"""Organizations and projects."""

from datetime import datetime

import msgspec

from baltoro.accounts import User
from baltoro.foundation.errors import Invalid, NotFound
from baltoro.foundation.ids import OrganizationId, ProjectId, UserId

DEFAULT_PROJECT_NAME = "Default project"


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """The top level: members, projects and tokens belong to one."""

    id: OrganizationId
    name: str
    slug: str
    """Unique; lower-case letters, digits and hyphens."""
    description: str
    owner_id: UserId
    is_personal: bool
    token_limit: int
    """How many organization tokens there may be."""
    created_at: datetime
    updated_at: datetime


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Where tests and their runs live, and what members get access to."""

    id: ProjectId
    organization_id: OrganizationId
    name: str
    """Unique in the organization."""
    description: str
    is_default: bool
    """The organization's default project; a person's own choice is `User.default_project_id`."""
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_archived(self) -> bool:
        """Nothing new runs in it."""
        return self.archived_at is not None

    def require_running_allowed(self) -> None:
        """Go on only if something new may run here.

        Raises:
            ProjectArchived: otherwise.
        """
        if self.is_archived:
            raise ProjectArchived(self)


class Registration(msgspec.Struct, frozen=True):
    """What registering makes: a person with a place to run in."""

    user: User
    organization: Organization
    project: Project


class OrganizationNotFound(NotFound):
    """It does not exist, or the asker is not in it."""


class ProjectNotFound(NotFound):
    """It does not exist, or the asker may not see it."""


class ProjectArchived(Invalid):
    """Nothing new runs in an archived project."""

    detail_code = 211

    def __init__(self, project: Project) -> None:
        sentence = f'The project "{project.name}" is archived. Restore it, or choose another one.'
        super().__init__(sentence, field_errors={"project_id": [sentence]})


class ProjectRequired(Invalid):
    """An organization token must say where a run belongs."""

    detail_code = 210

    def __init__(self) -> None:
        super().__init__(
            "An organization API token is not linked to a user and has no default project. Set the project: "
            "`projectID` in options.cloud (or options.ext.loadimpact), or the environment variable "
            "K6_CLOUD_PROJECT_ID.",
            field_errors={"project_id": ["This field is required."]},
        )


class DefaultProjectUnusable(Invalid):
    """The person's default project is gone or read-only to them; no other project is taken silently."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason} Set another project: `projectID` in options.cloud (or options.ext.loadimpact), the environment "
            "variable K6_CLOUD_PROJECT_ID, or a new default project in your account settings.",
            field_errors={"project_id": [f"{reason} Set `projectID`."]},
        )
