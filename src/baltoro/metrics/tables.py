import sqlalchemy as sa

from baltoro.storage.schema import NEVER_REUSED, Json, metrics

series = sa.Table(
    "metric_series",
    metrics,
    sa.Column("run_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("series", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("type", sa.SmallInteger, nullable=False),
    sa.Column("labels", Json, nullable=False),
)

blocks = sa.Table(
    "metric_blocks",
    metrics,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("t_min", sa.BigInteger, nullable=False),
    sa.Column("t_max", sa.BigInteger, nullable=False),
    sa.Column("period", sa.Integer, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index(None, "run_id", "metric", "kind"),
    **NEVER_REUSED,
)
