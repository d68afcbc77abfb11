"""Measurements: series, histograms, the live window, blocks, queries.

`MetricStore` is what the rest of the house talks to: pushes go in with `append`, questions are `Query`s and get a
`QueryResult` that knows every aggregation. Where samples are at the moment (live window, block, roll-up) is nobody else's
business. The front door opens on first use, so that a worker process that only packs blocks does not load the database.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baltoro.metrics.block import decode_block, encode_block
    from baltoro.metrics.compaction import compact_run
    from baltoro.metrics.kinds import BlockKind
    from baltoro.metrics.methods import DEFAULT_METHODS, Method, allowed_methods, parse_method
    from baltoro.metrics.metric_store import MetricStore
    from baltoro.metrics.model import (
        DamagedBlock,
        MetricInfo,
        Query,
        SeriesLimitReached,
        TagFilter,
        TooMuchAsked,
        UnfitMethod,
        UnknownMethod,
    )
    from baltoro.metrics.result import QueryResult
    from baltoro.metrics.seal import SealedMeanwhile, Work, seal_window

__all__ = [
    "DEFAULT_METHODS",
    "BlockKind",
    "DamagedBlock",
    "Method",
    "MetricInfo",
    "MetricStore",
    "Query",
    "QueryResult",
    "SealedMeanwhile",
    "SeriesLimitReached",
    "TagFilter",
    "TooMuchAsked",
    "UnfitMethod",
    "UnknownMethod",
    "Work",
    "allowed_methods",
    "compact_run",
    "decode_block",
    "encode_block",
    "parse_method",
    "seal_window",
]

_HOMES = {
    "baltoro.metrics.block": ("decode_block", "encode_block"),
    "baltoro.metrics.compaction": ("compact_run",),
    "baltoro.metrics.kinds": ("BlockKind",),
    "baltoro.metrics.methods": ("DEFAULT_METHODS", "Method", "allowed_methods", "parse_method"),
    "baltoro.metrics.metric_store": ("MetricStore",),
    "baltoro.metrics.model": (
        "DamagedBlock", "MetricInfo", "Query", "SeriesLimitReached", "TagFilter", "TooMuchAsked", "UnfitMethod",
        "UnknownMethod",
    ),
    "baltoro.metrics.result": ("QueryResult",),
    "baltoro.metrics.seal": ("SealedMeanwhile", "Work", "seal_window"),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
