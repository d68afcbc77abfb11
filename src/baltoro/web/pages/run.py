"""A run: while it goes on, and afterwards."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from baltoro.access import Permission, Principal
from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import RunId
from baltoro.organizations import project_for
from baltoro.reports import LiveReports
from baltoro.runs import abort_run, run_for
from baltoro.storage.database import Database
from baltoro.web import run_words
from baltoro.web.csrf import signed_in_form
from baltoro.web.errors import wants_json
from baltoro.web.frame import framed, load_frame, signed_in
from baltoro.web.marks import mark
from baltoro.web.pages.project import path_number
from baltoro.web.render import json_block, see_other

_FIRST_ROWS = 50


@get("/runs/{run_id:str}")
async def run_page(
    request: Request[Any, Any, Any],
    run_id: FromPath[str],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    live: NamedDependency[LiveReports],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """The state of this moment, readable as it is; the island goes on from there."""
    asker, at = signed_in(visitor), clock()
    async with database.reading() as tx:
        run = await run_for(tx, asker, RunId(path_number(run_id)), Permission.SEE_RESULTS)
        project = await project_for(tx, asker, run.project_id)
        frame = await load_frame(tx, asker, public_url, at=at, project=project)
        view = await live.snapshot(tx, run)
    tiles, thresholds, checks, http, overview = run_words.parts_of(view)
    tabs = run_words.tabs_of(thresholds, checks, http)
    tab = request.query_params.get("tab", "")
    started = run_words.seconds_of(run.started_at)
    return framed(
        request,
        "run.html",
        frame,
        crumbs=[
            (project.name, f"/projects/{project.id}"),
            (run.load_test_name, f"/tests/{run.load_test_id}"),
            (f"#{run.id}", None),
        ],
        run=run,
        view=view,
        mark=mark(run.status, run.result_status),
        chip_extra=run_words.chip_extra(run, thresholds),
        begun_at=run.started_at or run.created_at,
        duration=run_words.duration_of(run, at),
        progress=run_words.progress_of(run, at),
        is_final=run.is_final,
        may_stop=asker.may(Permission.STREAM_RUN, run.organization_id, run.project_id),
        tiles=run_words.tiles_of(tiles, thresholds, max_vus=run.max_vus, is_final=run.is_final),
        sentence=run_words.sentence(overview),
        tabs=tabs,
        tab=tab if tab in {one.id for one in tabs} else tabs[0].id,
        thresholds=[run_words.threshold_line(row, started) for row in thresholds],
        checks=[run_words.check_line(row) for row in checks],
        http_total=http.total,
        http_rows=http.rows[:_FIRST_ROWS],
        data=json_block(view),
    )


@post("/runs/{run_id:str}/stop", status_code=HTTPStatus.OK)
async def stop_run(
    request: Request[Any, Any, Any],
    run_id: FromPath[str],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[Any]:
    """Stop it: k6 hears of it with the answer to its next push."""
    asker = signed_in(visitor)
    await signed_in_form(request, asker, public_url)
    async with database.transaction() as tx:
        run = await abort_run(tx, asker, RunId(path_number(run_id)), at=clock())
    if wants_json(request):
        return Response({"status": int(run.status)}, headers={"Cache-Control": "no-store"})
    return see_other(f"/runs/{run.id}")


HANDLERS: list[ControllerRouterHandler] = [run_page, stop_run]
