import sqlalchemy as sa

from baltoro.storage.schema import NEVER_REUSED, UtcDateTime, metrics

journal = sa.Table(
    "metric_journal",
    metrics,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Integer, nullable=False, index=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("protocol", sa.SmallInteger, nullable=False),
    sa.Column("encoding", sa.String(8), nullable=False),
    sa.Column("bucket_width", sa.Integer, nullable=False),
    sa.Column("checksum", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    **NEVER_REUSED,
)

push_keys = sa.Table(
    "metric_push_keys",
    metrics,
    sa.Column("run_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
)
