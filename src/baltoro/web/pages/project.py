"""A project: its tests as cards."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from baltoro.access import Permission, Principal
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import NotFound
from baltoro.foundation.ids import MAX_ID, LoadTestId, ProjectId, RunId
from baltoro.foundation.paging import Page
from baltoro.loadtests import LoadTest, load_tests_of
from baltoro.organizations import project_for
from baltoro.runs import Run, last_runs
from baltoro.storage.database import Database
from baltoro.web import formats
from baltoro.web.frame import framed, load_frame, signed_in
from baltoro.web.marks import NEVER_RUN, Mark, mark
from baltoro.web.run_bars import LAST, Bar, bars_label, bars_of, trend_value

_ORDERS = (("-last_run_time", "Last run"), ("name", "Name"), ("-created", "Created"))
_ON_A_PAGE = 48
_LONGEST_FILTER = 300


class TestCard(msgspec.Struct, frozen=True, kw_only=True):
    """A test at a glance.

    Attributes:
        trend: p95 response time of the newest run that has one.
        running_s: how long the newest run has been going on; none when it is over.
        load: `250 VUs in 10 min`.
    """

    id: LoadTestId
    name: str
    mark: Mark
    trend: formats.Figure
    last_run_id: RunId | None
    last_run_at: datetime | None
    running_s: float | None
    load: str
    bars: list[Bar]
    bars_label: str


def path_number(text: str) -> int:
    """An id from a path.

    Raises:
        NotFound: it is no positive number that could be one.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID)) and 0 < int(text) <= MAX_ID):
        raise NotFound
    return int(text)


def page_number(request: Request[Any, Any, Any]) -> int:
    """The page that the address asks for; 1 for anything odd."""
    text = request.query_params.get("page", "1")
    return int(text) if text.isascii() and text.isdecimal() and 1 <= len(text) <= 6 and int(text) else 1  # noqa: PLR2004


def _card(test: LoadTest, runs: list[Run], at: datetime) -> TestCard:
    newest = runs[0] if runs else None
    bars = bars_of(runs, at)
    return TestCard(
        id=test.id,
        name=test.name,
        mark=NEVER_RUN if newest is None else mark(newest.status, newest.result_status),
        trend=formats.duration_ms(next((value for run in runs if (value := trend_value(run)) is not None), None)),
        last_run_id=None if newest is None else newest.id,
        last_run_at=None if newest is None else newest.started_at or newest.created_at,
        running_s=None if newest is None or newest.is_final else newest.duration_s(at),
        load="" if newest is None else load_of(newest, at),
        bars=bars,
        bars_label=bars_label(bars),
    )


def load_of(run: Run, at: datetime) -> str:
    """`250 VUs in 10 min`: the plan while it runs, what it was afterwards."""
    seconds = run.duration_s(at) if run.is_final else run.planned_duration_s or run.duration_s(at)
    return f"{formats.count(run.max_vus)} {'VU' if run.max_vus == 1 else 'VUs'} in {formats.span(seconds)}"


@get("/projects/{project_id:str}")
async def project_page(
    request: Request[Any, Any, Any],
    project_id: FromPath[str],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """Filter, order and page stand in the address."""
    asker, at = signed_in(visitor), clock()
    q = request.query_params.get("q", "")[:_LONGEST_FILTER].strip()
    order = request.query_params.get("order", "")
    if order not in dict(_ORDERS):
        order = _ORDERS[0][0]
    number = page_number(request)
    async with database.reading() as tx:
        project = await project_for(tx, asker, ProjectId(path_number(project_id)), Permission.SEE_TESTS)
        frame = await load_frame(tx, asker, public_url, at=at, project=project)
        tests, total = await load_tests_of(
            tx, asker, project_id=project.id, q=q, order_by=order, page=Page(number, _ON_A_PAGE)
        )
        runs = await last_runs(tx, [test.id for test in tests], LAST)
    cards = [_card(test, runs.get(test.id, []), at) for test in tests]

    def page_link(to: int) -> str:
        return "?" + urlencode({"q": q, "order": order, "page": to})

    return framed(
        request,
        "project.html",
        frame,
        crumbs=[(project.name, None)],
        project=project,
        cards=cards,
        total=total,
        running=sum(card.running_s is not None for card in cards),
        q=q,
        order=order,
        orders=_ORDERS,
        page=number,
        pages=-(-total // _ON_A_PAGE),
        page_link=page_link,
    )


HANDLERS: list[ControllerRouterHandler] = [project_page]
