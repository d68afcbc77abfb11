"""What a report says, as values. The names are those of the JSON that pages and the live stream carry.

Times of metrics are milliseconds, moments are seconds since the epoch, shares run from 0 to 1. None means "no data" and
becomes JSON's null; a NaN never leaves this room.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from baltoro.foundation.ids import RunId, ThresholdId

Kind = Literal["http", "iterations", "none"]
"""What the overview of a run shows: its HTTP requests, else its iterations, else there is nothing yet."""

Numbers = list[float | None]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The chart "Performance overview": equally long columns, one entry per point.

    Attributes:
        kind: `iterations`: `rate` counts iterations and the response times are iteration durations.
        step: seconds per point.
        replace: all points of the run; otherwise only those that changed, to be put in by their time.
        times: start of each point, ascending.
        vus: active virtual users of all instances.
        rate: requests (or iterations) per second; 0 where none came between the first and the last.
        failures: share of failed requests.
        avg, p50, p95, p99: response time.
    """

    kind: Kind
    step: int
    replace: bool
    times: list[int]
    vus: Numbers
    rate: Numbers
    failures: Numbers
    avg: Numbers
    p50: Numbers
    p95: Numbers
    p99: Numbers


class Tiles(msgspec.Struct, frozen=True, kw_only=True):
    """The headline figures. None: the run has no such metric (yet).

    Attributes:
        http_reqs_rate: per second of execution time; `_peak`: in the best bucket; `_now`: in the last 5 seconds.
        vus, vus_max: now, and the highest so far.
        checks_passes, checks_total: single executions of checks.
        thresholds_passed, thresholds_total: expressions of the script.
    """

    http_reqs: int | None = None
    http_reqs_rate: float | None = None
    http_reqs_peak: float | None = None
    http_reqs_now: float | None = None
    http_failures: int | None = None
    http_failure_rate: float | None = None
    http_duration_avg: float | None = None
    http_duration_p95: float | None = None
    http_duration_avg_now: float | None = None
    vus: float | None = None
    vus_max: float | None = None
    iterations: int | None = None
    iterations_rate: float | None = None
    iteration_duration_p95: float | None = None
    data_received: float | None = None
    data_sent: float | None = None
    checks_passes: int | None = None
    checks_total: int | None = None
    thresholds_passed: int = 0
    thresholds_total: int = 0


class HttpRow(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one (scenario, group, name, method, status, expected response).

    Attributes:
        status: 0 when no response came.
        expected: k6's own verdict; for clients that send none, status 200 to 399.
        failures: requests that k6 counts in `http_req_failed`.
        rate: requests per second of execution time.
    """

    scenario: str
    group: str
    name: str
    method: str
    status: int
    expected: bool
    count: int
    failures: int
    min: float | None
    avg: float | None
    med: float | None
    stddev: float | None
    p95: float | None
    p99: float | None
    max: float | None
    rate: float | None


class HttpTable(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the HTTP table.

    Attributes:
        count: rows that match the filter; `total`: all rows; `passed`: those of all without a failed request.
        requests, failures: over all rows.
    """

    rows: list[HttpRow]
    count: int
    total: int
    passed: int
    requests: int
    failures: int


class HttpFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of the HTTP table to show. Empty fields let everything pass.

    Attributes:
        text: looked for in the name, in any case.
    """

    text: str = ""
    method: str = ""
    scenario: str | None = None
    group: str | None = None
    status_from: int = 0
    status_to: int = 2**31
    expected: bool | None = None


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """Executions of one check of one scenario and group."""

    scenario: str
    group: str
    name: str
    passes: int
    fails: int

    @property
    def rate(self) -> float | None:
        """Share that passed."""
        hits = self.passes + self.fails
        return self.passes / hits if hits else None


class ThresholdRow(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold, its present value and verdict.

    Attributes:
        metric: selector as in the script; `metric_name`, `tags`: its parts.
        passed: k6's verdict where it gave one, else the server's from the data so far; none without data while running.
        reported: the verdict is k6's.
        value: over the whole run so far.
        distance: how far `value` is from the limit, positive on the good side.
        no_data: there never was a sample; such a threshold passes, as in k6.
        crossed_at: when it was first seen failing.
    """

    id: ThresholdId
    metric: str
    metric_name: str
    tags: Mapping[str, str]
    type: str
    contains: str
    expression: str
    stat: str
    operator: str
    limit: float | None
    value: float | None
    distance: float | None
    passed: bool | None
    reported: bool
    no_data: bool
    crossed_at: float | None
    abort_on_fail: bool
    delay_abort_eval: str | None


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group of the script. `count`, `avg` and `p95` are of `group_duration`; none for the root."""

    path: str
    name: str
    count: int
    avg: float | None
    p95: float | None


class ScenarioRow(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario, as far as options and data tell."""

    name: str
    executor: str
    exec: str
    start_time: str
    iterations: int
    requests: int


class MetricSummary(msgspec.Struct, frozen=True):
    """A metric as k6 hands it to `handleSummary`."""

    type: str
    contains: str
    values: dict[str, float]


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a whole run, computed once at its end and kept with it, so that lists never touch metric data.

    Attributes:
        duration: statistics of `http_req_duration`, by the names of `LOAD_TIME_METHODS`; none without HTTP.
        load_time: p95 of `http_req_duration`, ms; runs are ordered by it.
        execution_s: seconds that rates are counted over.
        threshold_values, threshold_verdicts: by threshold; verdict: passed.
        tiles: as the finished run's page shows them.
        data_from, data_to: start of the first bucket and end of the last; none without data.
    """

    version: int = 1
    kind: Kind
    requests: int
    failures: int
    iterations: int
    rps_avg: float | None
    rps_max: float | None
    vus_max: float | None
    duration: dict[str, float] | None
    load_time: float | None
    checks_total: int
    checks_passed: int
    checks_hits: int
    checks_hits_passed: int
    thresholds_total: int
    thresholds_passed: int
    urls_total: int
    urls_passed: int
    execution_s: float
    threshold_values: dict[int, float | None]
    threshold_verdicts: dict[int, bool]
    tiles: Tiles
    data_from: int | None
    data_to: int | None


class RunOverview(msgspec.Struct, frozen=True, kw_only=True):
    """`k6-run-overviews` of the REST API, field by field."""

    test_run_id: RunId
    checks_total: int
    checks_successes: int
    checks_hits_total: int
    checks_hits_successes: int
    thresholds_total: int
    thresholds_successes: int
    urls_total: int
    urls_successes: int
    urls_hits_total: int
    urls_hits_successes: int
    http_req_duration_avg: float | None
    http_reqs_avg: float | None


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands. `now` is the server's clock: a page shows the elapsed time whatever its own clock says."""

    id: RunId
    status: int
    result_status: int
    processing_status: int
    created_at: float
    started_at: float | None
    ended_at: float | None
    now: float
    planned_duration_s: int
    max_vus: int
    has_data: bool
    error_detail: str
    stopped_by: str


class HttpPart(msgspec.Struct, frozen=True, kw_only=True):
    """HTTP rows for a page: upserts by (scenario, group, name, method, status, expected) unless `replace`."""

    replace: bool
    total: int
    rows: Sequence[HttpRow]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the run page shows, or (kind `update`) what changed of it."""

    kind: Literal["snapshot", "update"]
    seq: int
    last: bool
    run: RunState
    tiles: Tiles | msgspec.UnsetType = msgspec.UNSET
    overview: Overview | msgspec.UnsetType = msgspec.UNSET
    thresholds: Sequence[ThresholdRow] | msgspec.UnsetType = msgspec.UNSET
    checks: Sequence[CheckRow] | msgspec.UnsetType = msgspec.UNSET
    http: HttpPart | msgspec.UnsetType = msgspec.UNSET


class Update(msgspec.Struct, frozen=True):
    """An event of the live stream.

    Attributes:
        id: what a viewer sends back to go on after an interruption.
        data: a `RunView` as JSON; empty: nothing new for a while.
    """

    id: str
    data: bytes


def as_builtins(value: object) -> Any:
    """Plain dictionaries and lists, for a JSON column."""
    return msgspec.to_builtins(value, str_keys=True)
