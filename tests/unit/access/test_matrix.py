"""The matrix, cell by cell, against a second spelling of the same table."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from baltoro.access import (
    MATRIX,
    PRESETS,
    OrganizationRole,
    Permission,
    Principal,
    PrincipalKind,
    ProjectRole,
    RecentSignInNeeded,
    Scope,
    ScopeMissing,
)
from baltoro.foundation.errors import NotAllowed
from baltoro.foundation.ids import OrganizationId, ProjectId, TokenId, UserId

HERE, ELSEWHERE = OrganizationId(7), OrganizationId(8)
PROJECT, OTHER_PROJECT = ProjectId(31), ProjectId(32)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def person(
    role: OrganizationRole = OrganizationRole.MEMBER,
    *,
    kind: PrincipalKind = PrincipalKind.SESSION,
    projects: dict[ProjectId, ProjectRole] | None = None,
) -> Principal:
    return Principal(kind=kind, name="P", user_id=UserId(1), organizations={HERE: role}, projects=projects or {})


def organization_token(
    *scopes: Scope, projects: frozenset[ProjectId] | None = None, everything: bool = False
) -> Principal:
    return Principal(
        kind=PrincipalKind.ORGANIZATION_TOKEN,
        name="ci",
        token_id=TokenId(9),
        organizations={HERE: OrganizationRole.TOKEN},
        scopes=frozenset(scope.value for scope in (Scope if everything else scopes)),
        project_restriction=projects,
    )


PEOPLE = {
    "owner": person(OrganizationRole.OWNER),
    "admin": person(OrganizationRole.ADMIN),
    "write": person(projects={PROJECT: ProjectRole.WRITE}),
    "read": person(projects={PROJECT: ProjectRole.READ}),
    "no project": person(),
    "token": organization_token(everything=True),
    "stranger": Principal(
        kind=PrincipalKind.SESSION, name="S", user_id=UserId(2), organizations={ELSEWHERE: OrganizationRole.OWNER}
    ),
}

# owner, admin, write, read, member without a project, organization token with every scope; a stranger never may.
EXPECTED = {
    "SEE_ORGANIZATION": "yyyyyy",
    "RENAME_ORGANIZATION": "y.....",
    "TRANSFER_OWNERSHIP": "y.....",
    "SET_CONCURRENCY_POLICY": "y.....",
    "CHANGE_ORGANIZATION": "yy....",
    "LIST_MEMBERS": "yy....",
    "LIST_PROJECT_MEMBERS": "yyyy..",
    "MANAGE_MEMBERS": "yy....",
    "APPOINT_ADMINS": "yy....",
    "LEAVE_ORGANIZATION": ".yyyy.",
    "MANAGE_TEAMS": "yy....",
    "MANAGE_TOKENS": "yy....",
    "REVEAL_TOKENS": "yy....",
    "SEE_OWN_TOKEN": "yyyyy.",
    "SEE_TOKEN_OF_OTHERS": "......",
    "REVOKE_TOKEN_OF_MEMBER": "yy....",
    "CHANGE_CREDENTIALS": "yyyyy.",
    "SEE_VARIABLES": "yyyy.y",
    "CHANGE_VARIABLES": "yy....",
    "READ_SECRETS": "......",
    "MANAGE_PROJECTS": "yy....",
    "EDIT_PROJECT": "yy....",
    "SEE_PROJECT": "yyyy.y",
    "SEE_TESTS": "yyyy.y",
    "SEE_RESULTS": "yyyy.y",
    "WRITE_TEST": "yyy..y",
    "DELETE_TEST": "yyy..y",
    "STREAM_RUN": "yyy..y",
    "PUSH_METRICS": "yyy..y",
    "PUSH_LOGS": "yyy..y",
    "EDIT_RUN": "yyy..y",
    "EXPORT_RUN": "yyyy.y",
    "DELETE_RUN": "yyy..y",
    "SHARE_RUN": "yyy...",
    "SEE_SHARED_RESULT": "yyyy.y",
    "SEE_SCHEDULES": "yyyy.y",
    "EDIT_SCHEDULES": "yyy..y",
    "MANAGE_NOTIFICATIONS": "yy....",
    "MANAGE_DESTINATIONS": "yy....",
    "USE_DESTINATIONS": "yyy..y",
    "MANAGE_LOAD_ZONES": "yy....",
    "REGISTER_LOAD_ZONE": "yy...y",
    "USE_LOAD_ZONES": "yyy..y",
    "SEE_LOAD_ZONES": "yyyy.y",
    "SEE_USAGE": "yyyy.y",
    "SEE_AUDIT_TRAIL": "yy....",
    "MANAGE_SSO": "yy....",
}
CELLS = [
    pytest.param(Permission[row], asker, mark == "y", id=f"{row}-{who}")
    for row, marks in EXPECTED.items()
    for (who, asker), mark in zip(PEOPLE.items(), marks + ".", strict=True)
]


def test_every_permission_has_a_row_in_both_tables() -> None:
    assert set(MATRIX) == set(Permission)
    assert set(EXPECTED) == {permission.name for permission in Permission}


@pytest.mark.parametrize(("permission", "asker", "allowed"), CELLS)
def test_the_cell(permission: Permission, asker: Principal, allowed: bool) -> None:  # noqa: FBT001
    assert asker.may(permission, HERE, PROJECT) is allowed
    if allowed:
        asker.require(permission, HERE, PROJECT)
    else:
        with pytest.raises(NotAllowed):
            asker.require(permission, HERE, PROJECT)


@pytest.mark.parametrize("permission", Permission)
def test_an_account_token_may_what_its_person_may_except_to_reveal_and_to_hand_over(permission: Permission) -> None:
    session_only = {"TRANSFER_OWNERSHIP", "REVEAL_TOKENS", "CHANGE_CREDENTIALS", "MANAGE_SSO"}
    token = person(OrganizationRole.OWNER, kind=PrincipalKind.ACCOUNT_TOKEN)
    expected = PEOPLE["owner"].may(permission, HERE, PROJECT) and permission.name not in session_only
    assert token.may(permission, HERE, PROJECT) is expected


@pytest.mark.parametrize(
    ("scope", "permission"),
    [(rule.token, permission) for permission, rule in MATRIX.items() if isinstance(rule.token, Scope)],
)
def test_a_token_needs_exactly_its_scope(scope: Scope, permission: Permission) -> None:
    assert organization_token(scope).may(permission, HERE, PROJECT)
    others = organization_token(*(set(Scope) - {scope}))
    with pytest.raises(ScopeMissing, match=scope.value) as refused:
        others.require(permission, HERE, PROJECT)
    assert refused.value.detail_code == 400


def test_no_preset_may_delete_or_register_zones() -> None:
    for scopes in PRESETS.values():
        assert not {Scope.TESTS_DELETE, Scope.RUNS_DELETE, Scope.ZONES_WRITE} & set(scopes)


def test_a_stream_only_token_streams_and_reads_nothing() -> None:
    token = organization_token(*PRESETS["stream"])
    assert token.may(Permission.STREAM_RUN, HERE, PROJECT)
    assert token.may(Permission.PUSH_METRICS, HERE, PROJECT)
    assert not token.may(Permission.SEE_RESULTS, HERE, PROJECT)
    assert not token.may(Permission.WRITE_TEST, HERE, PROJECT)


def test_what_somebody_sees() -> None:
    assert PEOPLE["owner"].sees(HERE, OTHER_PROJECT)
    assert PEOPLE["token"].sees(HERE, OTHER_PROJECT)
    assert PEOPLE["read"].sees(HERE, PROJECT)
    assert not PEOPLE["read"].sees(HERE, OTHER_PROJECT)
    assert PEOPLE["no project"].sees(HERE)
    assert not PEOPLE["no project"].sees(HERE, PROJECT)
    assert not PEOPLE["stranger"].sees(HERE)
    assert not PEOPLE["stranger"].sees(HERE, PROJECT)


def test_a_project_membership_counts_nothing_in_a_foreign_organization() -> None:
    asker = person(projects={PROJECT: ProjectRole.WRITE})
    assert not asker.sees(ELSEWHERE, PROJECT)
    assert not asker.may(Permission.SEE_RESULTS, ELSEWHERE, PROJECT)


def test_a_restricted_token_sees_its_projects_only() -> None:
    token = organization_token(projects=frozenset({PROJECT}), everything=True)
    assert token.sees(HERE, PROJECT)
    assert not token.sees(HERE, OTHER_PROJECT)
    assert not token.may(Permission.STREAM_RUN, HERE, OTHER_PROJECT)


@pytest.mark.parametrize("who", [*PEOPLE, "restricted token"])
def test_the_filter_of_lists_agrees_with_sees(who: str) -> None:
    asker = PEOPLE.get(who) or organization_token(projects=frozenset({PROJECT}))
    rows = [(HERE, PROJECT), (HERE, OTHER_PROJECT), (ELSEWHERE, ProjectId(33))]
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        visible = [
            bool(
                connection.execute(
                    sa.select(asker.visible_projects_filter().where(sa.literal(here), sa.literal(project)))
                ).scalar()
            )
            for here, project in rows
        ]
    engine.dispose()
    assert visible == [asker.sees(here, project) for here, project in rows]


def test_a_sign_in_is_recent_for_a_quarter_of_an_hour() -> None:
    session = Principal(kind=PrincipalKind.SESSION, name="P", organizations={}, authenticated_at=NOON)
    session.require_recent_sign_in(NOON + timedelta(minutes=15))
    with pytest.raises(RecentSignInNeeded):
        session.require_recent_sign_in(NOON + timedelta(minutes=15, seconds=1))
    token = Principal(kind=PrincipalKind.ACCOUNT_TOKEN, name="P", organizations={}, authenticated_at=NOON)
    assert not token.signed_in_recently(NOON)


def test_a_principal_does_not_print_its_secrets() -> None:
    shown = repr(
        Principal(kind=PrincipalKind.SESSION, name="P", organizations={}, csrf_token="hush", token_digest=b"hush")
    )
    assert "hush" not in shown
