"""What a command prints: aligned columns for people, JSON for programs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click


def print_json(value: object) -> None:
    """`value` as indented JSON on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Aligned columns on standard output; `empty` on standard error when there is no row."""
    if not rows:
        click.echo(empty, err=True)
        return
    lines = [list(headings), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    """One `name  value` line each, values aligned."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        click.echo(f"{name.ljust(width)}  {value}".rstrip())


def note(text: str) -> None:
    """A remark that is not the result: goes to standard error."""
    click.echo(text, err=True)


def parse_time(text: str) -> datetime:
    """A time of the REST API."""
    return datetime.fromisoformat(text)


def spoken_time(text: str | None) -> str:
    """A time of the REST API in the zone of this terminal; `-` when not reached."""
    return parse_time(text).astimezone().strftime("%Y-%m-%d %H:%M:%S") if text else "-"


def spoken_duration(seconds: float) -> str:
    """Seconds as k6 writes durations: `1h2m3s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def now() -> datetime:
    """The present moment, for ages on the screen."""
    return datetime.now(UTC)
