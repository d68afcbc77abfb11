"""What a run's measurements say: charts, tables, summaries, and live updates for whoever watches. Read only.

Every verb takes the metric store and a `Run` that came through the gate of `baltoro.runs`; nothing here checks rights.
Lists, cards and trend bars use `summary_of(run)`, which never touches metric data.
"""

from baltoro.reports.catalogue import (
    Catalogue,
    MetricEntry,
    UrlEntry,
    catalogue_of,
    check_id,
    group_id,
    url_id,
)
from baltoro.reports.checks import checks_first_seen, checks_table
from baltoro.reports.groups import groups_of, scenarios_of
from baltoro.reports.handle_summary import handle_summary
from baltoro.reports.http import http_table, parse_order
from baltoro.reports.live import LiveReports
from baltoro.reports.measure import execution_seconds, measure_total
from baltoro.reports.model import (
    CheckRow,
    GroupRow,
    HttpFilter,
    HttpPart,
    HttpRow,
    HttpTable,
    MetricSummary,
    Overview,
    RunOverview,
    RunState,
    RunSummary,
    RunView,
    ScenarioRow,
    ThresholdRow,
    Tiles,
    Update,
)
from baltoro.reports.overview import overview_chart
from baltoro.reports.run_summary import load_time, run_overview, summarize_run, summary_json, summary_of
from baltoro.reports.series import SeriesAnswer, SeriesRequest, series_of
from baltoro.reports.thresholds import thresholds_table
from baltoro.reports.tiles import tiles

__all__ = [
    "Catalogue",
    "CheckRow",
    "GroupRow",
    "HttpFilter",
    "HttpPart",
    "HttpRow",
    "HttpTable",
    "LiveReports",
    "MetricEntry",
    "MetricSummary",
    "Overview",
    "RunOverview",
    "RunState",
    "RunSummary",
    "RunView",
    "ScenarioRow",
    "SeriesAnswer",
    "SeriesRequest",
    "ThresholdRow",
    "Tiles",
    "Update",
    "UrlEntry",
    "catalogue_of",
    "check_id",
    "checks_first_seen",
    "checks_table",
    "execution_seconds",
    "group_id",
    "groups_of",
    "handle_summary",
    "http_table",
    "load_time",
    "measure_total",
    "overview_chart",
    "parse_order",
    "run_overview",
    "scenarios_of",
    "series_of",
    "summarize_run",
    "summary_json",
    "summary_of",
    "thresholds_table",
    "tiles",
    "url_id",
]
