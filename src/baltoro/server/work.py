"""What the job runner works on: every handler and chore, over this server's objects."""

from collections.abc import Mapping, Sequence

from baltoro.jobs import Chore, Handler, erase_run, finalize_run, usual_chores
from baltoro.runs import ERASE, FINALIZE
from baltoro.server.services import Services


def job_handlers(services: Services) -> Mapping[str, Handler]:
    """Kind of job -> what does it."""
    return {
        FINALIZE: finalize_run(
            database=services.database, store=services.metric_store, ingest=services.ingest, clock=services.clock
        ),
        ERASE: erase_run(store=services.ingest, blobs=services.blobs),
    }


def chores(services: Services) -> Sequence[Chore]:
    """What is done periodically."""
    return usual_chores(
        database=services.database,
        ingest=services.ingest,
        flush_last_used=services.authenticator.flush_last_used,
        settings=services.settings.runs,
        clock=services.clock,
    )
