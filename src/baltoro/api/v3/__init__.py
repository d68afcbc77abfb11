"""The REST API under /v3: account, organizations, projects, load zones."""

from litestar import Router
from litestar.datastructures import ResponseHeader
from litestar.exceptions import HTTPException

from baltoro.api.errors import answer_error
from baltoro.api.v3 import account, load_zones, organizations
from baltoro.foundation.errors import BaltoroError


def routers() -> list[Router]:
    """The routes of this dialect."""
    return [
        Router(
            "/v3",
            route_handlers=[
                account.login,
                account.me,
                account.see_token,
                account.regenerate_token,
                account.revoke_token,
                organizations.list_organizations,
                organizations.see_organization,
                organizations.list_projects_of_organization,
                organizations.list_projects,
                organizations.see_project,
                load_zones.list_load_zones,
            ],
            exception_handlers={
                BaltoroError: answer_error,
                HTTPException: answer_error,
                Exception: answer_error,
            },
            response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
        )
    ]


__all__ = ["routers"]
