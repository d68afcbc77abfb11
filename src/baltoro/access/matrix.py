"""The permission matrix: who may do what, in one table.

Everything that asks "may they?" ends here, and one parametrised test drives every cell.
"""

from typing import Final

import msgspec

from baltoro.access.model import Permission, Scope, Standing

_P = Permission
_S = Scope


class Rule(msgspec.Struct, frozen=True):
    """One row of the matrix.

    Attributes:
        people: the standings that are permitted, as the letters of `Standing`; `-` keeps the columns aligned.
        token: the scope that an organization token needs; `True`: none; `False`: never.
        session_only: an account token is not enough, although its user is permitted: a token alone must not reveal
            other credentials, change passwords or hand an organization over.
        public: also for strangers who hold a share link.
    """

    people: str
    token: Scope | bool = False
    session_only: bool = False
    public: bool = False

    def permits(self, standing: Standing) -> bool:
        """Whether the table says yes to a person with this standing."""
        return standing is not Standing.TOKEN and standing.value in self.people


MATRIX: Final[dict[Permission, Rule]] = {
    # Columns: Owner, Admin, project Write, project Read, member without project (N); then the organization token.
    _P.SEE_ORGANIZATION: Rule("O A W R N", token=True),
    _P.RENAME_ORGANIZATION: Rule("O - - - -"),
    _P.TRANSFER_OWNERSHIP: Rule("O - - - -", session_only=True),
    _P.SET_CONCURRENCY_POLICY: Rule("O - - - -"),
    _P.CHANGE_ORGANIZATION: Rule("O A - - -"),
    _P.LIST_MEMBERS: Rule("O A - - -"),
    _P.LIST_PROJECT_MEMBERS: Rule("O A W R -"),
    _P.MANAGE_MEMBERS: Rule("O A - - -"),
    _P.APPOINT_ADMINS: Rule("O A - - -"),
    _P.LEAVE_ORGANIZATION: Rule("- A W R N"),
    _P.MANAGE_TEAMS: Rule("O A - - -"),
    _P.MANAGE_TOKENS: Rule("O A - - -"),
    _P.REVEAL_TOKENS: Rule("O A - - -", session_only=True),
    _P.SEE_OWN_TOKEN: Rule("O A W R N"),
    _P.SEE_TOKEN_OF_OTHERS: Rule("- - - - -"),
    _P.REVOKE_TOKEN_OF_MEMBER: Rule("O A - - -"),
    _P.CHANGE_CREDENTIALS: Rule("O A W R N", session_only=True),
    _P.SEE_VARIABLES: Rule("O A W R -", token=_S.PROJECTS_READ),
    _P.CHANGE_VARIABLES: Rule("O A - - -"),
    _P.READ_SECRETS: Rule("- - - - -"),
    _P.MANAGE_PROJECTS: Rule("O A - - -"),
    _P.EDIT_PROJECT: Rule("O A - - -"),
    _P.SEE_PROJECT: Rule("O A W R -", token=_S.PROJECTS_READ),
    _P.SEE_TESTS: Rule("O A W R -", token=_S.TESTS_READ),
    _P.SEE_RESULTS: Rule("O A W R -", token=_S.RUNS_READ),
    _P.WRITE_TEST: Rule("O A W - -", token=_S.TESTS_WRITE),
    _P.DELETE_TEST: Rule("O A W - -", token=_S.TESTS_DELETE),
    _P.STREAM_RUN: Rule("O A W - -", token=_S.RUNS_WRITE),
    _P.PUSH_METRICS: Rule("O A W - -", token=_S.METRICS_WRITE),
    _P.PUSH_LOGS: Rule("O A W - -", token=_S.LOGS_WRITE),
    _P.EDIT_RUN: Rule("O A W - -", token=_S.RUNS_WRITE),
    _P.EXPORT_RUN: Rule("O A W R -", token=_S.RUNS_READ),
    _P.DELETE_RUN: Rule("O A W - -", token=_S.RUNS_DELETE),
    _P.SHARE_RUN: Rule("O A W - -"),
    _P.SEE_SHARED_RESULT: Rule("O A W R -", token=_S.RUNS_READ, public=True),
    _P.SEE_SCHEDULES: Rule("O A W R -", token=_S.TESTS_READ),
    _P.EDIT_SCHEDULES: Rule("O A W - -", token=_S.TESTS_WRITE),
    _P.MANAGE_NOTIFICATIONS: Rule("O A - - -"),
    _P.MANAGE_DESTINATIONS: Rule("O A - - -"),
    _P.USE_DESTINATIONS: Rule("O A W - -", token=_S.RUNS_WRITE),
    _P.MANAGE_LOAD_ZONES: Rule("O A - - -"),
    _P.REGISTER_LOAD_ZONE: Rule("O A - - -", token=_S.ZONES_WRITE),
    _P.USE_LOAD_ZONES: Rule("O A W - -", token=_S.RUNS_WRITE),
    _P.SEE_LOAD_ZONES: Rule("O A W R -", token=_S.PROJECTS_READ),
    _P.SEE_USAGE: Rule("O A W R -", token=_S.PROJECTS_READ),
    _P.SEE_AUDIT_TRAIL: Rule("O A - - -"),
    _P.MANAGE_SSO: Rule("O A - - -", session_only=True),
}
