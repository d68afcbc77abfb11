"""The bars of a test's last runs: height is the trend value, shape and colour the result."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from baltoro.foundation.ids import RunId
from baltoro.reports import load_time, summary_of
from baltoro.runs import Run
from baltoro.web import formats
from baltoro.web.marks import Mark, mark

LAST = 20
_WITHOUT_VALUE = 0.25


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `height`: 0..1; `label`: what a tooltip and a screen reader say."""

    run_id: RunId
    mark: Mark
    height: float
    label: str
    is_baseline: bool


def trend_value(run: Run) -> float | None:
    """p95 of `http_req_duration` of the whole run, ms; none while it runs or without HTTP."""
    return load_time(summary_of(run))


def bars_of(runs: Sequence[Run], at: datetime) -> list[Bar]:
    """Bars, oldest first, of runs that come newest first."""
    values = {run.id: trend_value(run) for run in runs}
    highest = max((value or 0 for value in values.values()), default=0) or 1
    return [_bar(run, values[run.id], highest, at) for run in reversed(runs)]


def bars_label(bars: Sequence[Bar]) -> str:
    """`Last 20 runs: 17 passed, 2 failed, 1 aborted`."""
    if not bars:
        return "No runs yet"
    counted = Counter(bar.mark.short for bar in bars)
    runs = "Last run" if len(bars) == 1 else f"Last {len(bars)} runs"
    return f"{runs}: " + ", ".join(f"{number} {word}" for word, number in counted.most_common())


def _bar(run: Run, value: float | None, highest: float, at: datetime) -> Bar:
    shown = mark(run.status, run.result_status)
    parts = [f"#{run.id}", shown.word]
    if value is not None:
        parts.append(f"p95 {formats.duration_ms(value)}")
    parts.append(formats.ago(run.started_at or run.created_at, at))
    if run.note:
        parts.append(run.note)
    height = _WITHOUT_VALUE if value is None else value / highest
    return Bar(run_id=run.id, mark=shown, height=height, label=" · ".join(parts), is_baseline=run.is_baseline)
