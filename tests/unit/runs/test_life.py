"""The verbs of a run's life, on both engines."""

import asyncio
from datetime import timedelta

import pytest

from baltoro.access import OrganizationRole, Principal, PrincipalKind
from baltoro.foundation.errors import Invalid, NotFound
from baltoro.foundation.ids import RunId
from baltoro.foundation.paging import Page
from baltoro.foundation.settings import RunSettings
from baltoro.k6.status import ProcessingStatus, ResultStatus, RunStatus
from baltoro.loadtests import load_test_for
from baltoro.runs import (
    ERASE,
    FINALIZE,
    PushTargets,
    RunNotFound,
    RunStillActive,
    abort_by_limit,
    abort_run,
    choose_baseline,
    delete_load_test,
    delete_run,
    end_lost_runs,
    last_runs,
    note_pushes,
    record_results,
    run_for,
    runs_of,
    set_note,
    thresholds_of_run,
    time_out_run,
)
from baltoro.storage.jobs import claim
from tests.identity import NOON, Time
from tests.running_room import House, thresholds

MINUTE = timedelta(minutes=1)
LIMITS = RunSettings()


async def queued(house: House) -> list[tuple[str, str]]:
    found = []
    async with house.database.transaction() as tx:
        while (job := await claim(tx, at=NOON + timedelta(days=1))) is not None:
            found.append((job.kind, job.subject))
    return found


async def test_a_streamed_run_runs_at_once(house: House) -> None:
    run = await house.run()
    assert [change.status for change in run.status_history] == [RunStatus.CREATED, RunStatus.RUNNING]
    assert run.status is RunStatus.RUNNING
    assert run.started_at == NOON
    assert run.started_by == "Ada"
    assert run.user_id == house.ada.user_id
    async with house.database.reading() as tx:
        assert (await load_test_for(tx, house.ada, run.load_test_id)).last_run_id == run.id


async def test_an_organization_tokens_name_stands_where_the_starters_would(house: House) -> None:
    token = Principal(
        kind=PrincipalKind.ORGANIZATION_TOKEN,
        name="ci",
        organizations={house.project.organization_id: OrganizationRole.TOKEN},
        scopes=None,
    )
    run = await house.run(asker=token)
    assert run.user_id is None
    assert run.started_by == "Organization token: ci"


async def test_thresholds_keep_the_order_of_the_script(house: House) -> None:
    pairs = [("http_req_duration", "p(95)<500"), ("checks", "rate>0.9"), ("http_req_duration", "avg<300")]
    run = await house.run(thresholds=thresholds(*pairs))
    async with house.database.reading() as tx:
        kept = await thresholds_of_run(tx, run.id)
    assert [(threshold.metric, threshold.expression) for threshold in kept] == pairs
    assert {threshold.tainted for threshold in kept} == {None}


async def test_k6_says_which_thresholds_failed(house: House) -> None:
    run = await house.run(thresholds=thresholds(("checks", "rate>0.9"), ("iterations", "count>1")))
    over = await house.finish(run, thresholds={"checks": {"rate>0.9": True}, "iterations": {"count>1": False}})
    assert (over.status, over.result_status) == (RunStatus.FINISHED, ResultStatus.FAILED)
    async with house.database.reading() as tx:
        kept = await thresholds_of_run(tx, run.id)
    assert [threshold.tainted for threshold in kept] == [True, False]
    assert [threshold.tainted_at for threshold in kept] == [NOON, None]


async def test_a_finish_that_comes_twice_is_one(house: House) -> None:
    run = await house.run()
    await house.finish(run)
    again = await house.finish(run, RunStatus.ABORTED_USER, at=NOON + MINUTE)
    assert (again.status, again.ended_at) == (RunStatus.FINISHED, NOON)
    assert await queued(house) == [(FINALIZE, str(run.id))]


async def test_an_abort_stands_against_what_k6_says_afterwards(house: House) -> None:
    run = await house.run()
    async with house.database.transaction() as tx:
        aborted = await abort_run(tx, house.ada, run.id, at=NOON)
        assert (await abort_run(tx, house.ada, run.id, at=NOON + MINUTE)).ended_at == NOON
    assert (aborted.status, aborted.stopped_by_id) == (RunStatus.ABORTED_USER, house.ada.user_id)
    after = await house.finish(run, RunStatus.ABORTED_SYSTEM)
    assert (after.status, after.ended_by_client) == (RunStatus.ABORTED_USER, False)
    assert await queued(house) == [(FINALIZE, str(run.id))]


async def test_of_many_endings_at_once_one_stands(house: House) -> None:
    run = await house.run()

    async def abort() -> RunStatus:
        async with house.database.transaction() as tx:
            return (await abort_run(tx, house.ada, run.id, at=NOON)).status

    async def finish() -> RunStatus:
        return (await house.finish(run)).status

    async def limit() -> RunStatus:
        async with house.database.transaction() as tx:
            return (await abort_by_limit(tx, run.id, "Too many series.", NOON)).status

    told = await asyncio.gather(*(verb() for _ in range(5) for verb in (abort, finish, limit)))
    assert len(set(told)) == 1
    async with house.database.reading() as tx:
        kept = await run_for(tx, house.ada, run.id)
    assert kept.status is told[0]
    assert len(kept.status_history) == 3


async def test_the_reason_of_a_servers_ending_is_kept(house: House) -> None:
    run = await house.run()
    async with house.database.transaction() as tx:
        await abort_by_limit(tx, run.id, "The run has too many series.", NOON)
        kept = await run_for(tx, house.ada, run.id)
        with pytest.raises(RunNotFound):
            await time_out_run(tx, RunId(999), reason="", at=NOON)
    assert (kept.error_code, kept.error_detail) == (9, "The run has too many series.")


async def test_strangers_see_no_run(house: House) -> None:
    run = await house.run()
    async with house.database.transaction() as tx:
        for attempt in (
            run_for(tx, house.bob, run.id),
            abort_run(tx, house.bob, run.id, at=NOON),
            delete_run(tx, house.bob, run.id, at=NOON),
            set_note(tx, house.bob, run.id, "x"),
        ):
            with pytest.raises(RunNotFound):
                await attempt
        with pytest.raises(NotFound):
            await runs_of(tx, house.bob, project_id=house.project.id)
        assert await runs_of(tx, house.bob, ids=[run.id]) == ([], 0)


async def test_a_run_that_never_pushed_times_out_after_ten_minutes(house: House) -> None:
    run = await house.run()
    assert await lost(house, 599.0) == []
    assert await lost(house, 600.0) == [run.id]
    async with house.database.reading() as tx:
        kept = await run_for(tx, house.ada, run.id)
    assert kept.status is RunStatus.TIMED_OUT
    assert "10 minutes" in (kept.error_detail or "")


async def lost(house: House, seconds: float, *, up_since: float = -3600.0, pushed: float | None = None) -> list[RunId]:
    """Ids of what is ended, `seconds` after noon; `pushed` is when this process saw the last push of run 1."""
    async with house.database.transaction() as tx:
        ended = await end_lost_runs(
            tx,
            settings=LIMITS,
            last_pushes={} if pushed is None else {RunId(1): NOON + timedelta(seconds=pushed)},
            server_started_at=NOON + timedelta(seconds=up_since),
            at=NOON + timedelta(seconds=seconds),
        )
    return [run.id for run in ended]


async def test_a_run_that_fell_silent_times_out_after_two_minutes(house: House) -> None:
    run = await house.run()
    async with house.database.transaction() as tx:
        await note_pushes(tx, {run.id: NOON + timedelta(seconds=10)})
    assert await lost(house, 129.0) == []
    assert await lost(house, 140.0, pushed=30.0) == [], "this process knows of a later push"
    assert await lost(house, 150.0, pushed=30.0) == [run.id]
    assert await lost(house, 500.0) == [], "it is over"


async def test_the_servers_down_time_is_no_silence(house: House) -> None:
    run = await house.run()
    async with house.database.transaction() as tx:
        await note_pushes(tx, {run.id: NOON})
    assert await lost(house, 400.0, up_since=300.0) == []
    assert await lost(house, 420.0, up_since=300.0) == [run.id]


async def test_a_run_far_beyond_its_plan_times_out(house: House) -> None:
    run = await house.run(duration_s=60)
    assert await lost(house, 659.0, pushed=658.0) == []
    assert await lost(house, 660.0, pushed=659.0) == [run.id]


async def test_a_first_push_says_that_data_is_processed_and_pushes_never_go_back(house: House) -> None:
    run = await house.run()
    async with house.database.transaction() as tx:
        await note_pushes(tx, {run.id: NOON + MINUTE})
        await note_pushes(tx, {run.id: NOON})
        await note_pushes(tx, {})
        kept = await run_for(tx, house.ada, run.id)
    assert (kept.first_push_at, kept.last_push_at) == (NOON + MINUTE, NOON + MINUTE)
    assert kept.processing_status is ProcessingStatus.PROCESSING


async def test_results_are_recorded_and_may_be_recorded_again(house: House) -> None:
    run = await house.run(thresholds=thresholds(("checks", "rate>0.9")))
    async with house.database.transaction() as tx:
        (threshold,) = await thresholds_of_run(tx, run.id)
        for value in (0.5, 0.75):
            await record_results(
                tx, run.id, summary={"duration": {"p95": 12.5}}, threshold_values={threshold.id: value}, at=NOON
            )
        kept = await run_for(tx, house.ada, run.id)
        assert (await thresholds_of_run(tx, run.id))[0].calculated_value == 0.75
    assert kept.processing_status is ProcessingStatus.FINISHED
    assert kept.summary == {"duration": {"p95": 12.5}}


async def test_runs_are_listed_filtered_and_ordered(house: House, time: Time) -> None:
    first, second, third = [await house.run("a", at=time.pass_by(minutes=1)) for _ in range(3)]
    other = await house.run("b", at=time.pass_by(minutes=1))
    await house.finish(first)
    async with house.database.transaction() as tx:
        for run, p95 in ((first, 20.0), (second, 30.0), (third, 10.0)):
            await record_results(tx, run.id, summary={"duration": {"p95": p95}}, threshold_values={}, at=NOON)
    async with house.database.reading() as tx:
        listed, total = await runs_of(tx, house.ada, load_test_id=first.load_test_id)
        assert ([run.id for run in listed], total) == ([third.id, second.id, first.id], 3)
        page, total = await runs_of(tx, house.ada, project_id=house.project.id, order_by="id", page=Page(2, 3))
        assert ([run.id for run in page], total) == ([other.id], 4)
        slow, _ = await runs_of(tx, house.ada, order_by="-load_time")
        assert [run.id for run in slow] == [second.id, first.id, third.id, other.id]
        over, _ = await runs_of(tx, house.ada, statuses=[RunStatus.FINISHED])
        assert [run.id for run in over] == [first.id]
        late, _ = await runs_of(tx, house.ada, since=third.created_at, until=other.created_at)
        assert [run.id for run in late] == [third.id]
        with pytest.raises(Invalid, match="load_time"):
            await runs_of(tx, house.ada, order_by="-secret")
        newest = await last_runs(tx, [first.load_test_id, other.load_test_id], n=2)
        assert [run.id for run in newest[first.load_test_id]] == [third.id, second.id]
        assert [run.id for run in newest[other.load_test_id]] == [other.id]


async def test_a_load_test_has_one_baseline(house: House) -> None:
    first, second = await house.run(), await house.run()
    async with house.database.transaction() as tx:
        assert (await choose_baseline(tx, house.ada, first.id)).is_baseline
        assert (await choose_baseline(tx, house.ada, second.id)).is_baseline
        assert not (await run_for(tx, house.ada, first.id)).is_baseline
        assert not (await choose_baseline(tx, house.ada, first.id, chosen=False)).is_baseline
        assert (await run_for(tx, house.ada, second.id)).is_baseline
        assert not (await choose_baseline(tx, house.ada, second.id, chosen=False)).is_baseline


async def test_only_a_run_that_is_over_can_be_deleted(house: House, time: Time) -> None:
    first, second = await house.run(), await house.run(at=time.pass_by(minutes=1))
    async with house.database.transaction() as tx:
        await choose_baseline(tx, house.ada, second.id)
        with pytest.raises(RunStillActive):
            await delete_run(tx, house.ada, second.id, at=NOON)
    await house.finish(second)
    await queued(house)
    async with house.database.transaction() as tx:
        await delete_run(tx, house.ada, second.id, at=NOON)
        with pytest.raises(RunNotFound):
            await run_for(tx, house.ada, second.id)
        load_test = await load_test_for(tx, house.ada, first.load_test_id)
    assert (load_test.last_run_id, load_test.last_run_at, load_test.baseline_run_id) == (first.id, NOON, None)
    assert (ERASE, str(second.id)) in await queued(house)


async def test_a_load_test_goes_with_all_its_runs(house: House) -> None:
    first, second = await house.run(), await house.run()
    await house.finish(first)
    async with house.database.transaction() as tx:
        with pytest.raises(RunStillActive):
            await delete_load_test(tx, house.ada, first.load_test_id, at=NOON)
    await house.finish(second)
    async with house.database.transaction() as tx:
        await delete_load_test(tx, house.ada, first.load_test_id, at=NOON)
        assert await runs_of(tx, house.ada) == ([], 0)
    erased = [subject for kind, subject in await queued(house) if kind == ERASE]
    assert sorted(erased) == sorted([str(first.id), str(second.id)])


async def test_a_push_target_is_remembered_and_dropped_when_the_run_changes(house: House) -> None:
    targets = PushTargets(house.database)
    run = await house.run()
    found = await targets.get(run.id)
    assert found is not None
    assert found is await targets.get(run.id)
    await house.finish(run)
    changed = await targets.get(run.id)
    assert changed is not None
    assert changed.status is RunStatus.FINISHED
    assert await targets.get(RunId(999)) is None


async def test_what_was_rolled_back_is_announced_to_nobody(house: House) -> None:
    told: list[int] = []
    house.database.listen("run.changed", told.append)
    run = await house.run()
    assert told == [run.id]
    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            await abort_run(tx, house.ada, run.id, at=NOON)
            raise RuntimeError
    assert told == [run.id]
