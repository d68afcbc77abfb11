import sqlalchemy as sa

from baltoro.storage.schema import NEVER_REUSED, UtcDateTime, control, identity

organizations = sa.Table(
    "organizations",
    control,
    identity(),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("slug", sa.String(220), nullable=False, unique=True),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("owner_id", sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("is_personal", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("token_limit", sa.Integer, nullable=False, server_default="5"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    **NEVER_REUSED,
)

memberships = sa.Table(
    "memberships",
    control,
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("organization_id", sa.ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index(None, "organization_id", "role"),
)

projects = sa.Table(
    "projects",
    control,
    identity(),
    sa.Column("organization_id", sa.ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("archived_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("organization_id", "name"),
    **NEVER_REUSED,
)

project_memberships = sa.Table(
    "project_memberships",
    control,
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
