"""What kinds of blocks there are. Apart from the SQL, so that a worker process need not load it."""

from enum import IntEnum

import msgspec


class BlockKind(IntEnum):
    """What a block holds.

    Every sample is in exactly one RAW or SORTED block (or still in the journal). ROLLUP repeats SORTED, TOTAL repeats both.
    """

    RAW = 1
    """About a minute of one metric, as sealed."""
    SORTED = 2
    """After compaction: all time of some series."""
    ROLLUP = 3
    """SORTED, one row per 60 seconds from the run's start. Long runs only; not for gauges."""
    TOTAL = 4
    """One row per series over the whole run, as far as sealed."""


class BlockInfo(msgspec.Struct, frozen=True):
    """A stored block without its body. Times are starts of buckets, seconds since the epoch."""

    id: int
    metric: str
    kind: BlockKind
    t_min: int
    t_max: int
    period: int
    points: int


class NewBlock(msgspec.Struct, frozen=True):
    """A block to be stored."""

    metric: str
    kind: BlockKind
    t_min: int
    t_max: int
    period: int
    points: int
    body: bytes
