"""Load zones."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from baltoro.access import Principal
from baltoro.api.paging import list_parameters
from baltoro.api.v3.schemas import LOCAL_ZONE, LoadZonesAnswer
from baltoro.foundation.ids import OrganizationId
from baltoro.organizations import organization_for
from baltoro.storage.database import Database


@get("/load-zones")
async def list_load_zones(
    request: Request[Any, Any, Any], asker: NamedDependency[Principal], database: NamedDependency[Database]
) -> LoadZonesAnswer:
    """Where the server can run tests, for all organizations of the asker or for one."""
    organization_id = (await list_parameters(request)).id("organization_id")
    if organization_id is not None:
        async with database.reading() as tx:
            await organization_for(tx, asker, OrganizationId(organization_id))
    return LoadZonesAnswer([LOCAL_ZONE])
