"""Bytes from k6 in; admitted, decoded once, journalled, and in the live window before the answer goes out.

`Ingest.push` returns when a crash can no longer lose the push. Sealing, recovery and following other servers happen here
too. The front door opens on first use, so that a decode worker loads the decoder and nothing else.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baltoro.ingest.ingest import Ingest, IngestStats, Target
    from baltoro.metrics import SeriesLimitReached

__all__ = ["Ingest", "IngestStats", "SeriesLimitReached", "Target"]

_HOMES = {
    "Ingest": "baltoro.ingest.ingest",
    "IngestStats": "baltoro.ingest.ingest",
    "Target": "baltoro.ingest.ingest",
    "SeriesLimitReached": "baltoro.metrics",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
