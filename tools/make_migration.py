"""Write the first revision of both schemas from the tables in the code.

Only while nothing has been released: afterwards a revision is never rewritten, and a new one is written by hand.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

import baltoro.accounts.tables
import baltoro.ingest.tables
import baltoro.loadtests.tables
import baltoro.metrics.tables
import baltoro.organizations.tables
import baltoro.runs.tables
import baltoro.storage.idempotency
import baltoro.storage.jobs
import baltoro.tokens.tables  # noqa: F401 - imported for the tables they declare
from baltoro.storage.migrate import SCHEMAS

FOLDER = Path(__file__).parent.parent / "src/baltoro/storage/migrations"
# What Alembic renders in a form of one engine, said in a form that both understand.
REWRITES = (
    (
        r"sa\.JSON\(none_as_null=True\)\.with_variant\(postgresql\.JSONB\([^)]*\)\), 'postgresql'\)",
        "baltoro.storage.schema.Json",
    ),
    (r"(sa\.Boolean\(\), server_default=)sa\.text\('0'\)", r"\1sa.false()"),
    (r"(sa\.Boolean\(\), server_default=)sa\.text\('1'\)", r"\1sa.true()"),
)
HEAD = '''"""The first schema of the {schema} database."""

import sqlalchemy as sa
from alembic import op

import baltoro.storage.schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    {body}
'''


def render_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Name our own types by their module."""
    if kind == "type" and type(item).__module__ == "baltoro.storage.schema":
        return f"baltoro.storage.schema.{type(item).__name__}()"
    return False


def main() -> None:
    """Rewrite both first revisions."""
    for schema, metadata in SCHEMAS.items():
        engine = sa.create_engine("sqlite://")
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "target_metadata": metadata,
                    "render_item": render_type,
                    "user_module_prefix": "baltoro.storage.schema.",
                },
            )
            operations = produce_migrations(context, metadata).upgrade_ops
            if operations is None:
                raise SystemExit("error: nothing to write")
            body = render_python_code(operations, render_item=render_type)
        for rendered, ours in REWRITES:
            body = re.sub(rendered, ours, body)
        path = FOLDER / schema / "0001_first.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD.format(schema=schema, body=body))
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=True)
        print(path)


if __name__ == "__main__":
    main()
