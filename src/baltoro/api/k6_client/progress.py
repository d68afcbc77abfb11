"""What a k6 that waits for a run asks, and how it stops one."""

from datetime import datetime

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from baltoro.access import Permission, Principal
from baltoro.api.k6_client.bodies import run_id_of
from baltoro.foundation.clock import Clock
from baltoro.runs import Run, abort_run, run_for
from baltoro.storage.database import Database


class Progress(msgspec.Struct):
    """The state of a run in the words that k6 prints."""

    run_status: int
    run_status_text: str
    result_status: int
    progress: float


class Nothing(msgspec.Struct):
    """`{}`: the status code says it all."""


@get("/v1/test-progress/{reference_id:str}")
async def test_progress(
    reference_id: FromPath[str],
    k6_asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Progress:
    """How far the run is. A run that did not end cleanly has failed: k6 makes its exit code of it."""
    async with database.reading() as tx:
        run = await run_for(tx, k6_asker, run_id_of(reference_id), Permission.SEE_RESULTS)
    return Progress(
        run_status=int(run.status),
        run_status_text=run.status.text,
        result_status=int(run.has_failed),
        progress=_share_done(run, clock()),
    )


@post("/v1/tests/{reference_id:str}/stop", status_code=HTTP_200_OK)
async def stop_run(
    reference_id: FromPath[str],
    k6_asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Nothing:
    """Abort the run. A k6 that streams into it hears of that with the answer to its next push."""
    async with database.transaction() as tx:
        await abort_run(tx, k6_asker, run_id_of(reference_id), at=clock())
    return Nothing()


def _share_done(run: Run, at: datetime) -> float:
    if run.is_final:
        return 1.0
    if not run.planned_duration_s:
        return 0.0
    return min(0.99, run.duration_s(at) / run.planned_duration_s)
