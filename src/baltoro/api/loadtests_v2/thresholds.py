"""Thresholds of a run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from baltoro.access import Principal
from baltoro.api.ids import path_id
from baltoro.api.loadtests_v2.gate import asked_run
from baltoro.api.loadtests_v2.schemas import MetricObject
from baltoro.api.paging import list_parameters
from baltoro.api.times import timestamp
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import NotFound
from baltoro.metrics import MetricStore
from baltoro.reports import ThresholdRow, catalogue_of, thresholds_table
from baltoro.runs import Run
from baltoro.storage.database import Database


class ThresholdObject(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-threshold`. `test_run_id` stands there twice, because clients read either spelling."""

    id: int
    metric_id: str
    name: str
    stat: str
    operator: str
    value: float | None
    expression: str
    metric_name: str
    tags: Mapping[str, str]
    calculated_value: float | None
    tainted: bool
    tainted_at: str | None
    abort_on_fail: bool
    delay_abort_eval: str | None
    no_data: bool
    calc_state: dict[str, Any]
    test_run_id: int
    testrun_id: int

    @classmethod
    def of(cls, row: ThresholdRow, run: Run) -> "ThresholdObject":
        """As the API shows a row of the thresholds table."""
        tainted = row.passed is False
        crossed = None if row.crossed_at is None else datetime.fromtimestamp(row.crossed_at, UTC)
        return cls(
            id=row.id,
            metric_id=f"threshold_{row.id}",
            name=f"{row.metric}:{row.expression}",
            stat=row.stat,
            operator=row.operator,
            value=row.limit,
            expression=row.expression,
            metric_name=row.metric_name,
            tags=dict(row.tags),
            calculated_value=row.value,
            tainted=tainted,
            tainted_at=timestamp(crossed) if tainted else None,
            abort_on_fail=row.abort_on_fail,
            delay_abort_eval=row.delay_abort_eval,
            no_data=row.no_data,
            calc_state={
                "max_created_at": _long(run.last_push_at),
                "max_time": _long(run.last_push_at),
                "min_time": _long(run.started_at),
                "tainted_value": row.value if tainted else None,
            },
            test_run_id=run.id,
            testrun_id=run.id,
        )


class ThresholdsAnswer(msgspec.Struct, frozen=True, rename={"thresholds": "k6-thresholds", "metrics": "k6-metrics"}):
    """A list, with the metrics that it names."""

    thresholds: list[ThresholdObject]
    metrics: list[MetricObject]


class ThresholdAnswer(msgspec.Struct, frozen=True, rename={"threshold": "k6-threshold"}):
    """One threshold."""

    threshold: ThresholdObject


@get("/v2/thresholds")
async def list_thresholds(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
    clock: NamedDependency[Clock],
) -> ThresholdsAnswer:
    """The thresholds of a run, in the order of the script."""
    parameters = await list_parameters(request)
    ids = parameters.ids()
    run, thresholds = await asked_run(database, asker, parameters)
    wanted = [one for one in thresholds if ids is None or one.id in ids]
    rows = await thresholds_table(metric_store, run, wanted, at=clock())
    entries = (await catalogue_of(metric_store, run, wanted, parts=False)).entries
    return ThresholdsAnswer(
        [ThresholdObject.of(row, run) for row in rows],
        [MetricObject.of(entry, run) for entry in entries if entry.threshold_id is not None],
    )


@get("/v2/thresholds/{threshold_id:str}")
async def see_threshold(
    threshold_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
    clock: NamedDependency[Clock],
) -> ThresholdAnswer:
    """One threshold."""
    run, thresholds = await asked_run(database, asker, await list_parameters(request))
    wanted = [one for one in thresholds if one.id == path_id(threshold_id)]
    if not wanted:
        raise NotFound
    rows = await thresholds_table(metric_store, run, wanted, at=clock())
    return ThresholdAnswer(ThresholdObject.of(rows[0], run))


def _long(moment: datetime | None) -> str | None:
    """`2020-08-18 13:36:41.348933+00:00`, the form of this one object."""
    return None if moment is None else moment.astimezone(UTC).isoformat(sep=" ")
