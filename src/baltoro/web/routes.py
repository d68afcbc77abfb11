"""Every route of the web pages."""

from typing import Any

from litestar import Router
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandler

from baltoro.foundation.errors import BaltoroError
from baltoro.web.assets import static_file
from baltoro.web.errors import answer_page_error
from baltoro.web.pages import api_token, connect, home, load_test, login, password, project, run, setup

_LARGEST_FORM = 64 * 1024


def web_routers() -> list[Router]:
    """The pages, and the files that they load."""
    handlers: dict[int | type[Exception], ExceptionHandler[Any]] = {
        BaltoroError: answer_page_error,
        HTTPException: answer_page_error,
        Exception: answer_page_error,
    }
    pages = Router(
        path="/",
        route_handlers=[
            *home.HANDLERS,
            *login.HANDLERS,
            *setup.HANDLERS,
            *password.HANDLERS,
            *project.HANDLERS,
            *load_test.HANDLERS,
            *run.HANDLERS,
            *api_token.HANDLERS,
            *connect.HANDLERS,
            static_file,
        ],
        exception_handlers=handlers,
        request_max_body_size=_LARGEST_FORM,
    )
    return [pages]
