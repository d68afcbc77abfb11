"""Roles, permissions and scopes: the words in which the permission matrix is written."""

# ruff: noqa: S105 - these are names of kinds and rows, not secrets.

from enum import Enum


class OrganizationRole(Enum):
    """What somebody is in an organization. `TOKEN` is never stored: it is an organization token's own standing."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    TOKEN = "token"


class ProjectRole(Enum):
    """What a member without an administrative role may do in one project."""

    WRITE = "write"
    READ = "read"


class PrincipalKind(Enum):
    """How the asker proved who they are."""

    SESSION = "session"
    ACCOUNT_TOKEN = "account_token"
    ORGANIZATION_TOKEN = "organization_token"


class Standing(Enum):
    """A column of the permission matrix: where the asker stands towards one organization or project."""

    OWNER = "O"
    ADMIN = "A"
    WRITE = "W"
    READ = "R"
    NO_PROJECT = "N"
    TOKEN = "T"


class Permission(Enum):
    """A row of the permission matrix. The value completes the sentence "You may not …"."""

    SEE_ORGANIZATION = "see this organization"
    RENAME_ORGANIZATION = "rename or delete this organization"
    TRANSFER_OWNERSHIP = "transfer the ownership of this organization"
    SET_CONCURRENCY_POLICY = "change the concurrency policy of this organization"
    CHANGE_ORGANIZATION = "change the settings of this organization"
    LIST_MEMBERS = "list the members of this organization"
    LIST_PROJECT_MEMBERS = "list the members of this project"
    MANAGE_MEMBERS = "invite, change or remove members of this organization"
    APPOINT_ADMINS = "appoint or remove admins of this organization"
    LEAVE_ORGANIZATION = "leave this organization"
    MANAGE_TEAMS = "manage the teams of this organization"
    MANAGE_TOKENS = "manage the API tokens of this organization"
    REVEAL_TOKENS = "see the key of an API token of this organization"
    SEE_OWN_TOKEN = "see or change an account API token"
    SEE_TOKEN_OF_OTHERS = "see somebody else's account API token"
    REVOKE_TOKEN_OF_MEMBER = "revoke a member's API token for this organization"
    CHANGE_CREDENTIALS = "change passwords or second factors"
    SEE_VARIABLES = "see the environment variables here"
    CHANGE_VARIABLES = "change the environment variables here"
    READ_SECRETS = "read the value of a secret"
    MANAGE_PROJECTS = "create, delete or archive projects of this organization"
    EDIT_PROJECT = "change the settings or members of this project"
    SEE_PROJECT = "see this project"
    SEE_TESTS = "see the tests of this project"
    SEE_RESULTS = "see the runs and results of this project"
    WRITE_TEST = "create or change tests in this project"
    DELETE_TEST = "delete tests of this project"
    STREAM_RUN = "start, stream or stop runs in this project"
    PUSH_METRICS = "send metrics to runs of this project"
    PUSH_LOGS = "send log lines to runs of this project"
    EDIT_RUN = "change runs of this project"
    EXPORT_RUN = "export runs of this project"
    DELETE_RUN = "delete runs of this project"
    SHARE_RUN = "share runs of this project"
    SEE_SHARED_RESULT = "see this shared result"
    SEE_SCHEDULES = "see the schedules of this project"
    EDIT_SCHEDULES = "change the schedules of this project"
    MANAGE_NOTIFICATIONS = "change the notifications of this organization"
    MANAGE_DESTINATIONS = "change the export destinations of this organization"
    USE_DESTINATIONS = "use the export destinations of this organization"
    MANAGE_LOAD_ZONES = "remove load zones or allow them for projects"
    REGISTER_LOAD_ZONE = "register load zones"
    USE_LOAD_ZONES = "use the private load zones here"
    SEE_LOAD_ZONES = "see the private load zones here"
    SEE_USAGE = "see the usage report here"
    SEE_AUDIT_TRAIL = "see the audit trail of this organization"
    MANAGE_SSO = "change the single sign-on settings of this organization"


class Scope(Enum):
    """What an organization token may have been narrowed to."""

    PROJECTS_READ = "projects:read"
    TESTS_READ = "tests:read"
    TESTS_WRITE = "tests:write"
    TESTS_DELETE = "tests:delete"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    RUNS_DELETE = "runs:delete"
    METRICS_WRITE = "metrics:write"
    LOGS_WRITE = "logs:write"
    ZONES_WRITE = "zones:write"


# In no preset, because they destroy or widen: tests:delete, runs:delete, zones:write.
_CI = (
    Scope.PROJECTS_READ,
    Scope.TESTS_READ,
    Scope.TESTS_WRITE,
    Scope.RUNS_READ,
    Scope.RUNS_WRITE,
    Scope.METRICS_WRITE,
    Scope.LOGS_WRITE,
)
PRESETS: dict[str, tuple[Scope, ...]] = {
    "full": _CI,
    "ci": _CI,
    "stream": (Scope.RUNS_WRITE, Scope.METRICS_WRITE, Scope.LOGS_WRITE, Scope.PROJECTS_READ),
    "read": (Scope.PROJECTS_READ, Scope.TESTS_READ, Scope.RUNS_READ),
}
"""Preset name -> scopes of an organization token. `full` is the default."""
