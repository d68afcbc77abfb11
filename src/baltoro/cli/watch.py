"""Following a run until it ends."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import click

from baltoro.cli.connection import Client, Json
from baltoro.cli.failures import ExitCode, Failure
from baltoro.cli.run_view import (
    Snapshot,
    exit_code,
    is_over,
    snapshot,
    spoken_figures,
    status_color,
    status_text,
    value,
)

_POLL_S = 1.0
_PATIENCE_S = 30.0
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def parse_duration(text: str) -> float:
    """Seconds of a duration in k6's form: `1m30s`, `90s`, `500ms`; a bare number is seconds.

    Raises:
        Failure: another form.
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Failure(f"{text!r} is not a duration.", hint="Write it as 1m30s.", exit_code=ExitCode.USAGE)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def wait_for_end(client: Client, run_id: int, *, limit_s: float | None = None) -> Json:
    """The run, over. A server that is away for a moment (a restart) is waited for.

    Raises:
        Failure: `limit_s` seconds have passed, or the server stays away.
    """
    began = last_answer = time.monotonic()
    while True:
        try:
            run: Json = client.get(f"/loadtests/v2/runs/{run_id}")["k6-run"]
        except Failure as failure:
            if failure.exit_code != ExitCode.UNREACHABLE or time.monotonic() - last_answer > _PATIENCE_S:
                raise
        else:
            last_answer = time.monotonic()
            if is_over(run):
                return run
        if limit_s is not None and time.monotonic() - began >= limit_s:
            raise Failure(f"the run {run_id} has not ended within {limit_s:g} s.")
        time.sleep(_POLL_S)


def _moments(client: Client, run_id: int) -> Iterator[Snapshot]:
    while True:
        moment = snapshot(client, run_id)
        yield moment
        if is_over(moment.run):
            return
        time.sleep(_POLL_S)


def watch_run(client: Client, run_id: int, *, drawn: bool) -> int:
    """Show a run until it ends.

    Args:
        client: the server.
        run_id: which run.
        drawn: redraw one picture (a terminal), or write a line whenever something has changed.

    Returns:
        The exit code of the run, as k6 would give it.
    """
    return _draw(client, run_id) if drawn else _write(client, run_id)


def _write(client: Client, run_id: int) -> int:
    said = ""
    moment = None
    for moment in _moments(client, run_id):
        line = "  ".join(f"{name}: {text}" for name, text in spoken_figures(moment) if not name.startswith("threshold"))
        if line != said:
            click.echo(line)
            said = line
    return exit_code(moment.run) if moment else ExitCode.FAILED


def _draw(client: Client, run_id: int) -> int:
    from rich.live import Live
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    history: list[float] = []

    def picture(moment: Snapshot) -> Panel:
        table = Table.grid(padding=(0, 2))
        for name, text in spoken_figures(moment):
            if name == "status":
                table.add_row(name, Text(status_text(moment.run), style=status_color(moment.run)))
            else:
                table.add_row(name, Text(text, style="red" if name.endswith("✗") else ""))
        table.add_row("requests/s", Text(_sparkline(history), style="cyan"))
        return Panel(
            table,
            title=Text(f"{moment.run['test_name']} · run {run_id}"),
            subtitle=Text(f"{client.address}/runs/{run_id}"),
            expand=False,
        )

    moment = None
    sent = seconds = 0.0
    with Live(refresh_per_second=4, transient=False) as live:
        for moment in _moments(client, run_id):
            total = value(moment.summary, "http_reqs", "count") or 0.0
            if seconds:
                history.append(max(0.0, total - sent) / max(0.001, time.monotonic() - seconds))
            sent, seconds = total, time.monotonic()
            live.update(picture(moment))
    return exit_code(moment.run) if moment else ExitCode.FAILED


def _sparkline(history: list[float], width: int = 60) -> str:
    shown = history[-width:]
    top = max(shown, default=0.0)
    return "".join("▁▂▃▄▅▆▇█"[min(7, int(figure / top * 7.999))] if top else "▁" for figure in shown)
