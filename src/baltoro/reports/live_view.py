"""What a run page shows, kept up to date by asking only for what changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from baltoro.foundation.paging import Page
from baltoro.k6.status import ProcessingStatus
from baltoro.metrics import MetricStore
from baltoro.reports.checks import checks_table
from baltoro.reports.http import http_table
from baltoro.reports.measure import chart_step, seconds, time_range
from baltoro.reports.model import (
    CheckRow,
    HttpPart,
    HttpRow,
    Overview,
    RunState,
    RunView,
    ThresholdRow,
    Tiles,
)
from baltoro.reports.overview import MAX_POINTS, kind_of, overview_chart, overview_points
from baltoro.reports.run_summary import summary_of
from baltoro.reports.thresholds import thresholds_table
from baltoro.reports.tiles import peak_rate, tiles_of
from baltoro.runs import Run, Threshold

MAX_ROWS = 1000
"""HTTP rows that travel to a page by themselves; it asks for the others page by page."""
_FEW_ROWS = 200
_MANY_ROWS_EVERY_S = 5.0
_COLUMNS = ("vus", "rate", "failures", "avg", "p50", "p95", "p99")
_Key = tuple[str, str, str, str, int, bool]


class Standing(msgspec.Struct, frozen=True):
    """What the control plane says about a run: the run, its thresholds, and who stopped it."""

    run: Run
    thresholds: Sequence[Threshold]
    stopped_by: str = ""

    @property
    def is_settled(self) -> bool:
        """Nothing about this run will change by itself any more."""
        return self.run.is_final and self.run.processing_status >= ProcessingStatus.FINISHED


class LiveView:
    """The present picture of one run. Not for several tasks at once."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._version = -1
        self._standing: Standing | None = None
        self._overview: Overview | None = None
        self._peak: float | None = None
        self._tiles = Tiles()
        self._thresholds: list[ThresholdRow] = []
        self._checks: list[CheckRow] = []
        self._rows: dict[_Key, HttpRow] = {}
        self._rows_total = 0
        self._rows_at: datetime | None = None

    async def refresh(self, standing: Standing, *, seq: int, at: datetime) -> RunView | None:
        """Bring the picture up to date.

        Args:
            seq: number of the update, should there be one.

        Returns:
            What changed; none when nothing did.
        """
        run = standing.run
        version = self._store.version(run.id)
        first = self._standing is None
        settled = standing.is_settled
        if not first and version == self._version and standing == self._standing:
            return None
        since, self._version = self._version, version
        previous, self._standing = self._standing, standing
        if first or settled:
            overview: Overview | None = await self._all_points(run)
        else:
            overview = await self._new_points(run, since)
        checks = await checks_table(self._store, run)
        thresholds = await thresholds_table(self._store, run, standing.thresholds, at=at)
        tiles = await self._tiles_now(standing, checks, thresholds, at)
        http = await self._http(run, at, replace=first or settled)
        view = RunView(
            kind="update",
            seq=seq,
            last=settled,
            run=_state(standing, at, has_data=self._overview is not None and bool(self._overview.times)),
            tiles=msgspec.UNSET if tiles == self._tiles else tiles,
            overview=overview or msgspec.UNSET,
            thresholds=msgspec.UNSET if thresholds == self._thresholds else thresholds,
            checks=msgspec.UNSET if checks == self._checks else checks,
            http=http or msgspec.UNSET,
        )
        self._tiles, self._thresholds, self._checks = tiles, thresholds, checks
        unchanged = (view.tiles, view.overview, view.thresholds, view.checks, view.http)
        if previous == standing and all(part is msgspec.UNSET for part in unchanged):
            return None
        return view

    def snapshot(self, *, seq: int, at: datetime, kind: Literal["snapshot", "update"] = "snapshot") -> RunView:
        """The whole picture. Only after the first `refresh`."""
        if self._standing is None or self._overview is None:
            raise RuntimeError("snapshot before refresh")
        return RunView(
            kind=kind,
            seq=seq,
            last=self._standing.is_settled,
            run=_state(self._standing, at, has_data=bool(self._overview.times)),
            tiles=self._tiles,
            overview=self._overview,
            thresholds=self._thresholds,
            checks=self._checks,
            http=HttpPart(replace=True, total=self._rows_total, rows=list(self._rows.values())),
        )

    async def _all_points(self, run: Run) -> Overview:
        data = await time_range(self._store, run)
        self._peak = None if data is None else await peak_rate(self._store, run, *data)
        self._overview = await overview_chart(self._store, run)
        return self._overview

    async def _new_points(self, run: Run, since: int) -> Overview | None:
        """The points touched since the version `since`; all of them when the grid changed."""
        data = await time_range(self._store, run)
        before = self._overview
        if data is None or before is None:
            return None
        step = chart_step(data[1] - data[0], run.bucket_width_s, MAX_POINTS)
        if (
            not before.times
            or step != before.step
            or data[0] != before.times[0]
            or (before.kind != "http" and await kind_of(self._store, run) != before.kind)
        ):
            return await self._all_points(run)
        touched = self._store.dirty_times(run.id, since)
        first = before.times[-1] + step
        if touched is None:
            return await self._all_points(run)
        if len(touched):
            first = min(first, data[0] + (int(touched[0]) - data[0]) // step * step)
            peak = await peak_rate(self._store, run, int(touched[0]), data[1])
            self._peak = max((value for value in (self._peak, peak) if value is not None), default=None)
        end = data[1] - (0 if run.is_final else (data[1] - data[0]) % step)
        if first >= end:
            return None
        points = await overview_points(self._store, run, before.kind, step=step, start=first, end=end, replace=False)
        changed = _changed(before, points)
        self._overview = _joined(before, points)
        return changed if changed.times else None

    async def _tiles_now(
        self, standing: Standing, checks: Sequence[CheckRow], thresholds: Sequence[ThresholdRow], at: datetime
    ) -> Tiles:
        kept = summary_of(standing.run) if standing.is_settled else None
        if kept is not None:
            return kept.tiles
        return await tiles_of(self._store, standing.run, checks=checks, thresholds=thresholds, peak=self._peak, at=at)

    async def _http(self, run: Run, at: datetime, *, replace: bool) -> HttpPart | None:
        waited = (at - self._rows_at).total_seconds() if self._rows_at else _MANY_ROWS_EVERY_S
        if not replace and self._rows_total > _FEW_ROWS and waited < _MANY_ROWS_EVERY_S:
            return None
        table = await http_table(self._store, run, at=at, page=Page(size=MAX_ROWS))
        rows = {_key(row): row for row in table.rows}
        # A row's rate moves with the clock alone; it is not worth an update.
        changed = [row for key, row in rows.items() if not _same(self._rows.get(key), row)]
        # Rows may leave the first thousand: then the page forgets what it has.
        replace = replace or not self._rows.keys() <= rows.keys()
        grown = table.total != self._rows_total
        self._rows, self._rows_total, self._rows_at = rows, table.total, at
        if not changed and not grown and not replace:
            return None
        return HttpPart(replace=replace, total=table.total, rows=list(rows.values()) if replace else changed)


def _key(row: HttpRow) -> _Key:
    return (row.scenario, row.group, row.name, row.method, row.status, row.expected)


def _same(old: HttpRow | None, new: HttpRow) -> bool:
    return old is not None and old.count == new.count and old.failures == new.failures and old.max == new.max


def _changed(before: Overview, points: Overview) -> Overview:
    """Those of `points` that `before` does not have, or has with other figures."""
    place = {time: number for number, time in enumerate(before.times)}
    old, new = [getattr(before, name) for name in _COLUMNS], [getattr(points, name) for name in _COLUMNS]
    kept = [
        number
        for number, time in enumerate(points.times)
        if time not in place or any(a[place[time]] != b[number] for a, b in zip(old, new, strict=True))
    ]
    return msgspec.structs.replace(
        points,
        times=[points.times[number] for number in kept],
        **{name: [column[number] for number in kept] for name, column in zip(_COLUMNS, new, strict=True)},
    )


def _joined(before: Overview, points: Overview) -> Overview:
    """`before`, with `points` in place of what it has from their first time on."""
    cut = (points.times[0] - before.times[0]) // before.step
    return msgspec.structs.replace(
        before,
        times=before.times[:cut] + points.times,
        **{name: getattr(before, name)[:cut] + getattr(points, name) for name in _COLUMNS},
    )


def _state(standing: Standing, at: datetime, *, has_data: bool) -> RunState:
    run = standing.run
    return RunState(
        id=run.id,
        status=int(run.status),
        result_status=int(run.result_status),
        processing_status=int(run.processing_status),
        created_at=run.created_at.timestamp(),
        started_at=seconds(run.started_at),
        ended_at=seconds(run.ended_at),
        now=at.timestamp(),
        planned_duration_s=run.planned_duration_s,
        max_vus=run.max_vus,
        has_data=has_data,
        error_detail=run.error_detail or "",
        stopped_by=standing.stopped_by,
    )
