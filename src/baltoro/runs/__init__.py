"""A run's life: created, started, ended by k6, by a person, by a limit or by silence; its thresholds and its results.

One state machine (`Run.started`, `Run.ended`) in k6's own status codes; every door, page and command ends in these
verbs. Nobody gets a `Run` but through the gates `run_for` and `runs_of`. Ending a run queues the job `FINALIZE` in the
same transaction, and announces `CHANGED` after the commit.
"""

from baltoro.runs.change import choose_baseline, set_note
from baltoro.runs.create import create_streamed_run
from baltoro.runs.delete import delete_load_test, delete_run
from baltoro.runs.end import abort_by_limit, abort_run, finish_run, time_out_run
from baltoro.runs.find import last_runs, run_by_id, run_for, run_ids_of, runs_of, thresholds_of_run, thresholds_of_runs
from baltoro.runs.lost import end_lost_runs, find_lost_runs
from baltoro.runs.model import (
    CHANGED,
    ERASE,
    FINALIZE,
    PushTarget,
    Run,
    RunAlreadyEnded,
    RunNotFound,
    RunStillActive,
    StatusChange,
    Threshold,
)
from baltoro.runs.push import PushTargets, note_pushes, push_target
from baltoro.runs.results import record_processing_error, record_results

__all__ = [
    "CHANGED",
    "ERASE",
    "FINALIZE",
    "PushTarget",
    "PushTargets",
    "Run",
    "RunAlreadyEnded",
    "RunNotFound",
    "RunStillActive",
    "StatusChange",
    "Threshold",
    "abort_by_limit",
    "abort_run",
    "choose_baseline",
    "create_streamed_run",
    "delete_load_test",
    "delete_run",
    "end_lost_runs",
    "find_lost_runs",
    "finish_run",
    "last_runs",
    "note_pushes",
    "push_target",
    "record_processing_error",
    "record_results",
    "run_by_id",
    "run_for",
    "run_ids_of",
    "runs_of",
    "set_note",
    "thresholds_of_run",
    "thresholds_of_runs",
    "time_out_run",
]
