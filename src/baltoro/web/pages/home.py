"""The start page leads to the tests; addresses that newer k6 prints lead to ours."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from baltoro.access import Principal
from baltoro.organizations import projects_of
from baltoro.storage.database import Database
from baltoro.web.frame import signed_in


@get("/")
async def home(visitor: NamedDependency[Principal | None], database: NamedDependency[Database]) -> Redirect:
    """To the person's default project; without one to the first they see, without any to the page on connecting k6."""
    asker = signed_in(visitor)
    async with database.reading() as tx:
        projects, _ = await projects_of(tx, asker)
    ids = [project.id for project in projects]
    if not ids:
        return Redirect("/connect")
    return Redirect(f"/projects/{asker.default_project_id if asker.default_project_id in ids else ids[0]}")


@get("/a/k6-app/runs/{run_id:str}", sync_to_thread=False)
def run_of_newer_k6(run_id: FromPath[str]) -> Redirect:
    """`k6 cloud run` of newer versions prints this address."""
    return Redirect(f"/runs/{int(run_id)}" if run_id.isdecimal() and run_id.isascii() else "/")


@get("/a/k6-app/tests/{test_id:str}", sync_to_thread=False)
def test_of_newer_k6(test_id: FromPath[str]) -> Redirect:
    """`k6 cloud upload` of newer versions prints this address."""
    return Redirect(f"/tests/{int(test_id)}" if test_id.isdecimal() and test_id.isascii() else "/")


HANDLERS: list[ControllerRouterHandler] = [home, run_of_newer_k6, test_of_newer_k6]
