"""End the runs whose k6 nobody hears of any more."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from baltoro.foundation.ids import RunId
from baltoro.foundation.settings import RunSettings
from baltoro.k6.status import RunStatus
from baltoro.runs import store
from baltoro.runs.end import time_out_run
from baltoro.runs.model import Run
from baltoro.storage.database import Transaction

OVERTIME = timedelta(minutes=10)
"""How much longer than planned a run may take: setup(), teardown() and pauses are in no plan."""


async def find_lost_runs(
    tx: Transaction,
    *,
    settings: RunSettings,
    last_pushes: Mapping[RunId, datetime],
    server_started_at: datetime,
    at: datetime,
) -> dict[RunId, str]:
    """The streamed runs that never sent data, stopped sending it, or take far longer than planned; each with a reason.

    Args:
        last_pushes: what this process knows better than the database, which hears of pushes only now and then.
        server_started_at: since when pushes could come in without a break: the server's own down time does not count.
    """
    reasons = {
        run.id: _why_lost(run, settings, last_pushes.get(run.id), server_started_at, at)
        for run in await store.living(tx)
    }
    return {run_id: reason for run_id, reason in reasons.items() if reason is not None}


async def end_lost_runs(
    tx: Transaction,
    *,
    settings: RunSettings,
    last_pushes: Mapping[RunId, datetime],
    server_started_at: datetime,
    at: datetime,
) -> list[Run]:
    """Time out every run of `find_lost_runs`, and return those that were ended by this."""
    lost = await find_lost_runs(
        tx, settings=settings, last_pushes=last_pushes, server_started_at=server_started_at, at=at
    )
    ended = []
    for run_id, reason in lost.items():
        over = await time_out_run(tx, run_id, reason=reason, at=at)
        # Another process may have seen it end meanwhile; then that ending stands, and is not ours to report.
        if over.status is RunStatus.TIMED_OUT and over.ended_at == at:
            ended.append(over)
    return ended


def _why_lost(
    run: Run, settings: RunSettings, last_push: datetime | None, server_started_at: datetime, at: datetime
) -> str | None:
    began = run.started_at or run.created_at
    pushes = [moment for moment in (last_push, run.last_push_at) if moment is not None]
    if not pushes and at - max(began, server_started_at) >= timedelta(seconds=settings.first_push_limit_s):
        return (
            f"No data came in for {spoken(settings.first_push_limit_s)} after the start. "
            "Look at k6's own output: its pushes did not reach this server, or it died before the first one."
        )
    if pushes and at - max(*pushes, began, server_started_at) >= timedelta(seconds=settings.silence_limit_s):
        return (
            f"No data for {spoken(settings.silence_limit_s)}: k6 died, or lost its connection to this server. "
            "Look at k6's own output."
        )
    if run.planned_duration_s and at - max(began, server_started_at) >= OVERTIME + timedelta(
        seconds=run.planned_duration_s
    ):
        return (
            f"The run took more than {spoken(OVERTIME.total_seconds())} longer than its planned "
            f"{spoken(run.planned_duration_s)}. Look at what setup(), teardown() or a pause waited for."
        )
    return None


def spoken(seconds: float) -> str:
    """A duration as people say it: `2 minutes`, `90 seconds`."""
    minutes, rest = divmod(seconds, 60)
    number, unit = (minutes, "minute") if minutes and not rest else (seconds, "second")
    return f"{number:g} {unit}{'' if number == 1 else 's'}"
