"""A test: its trend and its runs."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from baltoro.access import Permission, Principal
from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import LoadTestId, RunId
from baltoro.foundation.paging import Page
from baltoro.loadtests import load_test_for
from baltoro.organizations import project_for
from baltoro.runs import Run, last_runs, runs_of
from baltoro.storage.database import Database
from baltoro.web import formats
from baltoro.web.frame import framed, load_frame, signed_in
from baltoro.web.marks import Mark, mark
from baltoro.web.pages.project import page_number, path_number
from baltoro.web.run_bars import LAST, bars_label, bars_of, trend_value

_ON_A_PAGE = 50


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the list."""

    id: RunId
    mark: Mark
    started_at: datetime
    started_by: str
    vus: int
    duration: str
    trend: formats.Figure
    note: str


def _line(run: Run, at: datetime) -> RunLine:
    seconds = run.duration_s(at)
    return RunLine(
        id=run.id,
        mark=mark(run.status, run.result_status),
        started_at=run.started_at or run.created_at,
        started_by=run.started_by,
        vus=run.max_vus,
        duration=formats.span(seconds) if run.is_final else formats.clock(seconds),
        trend=formats.duration_ms(trend_value(run)),
        note=run.note,
    )


@get("/tests/{test_id:str}")
async def test_page(
    request: Request[Any, Any, Any],
    test_id: FromPath[str],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """Newest run first; the bars show the last twenty."""
    asker, at, number = signed_in(visitor), clock(), page_number(request)
    async with database.reading() as tx:
        test = await load_test_for(tx, asker, LoadTestId(path_number(test_id)), Permission.SEE_TESTS)
        project = await project_for(tx, asker, test.project_id)
        frame = await load_frame(tx, asker, public_url, at=at, project=project)
        runs, total = await runs_of(tx, asker, load_test_id=test.id, page=Page(number, _ON_A_PAGE))
        newest = (await last_runs(tx, [test.id], LAST)).get(test.id, [])
    bars = bars_of(newest, at)
    highest = max((value for run in newest if (value := trend_value(run)) is not None), default=None)
    return framed(
        request,
        "test.html",
        frame,
        crumbs=[(project.name, f"/projects/{project.id}"), (test.name, None)],
        test=test,
        project=project,
        state_mark=mark(newest[0].status, newest[0].result_status) if newest else None,
        trend=bars,
        trend_label=bars_label(bars),
        trend_max="" if highest is None else str(formats.duration_ms(highest)),
        runs=[_line(run, at) for run in runs],
        total=total,
        page=number,
        pages=-(-total // _ON_A_PAGE),
    )


HANDLERS: list[ControllerRouterHandler] = [test_page]
