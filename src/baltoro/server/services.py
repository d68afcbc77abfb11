"""The objects of a running server, built once and handed down."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from baltoro.accounts import PasswordHasher
from baltoro.foundation.clock import Clock, system_clock
from baltoro.foundation.secrets import Vault, load_or_create_key
from baltoro.foundation.settings import Settings
from baltoro.ingest import Ingest
from baltoro.metrics import MetricStore
from baltoro.reports import LiveReports
from baltoro.runs import PushTargets
from baltoro.storage.blobs import BlobStore
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import migrate
from baltoro.tokens import Authenticator


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a door may ask for by name."""

    settings: Settings
    public_url: str
    started_at: datetime
    clock: Clock
    database: Database
    metrics_database: Database
    vault: Vault
    hasher: PasswordHasher
    authenticator: Authenticator
    metric_store: MetricStore
    ingest: Ingest
    live: LiveReports
    blobs: BlobStore
    push_targets: PushTargets


def database_urls(settings: Settings) -> tuple[str, str]:
    """URLs of the control and the metrics database.

    Without settings both are SQLite files in the data directory, two files so that ingestion never waits for a page.
    With a PostgreSQL control database the metrics live there too, unless they are given a place of their own.
    """
    control = settings.database_url or sqlite_url(settings.directory / "baltoro.db")
    if settings.metrics_url:
        return control, settings.metrics_url
    return control, control if settings.database_url else sqlite_url(settings.directory / "metrics.db")


def open_vault(settings: Settings) -> Vault:
    """The vault with this instance's key."""
    return Vault(load_or_create_key(Path(settings.secret_key_file or settings.directory / "secret.key")))


@asynccontextmanager
async def opened_databases(settings: Settings) -> AsyncIterator[tuple[Database, Database]]:
    """Both databases, migrated to the newest schema; closed at the end of the block."""
    control_url, metrics_url = database_urls(settings)
    database, metrics_database = Database(control_url), Database(metrics_url)
    try:
        await migrate(database, "control")
        await migrate(metrics_database, "metrics")
        yield database, metrics_database
    finally:
        await database.close()
        await metrics_database.close()


@asynccontextmanager
async def started_services(
    settings: Settings, *, public_url: str, clock: Clock = system_clock
) -> AsyncIterator[Services]:
    """Open the databases, recover the journal and start ingestion; everything is stopped in reverse order."""
    async with AsyncExitStack() as stack:
        database, metrics_database = await stack.enter_async_context(opened_databases(settings))
        vault = open_vault(settings)
        store = MetricStore(metrics_database)
        ingest = Ingest(store=store, database=metrics_database, settings=settings.ingest, clock=clock)
        authenticator = Authenticator(database, clock)
        live = LiveReports(store=store, database=database, clock=clock)
        blobs = BlobStore(settings.directory / "blobs")
        blobs.clear_temporary()
        await ingest.start()
        stack.push_async_callback(ingest.stop)
        stack.push_async_callback(live.stop)
        yield Services(
            settings=settings,
            public_url=public_url,
            started_at=clock(),
            clock=clock,
            database=database,
            metrics_database=metrics_database,
            vault=vault,
            hasher=PasswordHasher(),
            authenticator=authenticator,
            metric_store=store,
            ingest=ingest,
            live=live,
            blobs=blobs,
            push_targets=PushTargets(database),
        )
