"""A run's life, as values: states, thresholds, and the rules by which one state follows another."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from baltoro.foundation.errors import Invalid, NotAllowed, NotFound
from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId, ThresholdId, TokenId, UserId
from baltoro.k6.status import ProcessingStatus, ResultStatus, RunStatus

FINALIZE = "run.finalize"
"""Kind of the job that seals a run's data and computes its results; its subject is the run's id in decimal."""

ERASE = "run.erase"
"""Kind of the job that removes what a deleted run left elsewhere; its subject is the run's id in decimal."""

CHANGED = "run.changed"
"""Topic announced in this process, with the run's id, after a transaction that changed a run's state has committed."""


class RunNotFound(NotFound):
    """No such run, or not one that the asker may see."""


class RunAlreadyEnded(NotAllowed):
    """The run is over; the first ending stands."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"This run is over: {status.text}.")
        self.status = status


class RunStillActive(Invalid):
    """What was asked for is possible only after the run's end."""

    detail_code = 220

    def __init__(self) -> None:
        super().__init__("This run is still active. Stop it first.")


class StatusChange(msgspec.Struct, frozen=True):
    """A line of a run's history."""

    status: RunStatus
    entered: datetime


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a load test.

    Attributes:
        load_test_name: as it is now; the test may have been renamed since.
        user_id: who started it; none when an organization token did, or the person was deleted.
        token_name: name of the organization token that started it, if one did.
        started_by: how to show the starter: the person's name or e-mail, or `Organization token: NAME`.
        stopped_by_id: who aborted it by hand.
        result_status: FAILED iff a threshold failed or k6 said so.
        ended_by_client: k6 (or an engine) reported the end, so that data on its way is still accepted for a while.
        planned_duration_s: longest possible duration including graceful stops, seconds; 0 when unknown.
        max_vus: highest possible number of virtual users.
        bucket_width_s: width of the time buckets that k6 was told to send, seconds.
        options: k6 options of the script without credentials; for `k6 run -o cloud`, which sends none, only thresholds.
        archive_blob: name of the stored archive, if one was sent.
        error_code, error_detail: set for the endings 4, 6, 7 and 9: a sentence to act on.
        first_push_at, last_push_at: when metrics came in; the last one may be up to half a minute stale.
        summary: figures computed at the end (see `baltoro.reports`); none until then.
        is_baseline: the run that others of its load test are compared with.
    """

    id: RunId
    load_test_id: LoadTestId
    load_test_name: str
    project_id: ProjectId
    organization_id: OrganizationId
    user_id: UserId | None
    token_id: TokenId | None
    token_name: str | None
    started_by: str
    stopped_by_id: UserId | None
    status: RunStatus
    result_status: ResultStatus
    processing_status: ProcessingStatus
    status_history: tuple[StatusChange, ...]
    ended_by_client: bool
    run_process: str
    trigger: str
    k6_version: str
    planned_duration_s: int
    max_vus: int
    bucket_width_s: int
    options: Mapping[str, Any]
    archive_blob: str | None
    note: str
    error_code: int | None
    error_detail: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    first_push_at: datetime | None
    last_push_at: datetime | None
    summary: Mapping[str, Any] | None
    is_baseline: bool

    @property
    def is_final(self) -> bool:
        """Over; no status follows this one."""
        return self.status.is_final

    @property
    def has_failed(self) -> bool:
        """What a waiting k6 makes its exit code of: every ending but a clean one counts as failed."""
        return self.result_status is ResultStatus.FAILED or self.status.is_cut_short

    def duration_s(self, at: datetime) -> float:
        """Seconds from the start to the end, or to `at` while the run goes on; 0 before it started."""
        if self.started_at is None:
            return 0.0
        return max(0.0, ((self.ended_at or at) - self.started_at).total_seconds())

    def started(self, at: datetime) -> "Run":
        """This run, running.

        Raises:
            RunAlreadyEnded: it is over.
        """
        if self.is_final:
            raise RunAlreadyEnded(self.status)
        if self.status is RunStatus.RUNNING:
            return self
        return msgspec.structs.replace(
            self,
            status=RunStatus.RUNNING,
            started_at=at,
            status_history=(*self.status_history, StatusChange(RunStatus.RUNNING, at)),
        )

    def ended(
        self,
        status: RunStatus,
        at: datetime,
        *,
        result_status: ResultStatus = ResultStatus.PASSED,
        by_client: bool = False,
        stopped_by: UserId | None = None,
        error_detail: str | None = None,
    ) -> "Run":
        """This run, over. The first ending stands: k6 may report one after a user's abort.

        Args:
            status: FINISHED … ABORTED_LIMIT.
            result_status: what the thresholds say; a run aborted by a threshold has failed in any case.
            by_client: k6 or an engine reported the end.
            error_detail: a sentence for the endings 4, 6, 7 and 9; a usual one is used when it is left out.

        Raises:
            RunAlreadyEnded: it was over before.
            Invalid: `status` is no ending of a run.
        """
        if self.is_final:
            raise RunAlreadyEnded(self.status)
        if not is_ending(status):
            raise Invalid(f"{int(status)} is not a status that ends a run.")
        if status is RunStatus.ABORTED_THRESHOLD:
            result_status = ResultStatus.FAILED
        detail = (error_detail or USUAL_DETAIL[status]) if status in USUAL_DETAIL else None
        return msgspec.structs.replace(
            self,
            status=status,
            result_status=result_status,
            ended_at=at,
            ended_by_client=by_client,
            stopped_by_id=stopped_by,
            error_code=int(status) if detail else None,
            error_detail=detail,
            status_history=(*self.status_history, StatusChange(status, at)),
        )


def is_ending(status: RunStatus) -> bool:
    """Whether a run can end with `status`: all final ones but ARCHIVED, which is no run at all."""
    return RunStatus.FINISHED <= status <= RunStatus.ABORTED_LIMIT


USUAL_DETAIL = {
    RunStatus.TIMED_OUT: "The run took longer than it may. Look at k6's own output for what it waited for.",
    RunStatus.ABORTED_SYSTEM: (
        "k6 reported that the test was aborted by its environment: an output failed, or the script called "
        "exec.test.fail(). Look at k6's own output for the reason."
    ),
    RunStatus.ABORTED_SCRIPT_ERROR: (
        "The script threw an exception while it was loaded or in setup(). Look at k6's own output for the line."
    ),
    RunStatus.ABORTED_LIMIT: "The run went beyond a limit, for example the timeout of setup() or teardown().",
}
"""Sentences for the endings that need one, when whoever ended the run had no better one."""


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A pass/fail criterion of one run.

    Attributes:
        position: place in the script, from 0.
        metric: selector as in the script: `http_req_duration{scenario:a}`.
        expression: as in the script: `p(95)<500`.
        tainted: k6 found it crossed at its last evaluation; none until k6 has said so.
        tainted_at: when we learned that.
        calculated_value: the figure from the run's own data; none before the run is processed, or without data.
    """

    id: ThresholdId
    run_id: RunId
    position: int
    metric: str
    expression: str
    abort_on_fail: bool
    delay_abort_eval: str | None
    tainted: bool | None
    tainted_at: datetime | None
    calculated_value: float | None


class PushTarget(msgspec.Struct, frozen=True, kw_only=True):
    """What the door for metrics must know of a run, and no more."""

    run_id: RunId
    organization_id: OrganizationId
    project_id: ProjectId
    status: RunStatus
    ended_by_client: bool
    ended_at: datetime | None
    bucket_width: int
    stopped_by_user: bool = False
    error_detail: str | None = None

    def accepts(self, at: datetime, *, late_data_s: float) -> bool:
        """Whether a push that comes in `at` is stored: while the run lives, and shortly after an end that k6 said."""
        if not self.status.is_final:
            return True
        if not self.ended_by_client or self.ended_at is None:
            return False
        return at - self.ended_at <= timedelta(seconds=late_data_s)


def failed_thresholds(
    thresholds: Sequence[Threshold], reported: Mapping[str, Mapping[str, bool]]
) -> dict[ThresholdId, bool]:
    """What k6's finish call says about each threshold: id -> tainted. Those that it does not name are left out."""
    return {
        threshold.id: reported[threshold.metric][threshold.expression]
        for threshold in thresholds
        if threshold.expression in reported.get(threshold.metric, {})
    }
