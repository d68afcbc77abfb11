"""From credentials that hold to who is asking: roles are read anew, so that a change counts at once."""

from collections.abc import Collection

from baltoro.access import OrganizationRole, Principal, PrincipalKind
from baltoro.accounts import Session, find_user
from baltoro.foundation.errors import AuthenticationFailed
from baltoro.foundation.ids import OrganizationId, ProjectId, TokenId, UserId
from baltoro.organizations import store
from baltoro.storage.database import Transaction


async def principal_of_user(
    tx: Transaction,
    user_id: UserId,
    *,
    kind: PrincipalKind,
    token_id: TokenId | None = None,
    token_digest: bytes | None = None,
    session: Session | None = None,
) -> Principal:
    """The person as the one who asks, with the roles of this moment.

    Args:
        kind: `SESSION` (give `session`) or `ACCOUNT_TOKEN` (give `token_id` and `token_digest`).

    Raises:
        AccountDisabled: an administrator closed the account.
        AuthenticationFailed: there is no such person.
    """
    user = await find_user(tx, user_id)
    if user is None:
        raise AuthenticationFailed("This account does not exist any more.")
    user.require_active()
    return Principal(
        kind=kind,
        name=user.display_name,
        email=user.email,
        user_id=user.id,
        token_id=token_id,
        token_digest=token_digest,
        organizations=await store.roles_in_organizations(tx, user.id),
        projects=await store.roles_in_projects(tx, user.id),
        default_organization_id=user.default_organization_id,
        default_project_id=user.default_project_id,
        is_instance_admin=user.is_instance_admin,
        authenticated_at=None if session is None else session.authenticated_at,
        session_id=None if session is None else session.id,
        csrf_token=None if session is None else session.csrf_token,
    )


def principal_of_organization(
    organization_id: OrganizationId,
    *,
    token_id: TokenId,
    token_digest: bytes | None = None,
    name: str,
    scopes: Collection[str],
    project_ids: Collection[ProjectId] | None,
) -> Principal:
    """An organization token as the one who asks: the organization itself, and no person.

    Args:
        name: the token's name, shown where a person's name would be.
        project_ids: the only projects that the token sees; `None`: all.
    """
    return Principal(
        kind=PrincipalKind.ORGANIZATION_TOKEN,
        name=name,
        token_id=token_id,
        token_digest=token_digest,
        organizations={organization_id: OrganizationRole.TOKEN},
        scopes=frozenset(scopes),
        project_restriction=None if project_ids is None else frozenset(project_ids),
        default_organization_id=organization_id,
    )
