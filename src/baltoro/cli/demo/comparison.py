"""Holding the server's figures beside those that k6 itself printed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from baltoro.cli.connection import Json

_FIGURES = ("count", "rate", "passes", "fails", "value", "avg", "min", "med", "max", "p(90)", "p(95)", "p(99)")
_PERCENTILES = frozenset({"med", "p(90)", "p(95)", "p(99)"})
_EXACT_SHARE = 1e-9
_PERCENTILE_SHARE = 0.01
_PERCENTILE_UNIT = 0.001
# Sampled by a timer: which sample is the last one differs between k6's summary and its last push.
_SAMPLED = frozenset({"vus", "vus_max"})


@dataclass(frozen=True)
class Line:
    """One figure, twice.

    Attributes:
        metric: name of the metric.
        figure: name of the value in k6's summary.
        k6: what k6 says.
        server: what the server says; none when it has no such figure.
        tolerance: how far apart they may be; 0 = the same number, double rounding aside.
    """

    metric: str
    figure: str
    k6: float
    server: float | None
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the two are the same figure."""
        if self.server is None:
            return False
        return math.isclose(self.k6, self.server, rel_tol=_EXACT_SHARE, abs_tol=max(self.tolerance, _EXACT_SHARE))


def compare(k6_metrics: Json, server_metrics: Json) -> list[Line]:
    """All figures that k6's end-of-test summary and the server must agree on.

    Counts, sums, minima, maxima and averages exactly; percentiles within 1 % or 0.001 of the metric's unit, whichever
    is larger. Rates per second are left out: k6 divides by its own run time, which includes its start and end.

    Args:
        k6_metrics: `metrics` of the data that k6 hands to `handleSummary`.
        server_metrics: `summary` of the run, under the same names.
    """
    lines: list[Line] = []
    for metric, facts in sorted(k6_metrics.items()):
        if "{" in metric or metric in _SAMPLED:
            continue
        theirs = server_metrics.get(metric, {}).get("values", {})
        for figure in _FIGURES:
            if figure not in facts["values"] or (facts["type"] == "counter" and figure == "rate"):
                continue
            number = facts["values"][figure]
            tolerance = max(_PERCENTILE_SHARE * abs(number), _PERCENTILE_UNIT) if figure in _PERCENTILES else 0.0
            server = theirs.get(figure)
            lines.append(Line(metric, figure, float(number), None if server is None else float(server), tolerance))
    return lines


def print_comparison(lines: list[Line]) -> None:
    """A table of both on standard output."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="k6's own summary and the server's figures")
    table.add_column("metric")
    table.add_column("figure")
    for heading in ("k6", "server"):
        table.add_column(heading, justify="right")
    table.add_column("")
    previous = ""
    for line in lines:
        table.add_row(
            line.metric if line.metric != previous else "",
            line.figure,
            _spoken(line.k6),
            _spoken(line.server),
            _verdict(line),
            style=None if line.agrees else "red",
        )
        previous = line.metric
    Console().print(table)


def _verdict(line: Line) -> str:
    if not line.agrees:
        return "DIFFERS"
    return "within 1 %" if line.tolerance else "equal"


def _spoken(number: float | None) -> str:
    if number is None:
        return "missing"
    return f"{number:,.0f}" if number == int(number) else f"{number:,.6g}"
