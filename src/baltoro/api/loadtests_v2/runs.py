"""Test runs."""

from typing import Any

import msgspec
from litestar import Request, get, patch, post
from litestar import delete as delete_route
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from baltoro.access import Principal
from baltoro.api.bodies import read_body
from baltoro.api.ids import path_id
from baltoro.api.loadtests_v2.gate import parameter_moment, run_in_path
from baltoro.api.loadtests_v2.schemas import Meta, RunObject
from baltoro.api.paging import MOST_IDS, Parameters, list_parameters, selected
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Invalid
from baltoro.foundation.ids import LoadTestId, ProjectId, RunId
from baltoro.foundation.paging import Page
from baltoro.k6.status import ResultStatus, RunStatus
from baltoro.metrics import MetricStore
from baltoro.reports import LiveReports, MetricSummary, RunOverview, RunView, handle_summary, run_overview
from baltoro.runs import abort_run, delete_run, run_for, runs_of, set_note, thresholds_of_runs
from baltoro.storage.database import Database


class RunsAnswer(msgspec.Struct, frozen=True, rename={"runs": "k6-runs"}):
    """A list."""

    runs: list[dict[str, Any]]
    meta: Meta


class RunAnswer(msgspec.Struct, frozen=True, rename={"run": "k6-run"}):
    """One run."""

    run: dict[str, Any]


class SummaryAnswer(msgspec.Struct, frozen=True):
    """Metric name -> what k6 hands to `handleSummary` for it."""

    summary: dict[str, MetricSummary]


class OverviewsAnswer(msgspec.Struct, frozen=True, rename={"overviews": "k6-run-overviews"}):
    """Counts of runs."""

    overviews: list[RunOverview]


class RunChange(msgspec.Struct, frozen=True):
    """What may be changed."""

    note: str


@get("/v2/runs")
async def list_runs(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> RunsAnswer:
    """Runs of a load test or project, or those with the given ids."""
    parameters = await list_parameters(request)
    test_id, project_id, ids = parameters.id("test_id"), parameters.id("project_id"), parameters.ids()
    if test_id is None and project_id is None and ids is None:
        raise Invalid("One of test_id, ids[] or project_id is required.")
    async with database.reading() as tx:
        runs, total = await runs_of(
            tx,
            asker,
            load_test_id=None if test_id is None else LoadTestId(test_id),
            project_id=None if project_id is None else ProjectId(project_id),
            ids=None if ids is None else [RunId(one) for one in ids],
            statuses=_statuses(parameters),
            result_status=_result(parameters),
            since=parameter_moment(parameters, "since"),
            until=parameter_moment(parameters, "until"),
            order_by=parameters.text("order_by") or "-created",
            page=parameters.page(),
        )
    method, fields, at = parameters.text("method") or "p95", parameters.fields(), clock()
    shown = [selected(RunObject.of(run, public_url=public_url, at=at, method=method), fields) for run in runs]
    return RunsAnswer(shown, Meta(total))


@get("/v2/runs/{run_id:str}")
async def see_run(
    run_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> RunAnswer:
    """One run."""
    fields = (await list_parameters(request)).fields()
    run = await run_in_path(database, asker, run_id)
    return RunAnswer(selected(RunObject.of(run, public_url=public_url, at=clock()), fields))


@post("/v2/runs/{run_id:str}/stop", status_code=HTTP_200_OK)
async def stop(
    run_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> RunAnswer:
    """End a run. A streaming k6 hears of it with the answer to its next push."""
    async with database.transaction() as tx:
        run = await abort_run(tx, asker, RunId(path_id(run_id)), at=clock())
    return RunAnswer(selected(RunObject.of(run, public_url=public_url, at=clock()), None))


@patch("/v2/runs/{run_id:str}")
async def change(
    run_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> RunAnswer:
    """Write the run's note."""
    wanted = await read_body(request, RunChange)
    async with database.transaction() as tx:
        run = await set_note(tx, asker, RunId(path_id(run_id)), wanted.note)
    return RunAnswer(selected(RunObject.of(run, public_url=public_url, at=clock()), None))


@delete_route("/v2/runs/{run_id:str}", status_code=HTTP_204_NO_CONTENT)
async def delete(
    run_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> None:
    """Delete a run that is over."""
    async with database.transaction() as tx:
        await delete_run(tx, asker, RunId(path_id(run_id)), at=clock())


@get("/v2/runs/{run_id:str}/summary")
async def see_summary(
    run_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
    clock: NamedDependency[Clock],
) -> SummaryAnswer:
    """The run's figures under the names that k6 hands to `handleSummary`, computed from what is stored."""
    run = await run_in_path(database, asker, run_id)
    return SummaryAnswer(await handle_summary(metric_store, run, at=clock()))


@get("/v2/runs/{run_id:str}/overview")
async def see_overview(
    run_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    live: NamedDependency[LiveReports],
) -> RunView:
    """Everything that the run's page shows: headline figures, chart and tables."""
    async with database.reading() as tx:
        return await live.snapshot(tx, await run_for(tx, asker, RunId(path_id(run_id))))


@get("/v2/run-overviews")
async def list_overviews(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
    clock: NamedDependency[Clock],
) -> OverviewsAnswer:
    """Counts of one run, or of several."""
    parameters = await list_parameters(request)
    single, ids = parameters.id("test_run_id"), parameters.ids()
    async with database.reading() as tx:
        if single is not None:
            runs = [await run_for(tx, asker, RunId(single))]
        elif ids is not None:
            runs, _ = await runs_of(tx, asker, ids=[RunId(one) for one in ids], page=Page(size=MOST_IDS))
        else:
            raise Invalid("test_run_id or ids[] is required.")
        thresholds = await thresholds_of_runs(tx, [run.id for run in runs])
    at = clock()
    return OverviewsAnswer([await run_overview(metric_store, run, thresholds[run.id], at=at) for run in runs])


def _statuses(parameters: Parameters) -> list[RunStatus] | None:
    texts = parameters.every("run_status")
    if not texts:
        return None
    try:
        return [RunStatus(int(text)) for text in texts]
    except ValueError as error:
        raise Invalid("run_status must be a number from -2 to 10.") from error


def _result(parameters: Parameters) -> ResultStatus | None:
    text = parameters.text("result_status")
    if not text:
        return None
    try:
        return ResultStatus(int(text))
    except ValueError as error:
        raise Invalid("result_status must be 0 or 1.") from error
