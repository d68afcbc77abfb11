import sqlalchemy as sa

from baltoro.storage.schema import NEVER_REUSED, Json, UtcDateTime, control, identity

api_tokens = sa.Table(
    "api_tokens",
    control,
    identity(),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), index=True),
    sa.Column("organization_id", sa.ForeignKey("organizations.id", ondelete="CASCADE"), index=True),
    sa.Column("created_by", sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("prefix", sa.String(16), nullable=False),
    sa.Column("last4", sa.String(4), nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("key_id", sa.Integer),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("project_ids", Json),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("regenerated_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("revoked_at", UtcDateTime),
    sa.Column("last_used_at", UtcDateTime),
    sa.Column("last_used_ip", sa.String(64)),
    sa.Column("last_used_agent", sa.String(200)),
    sa.CheckConstraint("(user_id is null) <> (organization_id is null)", name="one_owner"),
    # At most one living account token per user: two concurrent first logins must end up with the same one.
    sa.Index(
        "uq_api_tokens_living_account_token",
        "user_id",
        unique=True,
        sqlite_where=sa.text("kind = 'account' AND revoked_at IS NULL"),
        postgresql_where=sa.text("kind = 'account' AND revoked_at IS NULL"),
    ),
    **NEVER_REUSED,
)

retired_digests = sa.Table(
    "retired_token_digests",
    control,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("token_id", sa.Integer, nullable=False),
    sa.Column("retired_at", UtcDateTime, nullable=False),
)
