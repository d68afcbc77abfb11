"""Record what was computed from a run's data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from baltoro.foundation.ids import RunId, ThresholdId
from baltoro.k6.status import ProcessingStatus
from baltoro.runs import store
from baltoro.runs.model import CHANGED
from baltoro.storage.database import Transaction, announce


async def record_results(
    tx: Transaction,
    run_id: RunId,
    *,
    summary: Mapping[str, Any],
    threshold_values: Mapping[ThresholdId, float | None],
    processing_status: ProcessingStatus = ProcessingStatus.FINISHED,
    at: datetime,
) -> None:
    """Keep the run's summary and the figure behind each threshold. May be called again when late data came in.

    Whether a threshold failed is not touched: that is what k6 has said.
    """
    del at
    await store.update(tx, run_id, summary=dict(summary), processing_status=int(processing_status))
    await store.save_values(tx, threshold_values)
    announce(tx, CHANGED, run_id)


async def record_processing_error(tx: Transaction, run_id: RunId) -> None:
    """Say that the run's results could not be computed."""
    await store.update(tx, run_id, processing_status=int(ProcessingStatus.ERROR))
    announce(tx, CHANGED, run_id)
