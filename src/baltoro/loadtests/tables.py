import sqlalchemy as sa

from baltoro.storage.schema import NEVER_REUSED, UtcDateTime, control, identity

load_tests = sa.Table(
    "load_tests",
    control,
    identity(),
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("organization_id", sa.ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("creation_process", sa.String(32), nullable=False),
    sa.Column("baseline_run_id", sa.Integer),
    sa.Column("last_run_id", sa.Integer),
    sa.Column("last_run_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("project_id", "name"),
    sa.Index(None, "project_id", "last_run_at"),
    **NEVER_REUSED,
)
