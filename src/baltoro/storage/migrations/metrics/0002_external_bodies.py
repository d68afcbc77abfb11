"""PostgreSQL: store bodies as they are. They are compressed already, and trying again costs two thirds of the speed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("ALTER TABLE metric_journal ALTER COLUMN body SET STORAGE EXTERNAL"))
        op.execute(sa.text("ALTER TABLE metric_blocks ALTER COLUMN body SET STORAGE EXTERNAL"))
