"""The objects of /loadtests, exactly as public clients decode them: every field always there, types stable."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from baltoro.api.times import timestamp
from baltoro.foundation.ids import RunId
from baltoro.loadtests import LoadTest
from baltoro.reports import MetricEntry, load_time, summary_of
from baltoro.runs import Run

_VERSION = 2
_S_PER_HOUR = 3600


class Meta(msgspec.Struct, frozen=True):
    """How many there are in all, before paging."""

    count: int


class LoadTestObject(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-test`."""

    id: int
    project_id: int
    organization_id: int
    user_id: int | None
    name: str
    created: str
    updated: str
    last_test_run_id: str | None
    test_run_ids: list[int]
    last_run_time: str | None
    script: str
    k6_archive: str | None
    creation_process: str
    baseline_test_run_id: int | None
    note: str
    is_saved: bool
    test_runs: list[Any]

    @classmethod
    def of(cls, test: LoadTest, run_ids: Sequence[RunId]) -> "LoadTestObject":
        """As the API shows a load test; `run_ids` newest first."""
        return cls(
            id=test.id,
            project_id=test.project_id,
            organization_id=test.organization_id,
            user_id=test.user_id,
            name=test.name,
            created=timestamp(test.created_at),
            updated=timestamp(test.updated_at),
            last_test_run_id=None if test.last_run_id is None else str(test.last_run_id),
            test_run_ids=list(run_ids),
            last_run_time=timestamp(test.last_run_at),
            script="",
            k6_archive=None,
            creation_process=test.creation_process,
            baseline_test_run_id=test.baseline_run_id,
            note=test.note,
            is_saved=False,
            test_runs=[],
        )


class RunObject(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-run`."""

    id: int
    test_id: int
    test_name: str
    project_id: int
    organization_id: int
    user_id: int | None
    started_by: str
    stopped_by_id: int | None
    created: str
    started: str | None
    ended: str | None
    duration: int
    execution_duration: float
    vus: int
    vus_per_instance: int
    run_status: int
    run_status_text: str
    processing_status: int
    result_status: int
    error_code: int | None
    error_detail: str | None
    status_history: list[dict[str, Any]]
    load_time: float | None
    rps_avg: float | None
    rps_max: float | None
    vuh_cost: float
    note: str
    is_baseline: bool
    is_saved: bool
    is_starred: bool
    public_id: str | None
    expires: str | None
    run_process: str
    trigger: str
    script: str
    k6_archive: str
    k6_version: str
    version: int
    request_builder_config: None
    config: Mapping[str, Any]
    distribution: list[list[Any]]
    export: None
    k6_runtime_config: dict[str, str]

    @classmethod
    def of(cls, run: Run, *, public_url: str, at: datetime, method: str = "p95") -> "RunObject":
        """As the API shows a run.

        Args:
            method: the statistic that `load_time` is.

        Raises:
            UnknownMethod, UnfitMethod: there is no such statistic.
        """
        summary = summary_of(run)
        duration_s = run.duration_s(at)
        return cls(
            id=run.id,
            test_id=run.load_test_id,
            test_name=run.load_test_name,
            project_id=run.project_id,
            organization_id=run.organization_id,
            user_id=run.user_id,
            started_by=run.started_by,
            stopped_by_id=run.stopped_by_id,
            created=timestamp(run.created_at),
            started=timestamp(run.started_at),
            ended=timestamp(run.ended_at),
            duration=run.planned_duration_s,
            execution_duration=round(duration_s, 3),
            vus=run.max_vus,
            vus_per_instance=0,
            run_status=int(run.status),
            run_status_text=run.status.text,
            processing_status=int(run.processing_status),
            result_status=int(run.result_status),
            error_code=run.error_code,
            error_detail=run.error_detail,
            status_history=[
                {"status": int(change.status), "entered": timestamp(change.entered)} for change in run.status_history
            ],
            load_time=load_time(summary, method),
            rps_avg=summary.rps_avg if summary else None,
            rps_max=summary.rps_max if summary else None,
            # Virtual user hours: highest number of VUs for each hour begun.
            vuh_cost=float(run.max_vus * -(-int(duration_s) // _S_PER_HOUR)),
            note=run.note,
            is_baseline=run.is_baseline,
            is_saved=False,
            is_starred=False,
            public_id=None,
            expires=None,
            run_process=run.run_process,
            trigger=run.trigger,
            script="",
            k6_archive="",
            k6_version=run.k6_version,
            version=_VERSION,
            request_builder_config=None,
            config=run.options,
            distribution=[["default", "local", 100]],
            export=None,
            k6_runtime_config={"testRunDetails": f"{public_url}/runs/{run.id}"},
        )


class MetricObject(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-metric`."""

    id: str
    name: str
    type: str
    contains: str
    project_id: int
    test_run_id: int
    group_id: str | None
    url_id: str | None
    check_id: str | None
    threshold_id: int | None
    tags: Mapping[str, str]

    @classmethod
    def of(cls, entry: MetricEntry, run: Run) -> "MetricObject":
        """As the API shows an entry of a run's catalogue."""
        return cls(
            id=entry.id,
            name=entry.name,
            type=entry.type.name.lower(),
            contains=entry.contains,
            project_id=run.project_id,
            test_run_id=run.id,
            group_id=entry.group_id,
            url_id=entry.url.id if entry.url else None,
            check_id=entry.check_id,
            threshold_id=entry.threshold_id,
            tags=dict(entry.tags),
        )
