"""Who is asking, and whether they may."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from baltoro.access.matrix import MATRIX, Rule
from baltoro.access.model import OrganizationRole, Permission, PrincipalKind, ProjectRole, Scope, Standing
from baltoro.foundation.errors import NotAllowed
from baltoro.foundation.ids import OrganizationId, ProjectId, TokenId, UserId

RECENT_SIGN_IN = timedelta(minutes=15)
"""A sign-in this young may see and change credentials."""

_STANDING_OF_ROLE = {
    OrganizationRole.OWNER: Standing.OWNER,
    OrganizationRole.ADMIN: Standing.ADMIN,
    OrganizationRole.MEMBER: Standing.NO_PROJECT,
    OrganizationRole.TOKEN: Standing.TOKEN,
}
_STANDING_IN_PROJECT = {ProjectRole.WRITE: Standing.WRITE, ProjectRole.READ: Standing.READ}


class ScopeMissing(NotAllowed):
    """The organization token was narrowed, and lacks what this needs."""

    detail_code = 400


class RecentSignInNeeded(NotAllowed):
    """The session is too old for this; the person signs in again."""

    detail_code = 401


class VisibleProjects(msgspec.Struct, frozen=True):
    """Which projects somebody sees: whole organizations, and single projects of others."""

    whole_organizations: frozenset[OrganizationId]
    partial_organizations: frozenset[OrganizationId]
    projects: frozenset[ProjectId]
    """Projects that are visible within `partial_organizations`."""

    def where(
        self, organization_id: sa.ColumnElement[int], project_id: sa.ColumnElement[int]
    ) -> sa.ColumnElement[bool]:
        """The condition that a row with these two columns is visible."""
        whole = organization_id.in_(sorted(self.whole_organizations))
        single = sa.and_(organization_id.in_(sorted(self.partial_organizations)), project_id.in_(sorted(self.projects)))
        return sa.or_(whole, single)


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: a person with a session, a person's account token, or an organization token.

    A project belongs to an organization, so every question about a project takes both ids; they come from one stored
    object, never from two parameters of a request.
    """

    kind: PrincipalKind
    name: str
    """The person's name or the token's name, for display."""
    user_id: UserId | None = None
    token_id: TokenId | None = None
    token_digest: bytes | None = None
    """Of the secret that was sent: tells a token from the one that replaced it in the same row."""
    email: str = ""
    organizations: Mapping[OrganizationId, OrganizationRole]
    projects: Mapping[ProjectId, ProjectRole] = {}
    """Explicit project memberships, only in organizations that the person belongs to."""
    scopes: frozenset[str] | None = None
    """Of an organization token; `None`: not narrowed (people, account tokens)."""
    project_restriction: frozenset[ProjectId] | None = None
    """Of an organization token; `None`: all projects."""
    default_organization_id: OrganizationId | None = None
    default_project_id: ProjectId | None = None
    is_instance_admin: bool = False
    authenticated_at: datetime | None = None
    """When the person of a session last proved who they are."""
    session_id: int | None = None
    csrf_token: str | None = None

    def __repr__(self) -> str:
        # The CSRF token must not reach a log line.
        return f"Principal({self.kind.value}, user_id={self.user_id}, token_id={self.token_id})"

    def standing(self, organization_id: OrganizationId | None, project_id: ProjectId | None = None) -> Standing | None:
        """Which column of the matrix applies; none for a stranger to the organization.

        Args:
            organization_id: `None` for what concerns only the person, such as their own token.
        """
        if organization_id is None:
            return Standing.TOKEN if self.kind is PrincipalKind.ORGANIZATION_TOKEN else Standing.NO_PROJECT
        role = self.organizations.get(organization_id)
        if role is None:
            return None
        if role is OrganizationRole.MEMBER and project_id is not None and project_id in self.projects:
            return _STANDING_IN_PROJECT[self.projects[project_id]]
        return _STANDING_OF_ROLE[role]

    def sees(self, organization_id: OrganizationId, project_id: ProjectId | None = None) -> bool:
        """Whether the organization, or the project in it, exists for the asker at all."""
        standing = self.standing(organization_id, project_id)
        if standing is None or project_id is None:
            return standing is not None
        if standing is Standing.TOKEN:
            return self.project_restriction is None or project_id in self.project_restriction
        return standing is not Standing.NO_PROJECT

    def may(
        self, permission: Permission, organization_id: OrganizationId | None, project_id: ProjectId | None = None
    ) -> bool:
        """Whether the matrix permits it."""
        return self._refusal(permission, organization_id, project_id) is None

    def require(
        self, permission: Permission, organization_id: OrganizationId | None, project_id: ProjectId | None = None
    ) -> None:
        """Go on only if the matrix permits it.

        Raises:
            NotAllowed: the role or the kind of credential is not enough.
            ScopeMissing: an organization token lacks the scope; the message names it.
        """
        refusal = self._refusal(permission, organization_id, project_id)
        if refusal is not None:
            raise refusal

    def signed_in_recently(self, at: datetime) -> bool:
        """Whether a person proved who they are within the last 15 minutes. Never true of a token."""
        return (
            self.kind is PrincipalKind.SESSION
            and self.authenticated_at is not None
            and at - self.authenticated_at <= RECENT_SIGN_IN
        )

    def require_recent_sign_in(self, at: datetime) -> None:
        """Go on only after a recent sign-in.

        Raises:
            RecentSignInNeeded: a token, or a session whose sign-in is older than 15 minutes.
        """
        if not self.signed_in_recently(at):
            raise RecentSignInNeeded("This needs a sign-in that is not older than 15 minutes. Sign in again.")

    def visible_projects_filter(self) -> VisibleProjects:
        """Which projects the asker sees, for use in a query."""
        whole = {
            organization_id
            for organization_id, role in self.organizations.items()
            if role in {OrganizationRole.OWNER, OrganizationRole.ADMIN}
            or (role is OrganizationRole.TOKEN and self.project_restriction is None)
        }
        projects = self.projects if self.project_restriction is None else self.project_restriction
        return VisibleProjects(
            whole_organizations=frozenset(whole),
            partial_organizations=frozenset(self.organizations) - whole,
            projects=frozenset(projects),
        )

    def _refusal(
        self, permission: Permission, organization_id: OrganizationId | None, project_id: ProjectId | None
    ) -> NotAllowed | None:
        rule = MATRIX[permission]
        standing = self.standing(organization_id, project_id)
        if standing is Standing.TOKEN:
            return self._refusal_of_token(permission, project_id, rule)
        if standing is None or not rule.permits(standing):
            return NotAllowed(f"Your role does not let you {permission.value}. Ask an admin of the organization.")
        if rule.session_only and self.kind is not PrincipalKind.SESSION:
            return NotAllowed(f"An API token is not enough to {permission.value}. Sign in to the web pages.")
        return None

    def _refusal_of_token(self, permission: Permission, project_id: ProjectId | None, rule: Rule) -> NotAllowed | None:
        outside = (
            project_id is not None
            and self.project_restriction is not None
            and project_id not in self.project_restriction
        )
        needed = rule.token
        if outside or needed is False:
            return NotAllowed(f"An organization API token cannot {permission.value}.")
        if isinstance(needed, Scope) and self.scopes is not None and needed.value not in self.scopes:
            return ScopeMissing(
                f"This API token lacks the scope {needed.value}, which is needed to {permission.value}. "
                "Create a token that has it."
            )
        return None
