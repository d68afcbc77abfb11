"""The HTTP table. Built in columns: a run with 10,000 rows costs no more than a page of them needs."""

import asyncio
from datetime import datetime

import numpy as np

from baltoro.foundation.errors import Invalid
from baltoro.foundation.paging import Page
from baltoro.k6.columns import Floats
from baltoro.metrics import MetricStore
from baltoro.reports.measure import Measured, execution_seconds, measure_total, number, time_range
from baltoro.reports.model import HttpFilter, HttpRow, HttpTable
from baltoro.reports.overview import is_expected
from baltoro.runs import Run

HTTP_TAGS = ("scenario", "group", "name", "method", "status", "expected_response")
"""What tells two rows of the HTTP table apart."""

ROW_FIELDS = HttpRow.__struct_fields__
_KEY_FIELDS = ("scenario", "group", "name", "method", "status", "expected")
_METHODS = {
    "count": "count", "min": "min", "avg": "mean", "med": "median", "stddev": "stdev", "p95": "p95", "p99": "p99",
    "max": "max",
}  # fmt: skip
_NO_STATUS = 0


async def http_table(
    store: MetricStore,
    run: Run,
    *,
    at: datetime,
    filter: HttpFilter = HttpFilter(),  # noqa: A002, B008 - the word for it; a frozen value
    order_by: str = "-count",
    page: Page = Page(),  # noqa: B008 - a frozen value
) -> HttpTable:
    """A page of the HTTP table.

    Args:
        order_by: a field of `HttpRow`, descending with a leading `-`. Ties: by name and the rest of the key, ascending.

    Raises:
        Invalid: no such field; the message names them.
    """
    parse_order(order_by)
    timed = await measure_total(store, run.id, "http_req_duration", *_METHODS.values(), group_by=HTTP_TAGS)
    failed = await measure_total(store, run.id, "http_req_failed", "passes", group_by=HTTP_TAGS, histograms=False)
    executed = execution_seconds(run, await time_range(store, run), at)
    return await asyncio.to_thread(_table, timed, failed, executed, filter, order_by, page)


def parse_order(order_by: str) -> tuple[str, bool]:
    """Field and whether it descends.

    Raises:
        Invalid: no such field; the message names them.
    """
    field = order_by.removeprefix("-")
    if field not in ROW_FIELDS:
        sentence = f"Cannot order by {field[:40]!r}. Allowed: {', '.join(ROW_FIELDS)}."
        raise Invalid(sentence, field_errors={"order_by": [sentence]})
    return field, order_by.startswith("-")


def _table(
    timed: Measured, failed: Measured, executed_s: float, wanted: HttpFilter, order_by: str, page: Page
) -> HttpTable:
    keys = [
        (scenario, group, name, method, parse_status(status), is_expected(expected, status))
        for scenario, group, name, method, status, expected in timed.groups
    ]
    columns = {field: timed.column(method) for field, method in _METHODS.items()}
    counts = np.nan_to_num(columns["count"])
    failures = _failures(timed, failed, keys, counts)
    columns |= {
        "count": counts,
        "failures": failures,
        "rate": counts / executed_s if executed_s > 0 else counts * np.nan,
    }
    chosen = [place for place, key in enumerate(keys) if _matches(key, wanted)]
    ordered = _ordered(chosen, keys, columns, order_by)[page.offset : page.offset + page.size]
    return HttpTable(
        rows=[_row(keys[place], columns, place) for place in ordered],
        count=len(chosen),
        total=len(keys),
        passed=int((failures == 0).sum()),
        requests=round(float(counts.sum())),
        failures=round(float(failures.sum())),
    )


_Key = tuple[str, str, str, str, int, bool]


def _failures(timed: Measured, failed: Measured, keys: list[_Key], counts: Floats) -> Floats:
    if not failed.groups:
        # Clients before k6 0.31 do not send http_req_failed.
        return np.where([key[5] for key in keys], 0.0, counts)
    by_group = dict(zip(failed.groups, np.nan_to_num(failed.column("passes")).tolist(), strict=True))
    return np.array([by_group.get(group, 0.0) for group in timed.groups])


def parse_status(text: str) -> int:
    """HTTP status from its tag; 0 when no response came."""
    return int(text) if text.isdecimal() and len(text) < 10 else _NO_STATUS  # noqa: PLR2004 - fits an int32


def _matches(key: _Key, wanted: HttpFilter) -> bool:
    scenario, group, name, method, status, expected = key
    return (
        (not wanted.text or wanted.text.lower() in name.lower())
        and (not wanted.method or wanted.method.upper() == method.upper())
        and (wanted.scenario is None or wanted.scenario == scenario)
        and (wanted.group is None or wanted.group == group)
        and wanted.status_from <= status <= wanted.status_to
        and (wanted.expected is None or wanted.expected == expected)
    )


def _ordered(chosen: list[int], keys: list[_Key], columns: dict[str, Floats], order_by: str) -> list[int]:
    field, descending = parse_order(order_by)
    by_name = sorted(chosen, key=lambda place: (keys[place][2], keys[place]))
    if field in _KEY_FIELDS:
        part = _KEY_FIELDS.index(field)
        return sorted(by_name, key=lambda place: keys[place][part], reverse=descending)
    values = columns[field]
    # Rows without a value come last in both directions.
    worst = -np.inf if descending else np.inf
    known = np.where(np.isnan(values), worst, values).tolist()
    return sorted(by_name, key=lambda place: known[place], reverse=descending)


def _row(key: _Key, columns: dict[str, Floats], place: int) -> HttpRow:
    scenario, group, name, method, status, expected = key
    figures = {field: number(float(columns[field][place])) for field in (*_METHODS, "rate") if field != "count"}
    return HttpRow(
        scenario=scenario,
        group=group,
        name=name,
        method=method,
        status=status,
        expected=expected,
        count=round(float(columns["count"][place])),
        failures=round(float(columns["failures"][place])),
        **figures,
    )
