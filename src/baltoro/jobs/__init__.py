"""Queued and periodic work: finishing runs, erasing deleted ones, finding lost ones, forgetting what is old.

`running_jobs(database, handlers, clock=…, periodic=…)` runs everything while its block lasts. Handlers are made by
`finalize_run(…)` and `erase_run(…)`, chores by `usual_chores(…)`. Queueing is `baltoro.storage.jobs.enqueue`, in the
transaction that causes the work.
"""

from baltoro.jobs.handlers import erase_run, finalize_run
from baltoro.jobs.housekeeping import Chore, Housekeeping, KnowsPushes, LostRuns, usual_chores
from baltoro.jobs.runner import Handler, JobRunner
from baltoro.jobs.running import running_jobs

__all__ = [
    "Chore",
    "Handler",
    "Housekeeping",
    "JobRunner",
    "KnowsPushes",
    "LostRuns",
    "erase_run",
    "finalize_run",
    "running_jobs",
    "usual_chores",
]
