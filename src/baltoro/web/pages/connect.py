"""How to point a k6 here, for every way people run it."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from baltoro.access import Principal
from baltoro.foundation.clock import Clock
from baltoro.foundation.ids import RunId
from baltoro.foundation.paging import Page
from baltoro.organizations import Project
from baltoro.runs import runs_of
from baltoro.storage.database import Database
from baltoro.web.frame import Frame, framed, load_frame, signed_in
from baltoro.web.marks import Mark, mark

_TABS = (
    ("token", "Token variable"),
    ("login", "Log in"),
    ("file", "Config file"),
    ("docker", "Docker"),
    ("github", "GitHub Actions"),
    ("gitlab", "GitLab CI"),
    ("jenkins", "Jenkins"),
    ("shell", "Other CI"),
)
_SYSTEMS = (("linux", "Linux"), ("macos", "macOS"), ("windows", "Windows"))
# k6 0.58 moved its file; it and later 1.x still read the old one when the new one is absent.
_PATHS = {
    "linux": {"new": "${HOME}/.config/k6/config.json", "old": "${HOME}/.config/loadimpact/k6/config.json"},
    "macos": {
        "new": "${HOME}/Library/Application Support/k6/config.json",
        "old": "${HOME}/Library/Application Support/loadimpact/k6/config.json",
    },
    "windows": {
        "new": r"C:\Users\<User>\AppData\Roaming\k6\config.json",
        "old": r"C:\Users\<User>\AppData\Roaming\loadimpact\k6\config.json",
    },
}


class NewestRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run that just came in."""

    id: RunId
    test_name: str
    mark: Mark


def _config_json(public_url: str) -> str:
    config = {"collectors": {"cloud": {"token": "YOUR_API_AUTH_TOKEN", "host": public_url}}}
    return msgspec.json.format(msgspec.json.encode(config), indent=4).decode()


def _is_loopback(public_url: str) -> bool:
    host = urlsplit(public_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _chosen(request: Request[Any, Any, Any], frame: Frame, asker: Principal) -> Project | None:
    wanted = request.query_params.get("project", "") or str(asker.default_project_id or "")
    return next(
        (project for project in frame.all_projects if str(project.id) == wanted),
        frame.all_projects[0] if frame.all_projects else None,
    )


@get("/connect")
async def connect_page(
    request: Request[Any, Any, Any],
    visitor: NamedDependency[Principal | None],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> Response[bytes]:
    """Snippets with this server's address and the chosen project; the first run shows up by itself."""
    asker = signed_in(visitor)
    tab, os = request.query_params.get("tab", ""), request.query_params.get("os", "")
    async with database.reading() as tx:
        frame = await load_frame(tx, asker, public_url, at=clock())
        project = _chosen(request, frame, asker)
        runs, total = ([], 0) if project is None else await runs_of(tx, asker, project_id=project.id, page=Page(1, 1))
    newest = (
        NewestRun(id=runs[0].id, test_name=runs[0].load_test_name, mark=mark(runs[0].status, runs[0].result_status))
        if runs
        else None
    )
    return framed(
        request,
        "connect.html",
        frame,
        crumbs=[("Connect k6", None)],
        project=project,
        choices=frame.all_projects,
        tab=tab if tab in dict(_TABS) else _TABS[0][0],
        tabs=_TABS,
        os=os if os in dict(_SYSTEMS) else _SYSTEMS[0][0],
        systems=_SYSTEMS,
        paths=_PATHS,
        config_json=_config_json(public_url),
        is_loopback=_is_loopback(public_url),
        newest=newest,
        is_first=total == 1,
    )


HANDLERS: list[ControllerRouterHandler] = [connect_page]
