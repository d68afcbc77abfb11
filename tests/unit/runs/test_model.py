"""The state machine of a run, without a database."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baltoro.foundation.errors import ErrorKind, Invalid
from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId, ThresholdId, UserId
from baltoro.k6.status import ProcessingStatus, ResultStatus, RunStatus
from baltoro.runs import PushTarget, Run, RunAlreadyEnded, StatusChange, Threshold
from baltoro.runs.lost import spoken
from baltoro.runs.model import failed_thresholds

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENDINGS = [status for status in RunStatus if RunStatus.FINISHED <= status <= RunStatus.ABORTED_LIMIT]


def make_run(status: RunStatus = RunStatus.RUNNING) -> Run:
    return Run(
        id=RunId(4711),
        load_test_id=LoadTestId(7),
        load_test_name="checkout.js",
        project_id=ProjectId(31),
        organization_id=OrganizationId(5),
        user_id=UserId(12),
        token_id=None,
        token_name=None,
        started_by="Ada Tester",
        stopped_by_id=None,
        status=status,
        result_status=ResultStatus.PASSED,
        processing_status=ProcessingStatus.NOT_STARTED,
        status_history=(StatusChange(RunStatus.CREATED, NOON),),
        ended_by_client=False,
        run_process="k6 to Cloud",
        trigger="CLI",
        k6_version="1.1.0",
        planned_duration_s=60,
        max_vus=3,
        bucket_width_s=1,
        options={},
        archive_blob=None,
        note="",
        error_code=None,
        error_detail=None,
        created_at=NOON,
        started_at=NOON if status is RunStatus.RUNNING else None,
        ended_at=None,
        first_push_at=None,
        last_push_at=None,
        summary=None,
        is_baseline=False,
    )


def test_the_first_ending_of_a_run_stands() -> None:
    run = make_run().ended(RunStatus.ABORTED_USER, NOON, stopped_by=UserId(12))
    with pytest.raises(RunAlreadyEnded):
        run.ended(RunStatus.ABORTED_SYSTEM, NOON, by_client=True)
    assert run.stopped_by_id == 12


def test_starting_a_running_run_changes_nothing() -> None:
    run = make_run()
    assert run.started(NOON + timedelta(seconds=1)) == run


def test_a_run_that_is_over_does_not_start_again() -> None:
    with pytest.raises(RunAlreadyEnded):
        make_run().ended(RunStatus.FINISHED, NOON).started(NOON)


def test_starting_keeps_the_moment_in_the_history() -> None:
    run = make_run(RunStatus.INITIALIZING).started(NOON)
    assert run.started_at == NOON
    assert run.status_history[-1] == StatusChange(RunStatus.RUNNING, NOON)


@pytest.mark.parametrize("status", [status for status in RunStatus if status not in ENDINGS])
def test_only_endings_end_a_run(status: RunStatus) -> None:
    with pytest.raises(Invalid):
        make_run().ended(status, NOON)


@pytest.mark.parametrize("status", ENDINGS)
def test_the_endings_that_need_a_sentence_have_one(status: RunStatus) -> None:
    run = make_run().ended(status, NOON)
    needs_one = status in {
        RunStatus.TIMED_OUT, RunStatus.ABORTED_SYSTEM, RunStatus.ABORTED_SCRIPT_ERROR, RunStatus.ABORTED_LIMIT
    }  # fmt: skip
    assert (run.error_detail is not None) is needs_one
    assert run.error_code == (int(status) if needs_one else None)


@pytest.mark.parametrize("status", ENDINGS)
def test_a_waiting_k6_is_told_that_every_unclean_ending_failed(status: RunStatus) -> None:
    assert make_run().ended(status, NOON).has_failed is (status is not RunStatus.FINISHED)


def test_an_abort_by_threshold_has_failed_whatever_k6_says() -> None:
    assert make_run().ended(RunStatus.ABORTED_THRESHOLD, NOON).result_status is ResultStatus.FAILED


@given(st.lists(st.sampled_from(["start", *ENDINGS])))
def test_whatever_comes_after_an_ending_is_refused(steps: list[str | RunStatus]) -> None:
    run = make_run(RunStatus.INITIALIZING)
    first: RunStatus | None = None
    for step in steps:
        if first is not None:
            with pytest.raises(RunAlreadyEnded):
                run.started(NOON) if isinstance(step, str) else run.ended(step, NOON)
        elif isinstance(step, str):
            run = run.started(NOON)
        else:
            run, first = run.ended(step, NOON), step
    assert run.is_final is (first is not None)
    assert [change.status for change in run.status_history].count(RunStatus.RUNNING) <= 1


def target(status: RunStatus, *, by_client: bool = False) -> PushTarget:
    return PushTarget(
        run_id=RunId(1),
        organization_id=OrganizationId(1),
        project_id=ProjectId(1),
        status=status,
        ended_by_client=by_client,
        ended_at=NOON if status.is_final else None,
        bucket_width=1,
    )


def test_data_is_accepted_while_a_run_lives() -> None:
    assert target(RunStatus.RUNNING).accepts(NOON, late_data_s=60)


@pytest.mark.parametrize(("seconds", "accepted"), [(0, True), (60, True), (61, False)])
def test_late_data_is_accepted_for_a_minute_after_an_end_that_k6_reported(seconds: int, accepted: bool) -> None:  # noqa: FBT001
    late = NOON + timedelta(seconds=seconds)
    assert target(RunStatus.FINISHED, by_client=True).accepts(late, late_data_s=60) is accepted
    assert not target(RunStatus.ABORTED_USER).accepts(late, late_data_s=60)


def test_k6_names_a_threshold_by_metric_and_expression() -> None:
    first = Threshold(
        id=ThresholdId(1),
        run_id=RunId(1),
        position=0,
        metric="checks",
        expression="rate>0.5",
        abort_on_fail=False,
        delay_abort_eval=None,
        tainted=None,
        tainted_at=None,
        calculated_value=None,
    )
    second = msgspec.structs.replace(first, id=ThresholdId(2), expression="rate>0.9")
    assert failed_thresholds([first, second], {"checks": {"rate>0.5": False}}) == {1: False}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(120, "2 minutes"), (60, "1 minute"), (90, "90 seconds"), (1, "1 second"), (0.5, "0.5 seconds")],
)
def test_durations_are_spoken_as_people_say_them(seconds: float, text: str) -> None:
    assert spoken(seconds) == text


def test_an_ended_run_is_not_visible_as_a_fault_of_the_server() -> None:
    assert RunAlreadyEnded(RunStatus.FINISHED).kind is ErrorKind.NOT_ALLOWED
