"""What a machine asks: is it alive, is it ready, how is it doing."""

import shutil
from typing import Any

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector

from baltoro import __version__
from baltoro.foundation.errors import BaltoroError
from baltoro.foundation.settings import Settings
from baltoro.ingest import Ingest
from baltoro.server.observations import IngestCollector
from baltoro.storage.database import Database
from baltoro.storage.migrate import SCHEMAS, revision

_LOW_DISK_SHARE = 0.05


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@get("/readyz")
async def readyz(
    database: NamedDependency[Database], ingest: NamedDependency[Ingest], settings: NamedDependency[Settings]
) -> Response[dict[str, Any]]:
    """The parts the server stands on: database, schema, ingestion, disk. 503 when one of them is not well."""
    checks: dict[str, Any] = {}
    try:
        checks["schema"] = await revision(database, next(iter(SCHEMAS)))
        checks["database"] = "ok"
    except (BaltoroError, OSError) as error:
        checks["database"] = str(error)
    usage = shutil.disk_usage(settings.directory)
    checks["disk_free_bytes"] = usage.free
    checks["ingest"] = "ok" if ingest.running else "stopped"
    well = checks["database"] == "ok" and ingest.running
    checks["disk"] = "ok" if usage.free > usage.total * _LOW_DISK_SHARE else "low"
    return Response(
        {"status": "ready" if well else "not ready", **checks},
        status_code=HTTP_200_OK if well else HTTP_503_SERVICE_UNAVAILABLE,
    )


@get("/metrics", sync_to_thread=False)
def metrics(ingest: NamedDependency[Ingest]) -> Response[bytes]:
    """The server about itself, in the Prometheus text format."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(IngestCollector(ingest))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def routers() -> list[Router]:
    """Health and self-observation."""
    return [Router("/", route_handlers=[healthz, readyz, metrics])]
