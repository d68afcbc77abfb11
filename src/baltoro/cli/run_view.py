"""A run, as people read it and as a script judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baltoro.cli.connection import Client, Json
from baltoro.cli.failures import ExitCode
from baltoro.cli.output import now, parse_time, spoken_duration
from baltoro.k6.status import RunStatus

_PROCESSED = 2


def status_text(run: Json) -> str:
    """The status in k6's own words; a finished run says whether its thresholds held."""
    status = RunStatus(run["run_status"])
    if status is RunStatus.FINISHED:
        return "Failed by threshold" if run["result_status"] else "Finished (passed)"
    return status.text


def status_color(run: Json) -> str:
    """Green, red or cyan; never the only sign of anything."""
    if not RunStatus(run["run_status"]).is_final:
        return "cyan"
    return "green" if exit_code(run) == ExitCode.OK else "red"


def is_over(run: Json) -> bool:
    """Whether the run has ended and all its figures are final."""
    return RunStatus(run["run_status"]).is_final and bool(run["processing_status"] >= _PROCESSED)


def exit_code(run: Json) -> int:
    """What k6 would exit with: 0 passed, 99 a threshold failed, 97 aborted or failed otherwise."""
    status = RunStatus(run["run_status"])
    if status is RunStatus.ABORTED_THRESHOLD or (status is RunStatus.FINISHED and run["result_status"]):
        return ExitCode.THRESHOLDS_FAILED
    return ExitCode.OK if status is RunStatus.FINISHED else ExitCode.RUN_FAILED


def elapsed_s(run: Json) -> float:
    """Seconds from the start of the run to its end or to now; 0 before the start."""
    if not run["started"]:
        return 0.0
    end = parse_time(run["ended"]) if run["ended"] else now()
    return max(0.0, (end - parse_time(run["started"])).total_seconds())


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment, with the figures that k6 prints at the end."""

    run: Json
    summary: Json
    thresholds: list[Json]


def snapshot(client: Client, run_id: int) -> Snapshot:
    """The run as it is now."""
    run = client.get(f"/loadtests/v2/runs/{run_id}")["k6-run"]
    summary = client.get(f"/loadtests/v2/runs/{run_id}/summary")
    thresholds = client.get("/loadtests/v2/thresholds", {"test_run_id": run_id})["k6-thresholds"]
    return Snapshot(run, summary["summary"], thresholds)


def value(summary: Json, metric: str, name: str) -> float | None:
    """One figure of the summary; none when the metric has no data."""
    found: Any = summary.get(metric, {}).get("values", {}).get(name)
    return None if found is None else float(found)


def spoken_figures(now_: Snapshot) -> list[tuple[str, str]]:
    """The figures that tell how a run goes, ready to print."""
    run, summary = now_.run, now_.summary
    planned = f" of {spoken_duration(run['duration'])}" if run["duration"] else ""
    passes, fails = value(summary, "checks", "passes"), value(summary, "checks", "fails")
    figures = [
        ("status", status_text(run)),
        ("time", spoken_duration(elapsed_s(run)) + planned),
        ("virtual users", _count(value(summary, "vus", "value"))),
        ("iterations", _count(value(summary, "iterations", "count"))),
        ("requests", _count(value(summary, "http_reqs", "count"))),
        ("requests/s", _decimal(value(summary, "http_reqs", "rate"))),
        ("failed requests", _percent(value(summary, "http_req_failed", "rate"))),
        ("duration p(95)", _milliseconds(value(summary, "http_req_duration", "p(95)"))),
        ("checks", f"{_count(passes)} passed, {_count(fails)} failed" if passes is not None else "-"),
    ]
    return figures + [(f"threshold {'✗' if item['tainted'] else '✓'}", item["name"]) for item in now_.thresholds]


def _count(number: float | None) -> str:
    return "-" if number is None else f"{number:,.0f}"


def _decimal(number: float | None) -> str:
    return "-" if number is None else f"{number:,.2f}"


def _percent(number: float | None) -> str:
    return "-" if number is None else f"{number * 100:.2f} %"


def _milliseconds(number: float | None) -> str:
    return "-" if number is None else f"{number:,.2f} ms"
