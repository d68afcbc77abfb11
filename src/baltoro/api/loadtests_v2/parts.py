"""Checks, URLs, groups and scenarios of a run (paths of version 3)."""

import re
from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency

from baltoro.access import Principal
from baltoro.api.loadtests_v2.gate import asked_run, bucket_moment
from baltoro.api.loadtests_v2.schemas import Meta
from baltoro.api.paging import Parameters, list_parameters
from baltoro.api.times import timestamp
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Invalid
from baltoro.foundation.paging import Page
from baltoro.metrics import MetricStore
from baltoro.reports import (
    GroupRow,
    HttpFilter,
    ScenarioRow,
    check_id,
    checks_first_seen,
    checks_table,
    group_id,
    groups_of,
    http_table,
    scenarios_of,
    url_id,
)
from baltoro.storage.database import Database

_MOST_URLS = 10_000
_LAST_STATUS = 2**31
_STATUS = re.compile(r"[0-9]{1,3}|[0-9]xx", re.ASCII)


class CheckObject(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-checks`."""

    id: str
    project_id: int
    test_run_id: int
    group_id: str | None
    group: str
    scenario: str
    name: str
    first_seen: str | None
    success: bool
    success_count: int
    total_count: int


class UrlObject(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-urls`: a row of the HTTP table, times in ms."""

    id: str
    project_id: int
    test_run_id: int
    group_id: str | None
    group: str
    scenario: str
    name: str
    method: str
    status: int
    http_status: int
    expected_response: bool
    is_web_socket: bool
    count: int
    load_time: float | None
    min: float | None
    max: float | None
    mean: float | None
    median: float | None
    stdev: float | None
    p95: float | None
    p99: float | None
    failures: int
    rate: float | None


class ChecksAnswer(msgspec.Struct, frozen=True, rename={"checks": "k6-checks"}):
    """All checks."""

    checks: list[CheckObject]


class UrlsAnswer(msgspec.Struct, frozen=True, rename={"urls": "k6-urls"}):
    """HTTP rows; `meta` counts those that match, before paging."""

    urls: list[UrlObject]
    meta: Meta


class GroupsAnswer(msgspec.Struct, frozen=True, rename={"groups": "k6-groups"}):
    """All groups."""

    groups: list[dict[str, Any]]


class ScenariosAnswer(msgspec.Struct, frozen=True, rename={"scenarios": "k6-scenarios"}):
    """All scenarios."""

    scenarios: list[ScenarioRow]


@get("/v3/checks")
async def list_checks(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> ChecksAnswer:
    """The checks of a run, one per scenario, group and name."""
    run, _ = await asked_run(database, asker, await list_parameters(request))
    seen = await checks_first_seen(metric_store, run)
    return ChecksAnswer(
        [
            CheckObject(
                id=check_id(row.group, row.name),
                project_id=run.project_id,
                test_run_id=run.id,
                group_id=group_id(row.group) if row.group else None,
                group=row.group,
                scenario=row.scenario,
                name=row.name,
                first_seen=_moment(seen.get((row.scenario, row.group, row.name))),
                success=row.fails == 0,
                success_count=row.passes,
                total_count=row.passes + row.fails,
            )
            for row in await checks_table(metric_store, run)
        ]
    )


@get("/v3/urls")
async def list_urls(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
    clock: NamedDependency[Clock],
) -> UrlsAnswer:
    """The HTTP rows of a run: all of them, or page by page."""
    parameters = await list_parameters(request)
    run, _ = await asked_run(database, asker, parameters)
    asked = parameters.text("page") or parameters.text("page_size")
    page = parameters.page() if asked else Page(size=_MOST_URLS)
    order_by = parameters.text("order_by") or "-count"
    table = await http_table(metric_store, run, at=clock(), filter=_filter(parameters), order_by=order_by, page=page)
    return UrlsAnswer(
        [
            UrlObject(
                id=url_id(row.scenario, row.group, row.name, row.method, row.status, expected=row.expected),
                project_id=run.project_id,
                test_run_id=run.id,
                group_id=group_id(row.group) if row.group else None,
                group=row.group,
                scenario=row.scenario,
                name=row.name,
                method=row.method,
                status=row.status,
                http_status=row.status,
                expected_response=row.expected,
                is_web_socket=False,
                count=row.count,
                load_time=row.avg,
                median=row.med,
                min=row.min,
                max=row.max,
                mean=row.avg,
                stdev=row.stddev,
                p95=row.p95,
                p99=row.p99,
                failures=row.failures,
                rate=row.rate,
            )
            for row in table.rows
        ],
        Meta(table.count),
    )


@get("/v3/groups")
async def list_groups(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> GroupsAnswer:
    """The groups of a run, the root first."""
    run, _ = await asked_run(database, asker, await list_parameters(request))
    return GroupsAnswer([_group(row, run.id) for row in await groups_of(metric_store, run)])


@get("/v3/scenarios")
async def list_scenarios(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> ScenariosAnswer:
    """The scenarios of a run."""
    run, _ = await asked_run(database, asker, await list_parameters(request))
    return ScenariosAnswer(await scenarios_of(metric_store, run))


def _filter(parameters: Parameters) -> HttpFilter:
    """`q`: part of the name; `method`, `scenario`, `group` exactly; `status` as 404, or 4xx for all of its kind."""
    status = parameters.text("status").strip().lower()
    low, high = 0, _LAST_STATUS
    if status:
        if not _STATUS.fullmatch(status):
            sentence = "status must be a number such as 404, or 4xx."
            raise Invalid(sentence, field_errors={"status": [sentence]})
        low, high = int(status.replace("x", "0")), int(status.replace("x", "9"))
    expected = parameters.text("expected_response").strip().lower()
    return HttpFilter(
        text=parameters.text("q"),
        method=parameters.text("method"),
        scenario=parameters.text("scenario") or None,
        group=parameters.every("group")[0] if parameters.every("group") else None,
        status_from=low,
        status_to=high,
        expected=None if expected not in {"true", "false"} else expected == "true",
    )


def _group(row: GroupRow, run_id: int) -> dict[str, Any]:
    return {"id": group_id(row.path), "test_run_id": run_id, **msgspec.structs.asdict(row)}


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else timestamp(bucket_moment(seconds))
