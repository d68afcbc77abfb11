"""Load tests."""

from typing import Any

import msgspec
from litestar import Request, get, patch
from litestar import delete as delete_route
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from baltoro.access import Principal, PrincipalKind
from baltoro.api.bodies import read_body
from baltoro.api.ids import path_id
from baltoro.api.loadtests_v2.schemas import LoadTestObject, Meta, RunObject
from baltoro.api.paging import list_parameters, selected
from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import LoadTestId, ProjectId
from baltoro.foundation.paging import Page
from baltoro.loadtests import LoadTest, change_load_test, load_test_for, load_tests_of
from baltoro.runs import delete_load_test, run_ids_of, runs_of
from baltoro.storage.database import Database


class LoadTestsAnswer(msgspec.Struct, frozen=True, rename={"tests": "k6-tests", "runs": "k6-runs"}):
    """A list, with room for what clients ask to have beside it."""

    tests: list[dict[str, Any]]
    runs: list[RunObject]
    load_zones: list[Any]
    meta: Meta


class LoadTestAnswer(msgspec.Struct, frozen=True, rename={"test": "k6-test", "runs": "k6-runs"}):
    """One load test."""

    test: dict[str, Any]
    runs: list[RunObject]
    load_zones: list[Any]


class LoadTestChange(msgspec.Struct, frozen=True):
    """What may be changed; what is absent stays."""

    name: str | None = None
    note: str | None = None


@get("/v2/tests")
async def list_load_tests(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> LoadTestsAnswer:
    """Load tests of a project; without `project_id` and `ids`, of the asker's default project."""
    parameters = await list_parameters(request)
    page, fields, ids, project_id = (
        parameters.page(),
        parameters.fields(),
        parameters.ids(),
        parameters.id("project_id"),
    )
    if project_id is None and ids is None and asker.kind is not PrincipalKind.ORGANIZATION_TOKEN:
        project_id = asker.default_project_id
    async with database.reading() as tx:
        tests, total = await load_tests_of(
            tx,
            asker,
            project_id=None if project_id is None else ProjectId(project_id),
            ids=None if ids is None else [LoadTestId(one) for one in ids],
            q=parameters.text("q"),
            order_by=parameters.text("order_by") or "-last_run_time",
            page=page,
        )
        run_ids = await run_ids_of(tx, [test.id for test in tests])
        runs: list[RunObject] = []
        if "k6-runs" in parameters.every("include"):
            wanted = [test.last_run_id for test in tests if test.last_run_id is not None]
            found, _ = await runs_of(tx, asker, ids=wanted, page=Page(size=page.size))
            runs = [RunObject.of(run, public_url=public_url, at=clock()) for run in found]
    shown = [selected(LoadTestObject.of(test, run_ids.get(test.id, [])), fields) for test in tests]
    return LoadTestsAnswer(shown, runs, [], Meta(total))


@get("/v2/tests/{test_id:str}")
async def see_load_test(
    test_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
) -> LoadTestAnswer:
    """One load test."""
    fields = (await list_parameters(request)).fields()
    async with database.reading() as tx:
        test = await load_test_for(tx, asker, LoadTestId(path_id(test_id)))
        run_ids = await run_ids_of(tx, [test.id])
    return LoadTestAnswer(selected(_object(test, run_ids), fields), [], [])


@patch("/v2/tests/{test_id:str}")
async def change(
    test_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> LoadTestAnswer:
    """Rename a load test or write its note."""
    wanted = await read_body(request, LoadTestChange)
    async with database.transaction() as tx:
        test = await change_load_test(
            tx, asker, LoadTestId(path_id(test_id)), name=wanted.name, note=wanted.note, at=clock()
        )
        run_ids = await run_ids_of(tx, [test.id])
    return LoadTestAnswer(selected(_object(test, run_ids), None), [], [])


@delete_route("/v2/tests/{test_id:str}", status_code=HTTP_204_NO_CONTENT)
async def delete(
    test_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> None:
    """Delete a load test with all its runs."""
    async with database.transaction() as tx:
        await delete_load_test(tx, asker, LoadTestId(path_id(test_id)), at=clock())


def _object(test: LoadTest, run_ids: dict[LoadTestId, Any]) -> LoadTestObject:
    return LoadTestObject.of(test, run_ids.get(test.id, []))
