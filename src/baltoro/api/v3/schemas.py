"""The objects of /v3, exactly as public clients decode them: every field always there, types that never change."""

from datetime import datetime
from typing import Any

import msgspec

from baltoro.access import OrganizationRole, Principal
from baltoro.accounts import User, UserStatus
from baltoro.api.times import timestamp
from baltoro.organizations import Organization, Project, role_in
from baltoro.tokens import ApiToken

_ACTIVE, _INACTIVE = 1, 0
_KEPT_FOREVER = 0


class Meta(msgspec.Struct, frozen=True):
    """How many there are in all, before paging."""

    count: int


class LoadZoneObject(msgspec.Struct, frozen=True):
    """Where tests can be run by the server."""

    id: int
    name: str
    vendor: str
    country: str
    city: str
    latitude: float
    longitude: float
    configurable: bool
    k6_load_zone_id: str
    public: bool
    available: bool
    """Whether a living runner serves it."""


LOCAL_ZONE = LoadZoneObject(
    id=1,
    name="local",
    vendor="baltoro",
    country="",
    city="local",
    latitude=0.0,
    longitude=0.0,
    configurable=True,
    k6_load_zone_id="local",
    public=True,
    available=False,
)
"""The zone of the server itself. No runner serves it yet: runs are streamed from where k6 is."""


class UserObject(msgspec.Struct, frozen=True):
    """The person who asks."""

    id: int
    email: str
    first_name: str
    last_name: str
    status: int
    country: str
    company: str
    industry: str
    date_joined: str
    time_zone: str
    organization_ids: list[int]
    gravatar_url: str
    default_project_id: int | None

    @classmethod
    def of(cls, user: User, asker: Principal) -> "UserObject":
        """As the API shows `user`, who is `asker`."""
        return cls(
            id=user.id,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
            status=_ACTIVE if user.status is UserStatus.ACTIVE else _INACTIVE,
            country=user.country,
            company=user.company,
            industry="",
            date_joined=timestamp(user.created_at),
            time_zone=user.time_zone,
            organization_ids=sorted(asker.organizations),
            # Empty on purpose: it would tell a third party whose page is open.
            gravatar_url="",
            default_project_id=user.default_project_id,
        )


class OrganizationObject(msgspec.Struct, frozen=True):
    """An organization, with the extras that public clients decode."""

    id: int
    name: str
    owner_id: int
    description: str
    billing_address: str
    billing_country: str
    billing_email: str
    vat_number: str
    created: str
    updated: str
    is_default: bool
    is_saml_org: bool
    is_personal: bool
    is_grafana_org: bool
    grafana_stack_id: int
    grafana_stack_name: str
    grafana_stack_url: str
    logo: str | None
    can_trial: bool
    subscription_ids: list[int]
    load_zone_ids: list[int]
    data_retention_days: int
    vuh: float
    vuh_max: float
    vuh_overcharge: float

    @classmethod
    def of(
        cls, organization: Organization, asker: Principal, *, owner: User | None, public_url: str
    ) -> "OrganizationObject":
        """As the API shows it to `asker`; only owner and admins read the owner's e-mail address."""
        role = asker.organizations.get(organization.id)
        administers = role in {OrganizationRole.OWNER, OrganizationRole.ADMIN}
        return cls(
            id=organization.id,
            name=organization.name,
            owner_id=organization.owner_id,
            description=organization.description,
            billing_address="",
            billing_country="",
            billing_email=owner.email if owner is not None and administers else "",
            vat_number="",
            created=timestamp(organization.created_at),
            updated=timestamp(organization.updated_at),
            is_default=organization.id == asker.default_organization_id,
            is_saml_org=False,
            is_personal=organization.is_personal,
            is_grafana_org=False,
            grafana_stack_id=organization.id,
            grafana_stack_name=organization.slug,
            grafana_stack_url=public_url,
            logo=None,
            can_trial=False,
            subscription_ids=[],
            load_zone_ids=[LOCAL_ZONE.id],
            data_retention_days=_KEPT_FOREVER,
            vuh=0.0,
            vuh_max=0.0,
            vuh_overcharge=0.0,
        )


class ProjectObject(msgspec.Struct, frozen=True):
    """A project, and the caller's role in it."""

    id: int
    name: str
    description: str
    organization_id: int
    created: str
    updated: str
    is_default: bool
    role: str
    archived: bool

    @classmethod
    def of(cls, project: Project, asker: Principal) -> "ProjectObject":
        """As the API shows it to `asker`."""
        return cls(
            id=project.id,
            name=project.name,
            description=project.description,
            organization_id=project.organization_id,
            created=timestamp(project.created_at),
            updated=timestamp(project.updated_at),
            is_default=project.is_default,
            role=role_in(asker, project),
            archived=project.is_archived,
        )


class TokenObject(msgspec.Struct, frozen=True, kw_only=True):
    """A token with its key. Lists use another shape, which has none."""

    id: int
    kind: str
    name: str
    organization_id: int | None
    user_id: int | None
    created_by: int | None
    prefix: str
    last4: str
    created: str
    updated: str
    regenerated: str | None
    expires: str | None
    last_used: str | None
    last_used_ip: str | None
    scopes: list[str]
    project_ids: list[int] | None
    revoked: str | None
    key: str

    @classmethod
    def of(cls, token: ApiToken, key: str) -> "TokenObject":
        """The token and its secret, for its owner."""
        return cls(
            id=token.id,
            kind=token.kind.value,
            name=token.name,
            organization_id=token.organization_id,
            user_id=token.user_id,
            created_by=token.created_by,
            prefix=token.prefix,
            last4=token.last4,
            created=timestamp(token.created_at),
            updated=timestamp(token.updated_at),
            regenerated=timestamp(token.regenerated_at),
            expires=timestamp(token.expires_at),
            last_used=timestamp(token.last_used_at),
            last_used_ip=token.last_used_ip,
            scopes=list(token.scopes),
            project_ids=None if token.project_ids is None else list(token.project_ids),
            revoked=timestamp(token.revoked_at),
            key=key,
        )


class Key(msgspec.Struct, frozen=True):
    """A token's secret; empty when it may not be told."""

    key: str


class LoginAnswer(msgspec.Struct, frozen=True):
    """Answer of `POST /v3/account/login`."""

    token: Key
    user: UserObject
    organizations: list[OrganizationObject]


class MeAnswer(msgspec.Struct, frozen=True):
    """Answer of `GET /v3/account/me`; an organization token is nobody."""

    user: UserObject | None
    organizations: list[OrganizationObject]
    load_zones: list[LoadZoneObject]
    token: Key


class TokenAnswer(msgspec.Struct, frozen=True):
    """Answer of the account token's own paths."""

    token: TokenObject


class OrganizationsAnswer(msgspec.Struct, frozen=True):
    """Answer of `GET /v3/organizations`."""

    organizations: list[dict[str, Any]]
    meta: Meta


class OrganizationAnswer(msgspec.Struct, frozen=True):
    """Answer of `GET /v3/organizations/{id}`."""

    organization: OrganizationObject


class ProjectsAnswer(msgspec.Struct, frozen=True):
    """Answer of the lists of projects."""

    projects: list[dict[str, Any]]
    meta: Meta


class ProjectAnswer(msgspec.Struct, frozen=True):
    """Answer of `GET /v3/projects/{id}`."""

    project: ProjectObject


class LoadZonesAnswer(msgspec.Struct, frozen=True):
    """Answer of `GET /v3/load-zones`."""

    load_zones: list[LoadZoneObject]


class Credentials(msgspec.Struct, frozen=True):
    """Body of `POST /v3/account/login`."""

    email: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class NewSecret(msgspec.Struct, frozen=True):
    """Body of `POST /v3/account/api-token/regenerate`."""

    expires: datetime | None = None
