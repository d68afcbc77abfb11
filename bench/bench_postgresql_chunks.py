"""The chunk form of the metric store in PostgreSQL beside SQLite, in one run.

For each engine: pushes of 1,000 series (600 trends of 40 buckets) acknowledged per second, the time to seal and to
compact, bytes on disk per series-point, and a chart (p95 by URL, 30 s steps) and a summary over all of it from cold
caches. PostgreSQL runs with its durable defaults, the journal's bodies once stored EXTERNAL (as shipped) and once as
PostgreSQL would by itself.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from baltoro.foundation.clock import system_clock
from baltoro.foundation.ids import RunId
from baltoro.foundation.logs import configure_logging
from baltoro.foundation.settings import IngestSettings
from baltoro.ingest import Ingest
from baltoro.metrics import MetricStore, Query
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import migrate
from bench.measure import report
from tests import pushes
from tests.postgresql import PostgreSQL, find_postgresql

RUN = RunId(4711)
SERIES = 1000
TABLES = ("metric_blocks", "metric_series")


@dataclass(frozen=True)
class Target:
    """The run that is pushed to."""

    run_id: RunId = RUN
    bucket_width: int = 1


async def size_of(database: Database) -> int:
    """Bytes on disk of blocks and series. The journal is empty then; PostgreSQL gives its space back at the next vacuum."""
    async with database.reading() as tx:
        if database.is_postgresql:
            sizes = [
                (await tx.execute(sa.text("select pg_total_relation_size(:name)"), {"name": name})).scalar_one()
                for name in TABLES
            ]
            return int(sum(sizes))
        pages = (await tx.execute(sa.text("pragma page_count"))).scalar_one()
        free = (await tx.execute(sa.text("pragma freelist_count"))).scalar_one()
        return int((pages - free) * (await tx.execute(sa.text("pragma page_size"))).scalar_one())


async def measured(url: str, count: int, *, external: bool = True) -> dict[str, Any]:
    """Everything for one engine."""
    database = Database(url)
    await migrate(database, "metrics")
    if database.is_postgresql and not external:
        async with database.transaction() as tx:
            await tx.execute(sa.text("ALTER TABLE metric_journal ALTER COLUMN body SET STORAGE EXTENDED"))
    store = MetricStore(database)
    ingest = Ingest(
        store=store, database=database, settings=IngestSettings(workers=0, seal_after_s=1e9), clock=system_clock
    )
    await ingest.start()
    bodies = [pushes.big_push(RUN, time=pushes.NOON + 2 * number, seed=number) for number in range(count)]
    begun = time.perf_counter()
    await asyncio.gather(*(push_all(ingest, bodies, part) for part in range(8)))
    pushed = time.perf_counter() - begun
    begun = time.perf_counter()
    await ingest.seal_run(RUN)
    sealed = time.perf_counter() - begun
    begun = time.perf_counter()
    await ingest.finalize(RUN)
    compacted = time.perf_counter() - begun
    await ingest.stop()
    cold = MetricStore(database)
    begun = time.perf_counter()
    chart = await cold.query(RUN, Query(metric="http_req_duration", group_by=("name",), step=30))
    chart.values("p95")
    charted = time.perf_counter() - begun
    cold = MetricStore(database)
    begun = time.perf_counter()
    for info in await cold.metrics_of(RUN):
        await cold.totals(RUN, info.name)
    summarised = time.perf_counter() - begun
    used = await size_of(database)
    await database.close()
    return {
        "pushes_per_s": round(count / pushed, 1),
        "seal_s": round(sealed, 3),
        "compact_s": round(compacted, 3),
        "bytes_per_point": round(used / (count * SERIES), 1),
        "chart_ms": round(charted * 1000, 1),
        "summary_ms": round(summarised * 1000, 1),
    }


async def push_all(ingest: Ingest, bodies: list[bytes], part: int) -> None:
    """One of eight clients."""
    for number in range(part, len(bodies), 8):
        await ingest.push(Target(), 2, "snappy", bodies[number], f"key-{number}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=100)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    configure_logging("json", level=50)
    binaries = find_postgresql()
    if binaries is None:
        raise SystemExit("error: PostgreSQL is not installed. On Debian: apt-get install postgresql")
    figures: dict[str, Any] = {"pushes": options.pushes, "series_per_push": SERIES}
    with tempfile.TemporaryDirectory() as folder:
        figures["sqlite"] = asyncio.run(measured(sqlite_url(Path(folder) / "metrics.db"), options.pushes))
    with PostgreSQL.started(binaries, durable=True) as server:
        with server.clone() as url:
            figures["postgresql"] = asyncio.run(measured(url, options.pushes))
        with server.clone() as url:
            figures["postgresql_extended"] = asyncio.run(measured(url, options.pushes, external=False))
    report("postgresql_chunks", figures, save=options.save)


if __name__ == "__main__":
    main()
