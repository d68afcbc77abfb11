"""The doors for programs: k6's own protocol, the REST dialects, and the live stream. one verb each."""

from litestar import Router

from baltoro.api import k6_client, live, loadtests_v2, v3
from baltoro.api.errors import answer_error
from baltoro.api.k6_client import PushDoor
from baltoro.api.live import abortable

_PREFIXES = ("/v1/", "/v2/", "/v3/", "/v4/", "/loadtests/", "/cloud/", "/provisioning/", "/api/")


def is_api_path(path: str) -> bool:
    """Whether an unknown path belongs to a program, which wants JSON, or to a person, who wants a page."""
    return f"{path}/".startswith(_PREFIXES)


def api_routers() -> list[Router]:
    """Every route of every dialect."""
    return [*k6_client.routers(), *v3.routers(), *loadtests_v2.routers(), *live.routers()]


__all__ = ["PushDoor", "abortable", "answer_error", "api_routers", "is_api_path"]
