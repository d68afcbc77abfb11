import sqlalchemy as sa

from baltoro.storage.schema import NEVER_REUSED, UtcDateTime, control, identity

users = sa.Table(
    "users",
    control,
    identity(),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("email_lower", sa.String(254), nullable=False, unique=True),
    sa.Column("email_verified_at", UtcDateTime),
    sa.Column("first_name", sa.String(100), nullable=False, server_default=""),
    sa.Column("last_name", sa.String(100), nullable=False, server_default=""),
    sa.Column("company", sa.String(200), nullable=False, server_default=""),
    sa.Column("country", sa.String(100), nullable=False, server_default=""),
    sa.Column("time_zone", sa.String(64), nullable=False, server_default="UTC"),
    sa.Column("password_hash", sa.String(255)),
    sa.Column("status", sa.String(16), nullable=False, server_default="active"),
    sa.Column("is_instance_admin", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("default_organization_id", sa.Integer),
    sa.Column("default_project_id", sa.Integer),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime),
    **NEVER_REUSED,
)

sessions = sa.Table(
    "sessions",
    control,
    identity(),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("authenticated_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("ip_address", sa.String(64), nullable=False, server_default=""),
    sa.Column("user_agent", sa.String(400), nullable=False, server_default=""),
    **NEVER_REUSED,
)

one_time_links = sa.Table(
    "one_time_links",
    control,
    identity(),
    sa.Column("purpose", sa.String(24), nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
    **NEVER_REUSED,
)
