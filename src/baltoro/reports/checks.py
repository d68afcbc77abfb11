"""Checks of a run."""

from baltoro.metrics import MetricStore, Query
from baltoro.reports.measure import chart_step, measure, measure_total, time_range, whole
from baltoro.reports.model import CheckRow
from baltoro.runs import Run

_TAGS = ("scenario", "group", "check")


async def checks_table(store: MetricStore, run: Run) -> list[CheckRow]:
    """Every check of every scenario and group with its executions so far, by scenario, group and name."""
    counted = await measure_total(store, run.id, "checks", "passes", "fails", group_by=_TAGS, histograms=False)
    passes, fails = counted.column("passes").tolist(), counted.column("fails").tolist()
    rows = [
        CheckRow(scenario=scenario, group=group, name=name, passes=whole(good), fails=whole(bad))
        for (scenario, group, name), good, bad in zip(counted.groups, passes, fails, strict=True)
    ]
    return sorted(rows, key=lambda row: (row.scenario, row.group, row.name))


async def checks_first_seen(store: MetricStore, run: Run) -> dict[tuple[str, str, str], int]:
    """(scenario, group, check) -> start of the first point in which it ran, seconds since the epoch."""
    data = await time_range(store, run)
    if data is None:
        return {}
    step = chart_step(data[1] - data[0], run.bucket_width_s, 600)
    counted = await measure(store, run.id, Query(metric="checks", group_by=_TAGS, step=step, histograms=False), "count")
    times = counted.times.tolist()
    return {
        (group[0], group[1], group[2]): next((time for time, hits in zip(times, row, strict=True) if hits > 0), data[0])
        for group, row in zip(counted.groups, counted.values["count"].tolist(), strict=True)
    }
