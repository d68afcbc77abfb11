"""Who is asking (`Principal`), and what they may do (`Permission`, the matrix).

Every door turns credentials into a `Principal`; every verb asks it. `principal.require(Permission.STREAM_RUN,
project.organization_id, project.id)` raises when the matrix says no, `principal.sees(…)` tells whether a thing exists
for the asker at all. The table itself is `access/matrix.py`.
"""

from baltoro.access.matrix import MATRIX, Rule
from baltoro.access.model import (
    PRESETS,
    OrganizationRole,
    Permission,
    PrincipalKind,
    ProjectRole,
    Scope,
    Standing,
)
from baltoro.access.principal import (
    RECENT_SIGN_IN,
    Principal,
    RecentSignInNeeded,
    ScopeMissing,
    VisibleProjects,
)

__all__ = [
    "MATRIX",
    "PRESETS",
    "RECENT_SIGN_IN",
    "OrganizationRole",
    "Permission",
    "Principal",
    "PrincipalKind",
    "ProjectRole",
    "RecentSignInNeeded",
    "Rule",
    "Scope",
    "ScopeMissing",
    "Standing",
    "VisibleProjects",
]
