"""The status codes of a run, as k6 knows them."""

from enum import IntEnum


class RunStatus(IntEnum):
    """Where a run is in its life, with the numbers that k6 sends and reads."""

    CREATED = -2
    VALIDATED = -1
    QUEUED = 0
    INITIALIZING = 1
    RUNNING = 2
    FINISHED = 3
    TIMED_OUT = 4
    ABORTED_USER = 5
    ABORTED_SYSTEM = 6
    ABORTED_SCRIPT_ERROR = 7
    ABORTED_THRESHOLD = 8
    ABORTED_LIMIT = 9
    ARCHIVED = 10
    """Uploaded, never run."""

    @property
    def is_final(self) -> bool:
        """Whether the run is over: k6 stops asking then."""
        return self >= RunStatus.FINISHED

    @property
    def is_cut_short(self) -> bool:
        """Whether the run ended without finishing: these count as failed whatever its thresholds say."""
        return RunStatus.TIMED_OUT <= self <= RunStatus.ABORTED_LIMIT

    @property
    def text(self) -> str:
        """The words that k6 prints in its last line."""
        return _TEXTS[self]


_TEXTS = {
    RunStatus.CREATED: "Created",
    RunStatus.VALIDATED: "Validated",
    RunStatus.QUEUED: "Queued",
    RunStatus.INITIALIZING: "Initializing",
    RunStatus.RUNNING: "Running",
    RunStatus.FINISHED: "Finished",
    RunStatus.TIMED_OUT: "Timed out",
    RunStatus.ABORTED_USER: "Aborted (by user)",
    RunStatus.ABORTED_SYSTEM: "Aborted (by system)",
    RunStatus.ABORTED_SCRIPT_ERROR: "Aborted (script error)",
    RunStatus.ABORTED_THRESHOLD: "Aborted (by threshold)",
    RunStatus.ABORTED_LIMIT: "Aborted (by limit)",
    RunStatus.ARCHIVED: "Archived",
}


class ResultStatus(IntEnum):
    """Whether any threshold failed."""

    PASSED = 0
    FAILED = 1


class ProcessingStatus(IntEnum):
    """How far the server is with the figures of a run that is over."""

    NOT_STARTED = 0
    PROCESSING = 1
    FINISHED = 2
    ERROR = 3
