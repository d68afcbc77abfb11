"""Groups and scenarios of a run."""

from collections.abc import Mapping
from typing import Any

from baltoro.metrics import MetricStore
from baltoro.reports.measure import measure_total, number, whole
from baltoro.reports.model import GroupRow, ScenarioRow
from baltoro.runs import Run

SEPARATOR = "::"
_DEFAULT = "default"


async def groups_of(store: MetricStore, run: Run) -> list[GroupRow]:
    """The groups of the script by their path, the root (an empty path) first."""
    timed = await measure_total(store, run.id, "group_duration", "count", "mean", "p95", group_by=("group",))
    figures = {
        group[0]: (whole(count), number(mean), number(p95))
        for group, count, mean, p95 in zip(
            timed.groups,
            timed.column("count").tolist(),
            timed.column("mean").tolist(),
            timed.column("p95").tolist(),
            strict=True,
        )
    }
    paths = {"", *figures}
    for metric, method in (("http_req_duration", "count"), ("checks", "count"), ("iterations", "sum")):
        seen = await measure_total(store, run.id, metric, method, group_by=("group",), histograms=False)
        paths |= {group[0] for group in seen.groups}
    return [
        GroupRow(path=path, name=path.rpartition(SEPARATOR)[2], count=count, avg=avg, p95=p95)
        for path in sorted(paths)
        for count, avg, p95 in [figures.get(path, (0, None, None))]
    ]


async def scenarios_of(store: MetricStore, run: Run) -> list[ScenarioRow]:
    """The scenarios that the options name or the data shows, by name."""
    iterations = await _counted(store, run, "iterations")
    requests = await _counted(store, run, "http_reqs")
    planned = run.options.get("scenarios")
    options: Mapping[str, Any] = planned if isinstance(planned, Mapping) else {}
    names = {*options, *iterations, *requests} - {""}
    return [
        ScenarioRow(
            name=name,
            executor=_text(options.get(name), "executor"),
            exec=_text(options.get(name), "exec") or _DEFAULT,
            start_time=_text(options.get(name), "startTime"),
            iterations=iterations.get(name, 0),
            requests=requests.get(name, 0),
        )
        for name in sorted(names)
    ]


async def _counted(store: MetricStore, run: Run, metric: str) -> dict[str, int]:
    found = await measure_total(store, run.id, metric, "sum", group_by=("scenario",))
    return {group[0]: whole(value) for group, value in zip(found.groups, found.column("sum").tolist(), strict=True)}


def _text(scenario: object, field: str) -> str:
    value = scenario.get(field) if isinstance(scenario, Mapping) else None
    return value if isinstance(value, str) else ""
