"""What a run page says of its figures. `frontend/src/run/words.ts` says the same once the page is live."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from baltoro.reports import CheckRow, HttpPart, Overview, RunView, ThresholdRow, Tiles
from baltoro.runs import Run
from baltoro.web import formats
from baltoro.web.formats import Figure

_METER = 120
_LIMIT_AT = 100


class Tile(msgspec.Struct, frozen=True):
    """A headline figure: number, smaller unit, and what it refers to."""

    label: str
    value: str
    unit: str
    context: str


class ThresholdLine(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold as a row. `bar`: length of the meter, whose limit stands at 100 of 120; none if it says nothing."""

    metric: str
    expression: str
    shape: str
    symbol: str
    word: str
    value: str
    bar: int | None
    verdict: str


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """A check as a row. `bar`: passed part of a meter 120 long."""

    name: str
    scenario: str
    group: str
    shape: str
    symbol: str
    bar: int
    success: str
    passes: int
    fails: int


class TabHead(msgspec.Struct, frozen=True):
    """A tab and its counter passed/total."""

    id: str
    word: str
    passed: int
    total: int


def parts_of(view: RunView) -> tuple[Tiles, Sequence[ThresholdRow], Sequence[CheckRow], HttpPart, Overview | None]:
    """The parts of a snapshot; an update's missing ones are empty."""
    return (
        view.tiles if isinstance(view.tiles, Tiles) else Tiles(),
        [] if view.thresholds is msgspec.UNSET else view.thresholds,
        [] if view.checks is msgspec.UNSET else view.checks,
        view.http if isinstance(view.http, HttpPart) else HttpPart(replace=True, total=0, rows=[]),
        view.overview if isinstance(view.overview, Overview) else None,
    )


def duration_of(run: Run, at: datetime) -> str:
    """`6:24 of 10:00` while it runs, `10 min 0 s` afterwards."""
    seconds = run.duration_s(at)
    if run.is_final:
        return formats.span(seconds)
    now = formats.clock(seconds)
    return f"{now} of {formats.clock(run.planned_duration_s)}" if run.planned_duration_s else now


def progress_of(run: Run, at: datetime) -> float | None:
    """Share of the planned time, 0..1; none when no plan is known."""
    return min(1.0, run.duration_s(at) / run.planned_duration_s) if run.planned_duration_s else None


def chip_extra(run: Run, thresholds: Sequence[ThresholdRow]) -> str:
    """What the chip says beside the status."""
    crossed = sum(row.passed is False for row in thresholds)
    if not crossed:
        return ""
    if run.is_final:
        return f"{crossed} of {len(thresholds)} thresholds"
    return f"{crossed} {'threshold' if crossed == 1 else 'thresholds'} crossed"


def tiles_of(tiles: Tiles, thresholds: Sequence[ThresholdRow], *, max_vus: int, is_final: bool) -> list[Tile]:
    """The tiles of a running or a finished run; without HTTP, those of its iterations."""
    if tiles.http_reqs is None:
        shown = _iteration_tiles(tiles, max_vus, is_final=is_final)
    else:
        shown = _http_tiles(tiles, max_vus, is_final=is_final)
    return [*shown, *_verdicts(tiles, thresholds)] if is_final else shown


def _tile(label: str, figure: Figure, context: str = "") -> Tile:
    return Tile(label, figure.value, figure.unit, context)


def _http_tiles(tiles: Tiles, max_vus: int, *, is_final: bool) -> list[Tile]:
    share = "" if tiles.http_failure_rate is None else f"· {formats.percent(tiles.http_failure_rate)}"
    shown = [
        _tile(
            "Requests made",
            Figure(formats.count(tiles.http_reqs), ""),
            f"{formats.per_second(tiles.http_reqs_rate)} on average",
        ),
        _tile(
            "HTTP failures",
            Figure(formats.count(tiles.http_failures), share),
            "whole run" if is_final else "since the start",
        ),
    ]
    if is_final:
        return [
            *shown,
            _tile("Peak RPS", formats.per_second(tiles.http_reqs_peak), "best moment"),
            _tile("P95 response time", formats.duration_ms(tiles.http_duration_p95), "whole run"),
        ]
    return [
        *shown,
        _active_vus(tiles, max_vus),
        _tile("Requests/s", formats.per_second(tiles.http_reqs_now), "last 5 s"),
        _tile("Average response time", formats.duration_ms(tiles.http_duration_avg_now), "last 5 s"),
    ]


def _active_vus(tiles: Tiles, max_vus: int) -> Tile:
    planned = f"of {formats.count(max_vus)}" if max_vus else ""
    return _tile("Active VUs", Figure(formats.count(tiles.vus), planned), "now")


def _iteration_tiles(tiles: Tiles, max_vus: int, *, is_final: bool) -> list[Tile]:
    most = _tile("Most VUs", Figure(formats.count(tiles.vus_max), ""), "at once")
    return [
        _tile(
            "Iterations",
            Figure(formats.count(tiles.iterations), ""),
            f"{formats.per_second(tiles.iterations_rate, 'per s')} on average",
        ),
        most if is_final else _active_vus(tiles, max_vus),
        _tile(
            "P95 iteration duration",
            formats.duration_ms(tiles.iteration_duration_p95),
            "whole run" if is_final else "so far",
        ),
        _tile("Data received", formats.data(tiles.data_received), f"{formats.data(tiles.data_sent)} sent"),
    ]


def _verdicts(tiles: Tiles, thresholds: Sequence[ThresholdRow]) -> list[Tile]:
    shown = []
    if thresholds:
        failed = sum(row.passed is False for row in thresholds)
        figure = Figure(formats.count(len(thresholds) - failed), f"of {formats.count(len(thresholds))} passed")
        shown.append(_tile("Thresholds", figure, f"{failed} crossed" if failed else "none crossed"))
    if tiles.checks_total:
        share = formats.percent((tiles.checks_passes or 0) / tiles.checks_total)
        context = f"{formats.count(tiles.checks_passes)} of {formats.count(tiles.checks_total)}"
        shown.append(_tile("Checks", share, context))
    return shown


def threshold_line(row: ThresholdRow, started_at: float | None) -> ThresholdLine:
    """A threshold as people read it."""
    if row.passed is None:
        shape, symbol, word = "queued", "st-queue", "Not known yet"
    elif row.passed:
        shape, symbol, word = "pass", "st-pass", "Passed"
    else:
        shape, symbol, word = "fail", "st-fail", "Failed"
    bar = None
    if row.value is not None and row.limit is not None and row.limit > 0:
        bar = round(max(0.0, min(float(_METER), row.value / row.limit * _LIMIT_AT)))
    return ThresholdLine(
        metric=row.metric,
        expression=row.expression,
        shape=shape,
        symbol=symbol,
        word=word,
        value=str(formats.measured(row.value, row.contains, _kind(row))),
        bar=bar,
        verdict=_verdict(row, started_at),
    )


def _kind(row: ThresholdRow) -> str:
    # A count of a rate metric is a plain number.
    return "rate" if row.type == "rate" and row.stat == "rate" else ""


def _verdict(row: ThresholdRow, started_at: float | None) -> str:
    if row.no_data:
        return "no data, so it passes"
    if row.value is None or row.limit is None:
        return "no data yet" if row.passed is None else ""
    gap = abs(row.value - row.limit)
    size = f"{gap * 100:.1f} pt" if _kind(row) == "rate" else str(formats.measured(gap, row.contains))
    above = row.value > row.limit
    if row.passed is False:
        known = row.crossed_at is not None and started_at is not None
        crossed = f", crossed at {formats.clock((row.crossed_at or 0) - (started_at or 0))}" if known else ""
        return f"{size} {'over' if above else 'under'}{crossed}"
    return f"{size} {'above' if above else 'below'} the limit" if gap else "at the limit"


def check_line(row: CheckRow) -> CheckLine:
    """A check as people read it."""
    hits, failed = row.passes + row.fails, row.fails > 0
    return CheckLine(
        name=row.name,
        scenario=row.scenario,
        group=group_words(row.group),
        shape="fail" if failed else "pass",
        symbol="st-fail" if failed else "st-pass",
        bar=min(_METER - failed, round(row.passes / hits * _METER)) if hits else 0,
        success=str(formats.percent(row.passes / hits)) if hits else formats.NOTHING,
        passes=row.passes,
        fails=row.fails,
    )


def group_words(path: str) -> str:
    """`::shop::login` as `shop › login`."""
    return path.removeprefix("::").replace("::", " › ")


def tabs_of(thresholds: Sequence[ThresholdRow], checks: Sequence[CheckRow], http: HttpPart) -> list[TabHead]:
    """The tabs that this run has, with their counters."""
    tabs = [
        TabHead("thresholds", "Thresholds", sum(row.passed is not False for row in thresholds), len(thresholds)),
        TabHead("checks", "Checks", sum(not row.fails for row in checks), len(checks)),
    ]
    if http.total:
        tabs.append(TabHead("http", "HTTP", http.total - sum(row.failures > 0 for row in http.rows), http.total))
    return tabs


def sentence(overview: Overview | None) -> str:
    """The chart in a sentence, for those who do not see it and before it is drawn."""
    if overview is None or not overview.times:
        return "No data yet."
    parts = [f"{formats.span(len(overview.times) * overview.step)} of data."]
    for values, words in (
        (overview.vus, "Up to {} virtual users."),
        (overview.rate, "The rate peaks at {} per second."),
    ):
        known = [value for value in values if value is not None]
        if known:
            parts.append(words.format(formats.plain(max(known))))
    times = [value for value in overview.p95 if value is not None]
    if times:
        parts.append(f"p95 lies between {formats.duration_ms(min(times))} and {formats.duration_ms(max(times))}.")
    failures = [value for value in overview.failures if value is not None]
    if failures:
        worst = max(failures)
        parts.append(f"Up to {formats.percent(worst)} of requests fail at once." if worst else "No request fails.")
    return " ".join(parts)


def seconds_of(moment: datetime | None) -> float | None:
    """Seconds since the epoch."""
    return None if moment is None else moment.astimezone(UTC).timestamp()
