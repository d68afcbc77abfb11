"""The application: every door, one table of dependencies, and the answers for what no door knows."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ExceptionHandler

from baltoro.api import abortable, answer_error, api_routers, is_api_path
from baltoro.foundation.errors import BaltoroError
from baltoro.server import health
from baltoro.server.dependencies import dependencies
from baltoro.server.middleware import collapsed_slashes, head_as_get, identified
from baltoro.server.services import Services
from baltoro.web import answer_page_error, web_routers


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    # 404 and 405 of unknown routes reach only this handler: the path says in which dialect to answer.
    return answer_error(request, error) if is_api_path(request.url.path) else answer_page_error(request, error)


def create_app(services: Services) -> ASGIApp:
    """The ASGI application over running services."""
    handlers: dict[int | type[Exception], ExceptionHandler[Any]] = {
        BaltoroError: _answer,
        HTTPException: _answer,
        Exception: _answer,
    }
    app = Litestar(
        route_handlers=[*health.routers(), *api_routers(), *web_routers()],
        dependencies=dependencies(services),
        exception_handlers=handlers,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    return abortable(identified(collapsed_slashes(head_as_get(app)), https=services.public_url.startswith("https://")))
