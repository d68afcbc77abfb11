"""Numbers and times as people read them. `frontend/src/format.ts` follows the same rules; one table tests both.

The unit stands apart from the number, so that pages can set it smaller: what has a unit is a `Figure`.
"""

import math
from datetime import UTC, datetime
from typing import NamedTuple

NOTHING = "–"
_MINUTE = 60
_HOUR = 3600
_DAY = 86_400
_KILO = 1000


class Figure(NamedTuple):
    """A number and its unit, for example `("512", "ms")`. The unit may be empty."""

    value: str
    unit: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".rstrip()


def _round(number: float, decimals: int) -> str:
    return f"{number:,.{decimals}f}"


def _decimals(number: float) -> int:
    """Three digits that matter, as far as there are three."""
    size = abs(number)
    return 2 if size < 10 else 1 if size < 100 else 0  # noqa: PLR2004


def count(number: float | None) -> str:
    """`12,431`."""
    return NOTHING if number is None else _round(number, 0)


def plain(number: float | None) -> str:
    """A number without a unit: at most three decimals, none that are zero."""
    if number is None:
        return NOTHING
    return _trimmed(number, 3) if abs(number) < _KILO else _round(number, 0)


def per_second(number: float | None, what: str = "req/s") -> Figure:
    """`96.2 req/s`."""
    if number is None:
        return Figure(NOTHING, what)
    return Figure(_round(number, 2 if 0 < abs(number) < 10 else 1 if abs(number) < _KILO else 0), what)  # noqa: PLR2004


def duration_ms(milliseconds: float | None) -> Figure:
    """`231 ms`, `1.20 s`, `3.5 min`."""
    if milliseconds is None:
        return Figure(NOTHING, "ms")
    if abs(milliseconds) < 999.5:  # noqa: PLR2004 - 999.7 ms would round to "1,000 ms"
        return Figure(_round(milliseconds, _decimals(milliseconds)) if milliseconds else "0", "ms")
    seconds = milliseconds / _KILO
    if seconds < 2 * _MINUTE:
        return Figure(_round(seconds, 2 if seconds < 10 else 1), "s")  # noqa: PLR2004
    return Figure(_round(seconds / _MINUTE, 1), "min")


def milliseconds(number: float | None) -> str:
    """A cell of a table whose unit stands in its foot: `12.3`, `1,204`."""
    if number is None:
        return NOTHING
    size = abs(number)
    return _trimmed(number, 2 if size < 10 else 1 if size < 100 else 0)  # noqa: PLR2004


def _trimmed(number: float, decimals: int) -> str:
    text = _round(number, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float | None) -> Figure:
    """`0.4 %` of a share 0..1. Only none is 0 and only all is 100."""
    if share is None:
        return Figure(NOTHING, "%")
    if share in {0, 1}:
        return Figure(f"{share * 100:.0f}", "%")
    hundredths = share * 100
    if 0 < hundredths < 0.1:  # noqa: PLR2004
        return Figure("<0.1", "%")
    return Figure(f"{math.floor(hundredths * 10 + 1e-9) / 10:.1f}" if hundredths > 99 else f"{hundredths:.1f}", "%")  # noqa: PLR2004


def data(number: float | None) -> Figure:
    """`4.20 MB`, decimal prefixes."""
    if number is None:
        return Figure(NOTHING, "B")
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 999.5:  # noqa: PLR2004
            return Figure(_round(number, 0 if unit == "B" else _decimals(number)), unit)
        number /= _KILO
    return Figure(_round(number, _decimals(number)), "TB")


def measured(number: float | None, contains: str, kind: str = "") -> Figure:
    """A metric's value in the unit of what it holds.

    Args:
        number: in the metric's own unit (milliseconds, bytes, share).
        contains: k6's `time`, `data` or `default`.
        kind: k6's metric type; a `rate` is shown in percent.
    """
    if kind == "rate":
        return percent(number)
    if contains == "time":
        return duration_ms(number)
    if contains == "data":
        return data(number)
    return Figure(plain(number), "")


def clock(seconds: float) -> str:
    """`6:24`, `1:02:05`: a position within a run."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def span(seconds: float) -> str:
    """`45 s`, `10 min`, `10 min 30 s`, `4 h`, `1 h 5 min`: a length of time."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    return f"{left} s"


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `12 min ago`, `2 h ago`, `yesterday`, `3 d ago`, then the date."""
    seconds = (now - moment).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min ago"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h ago"
    days = int(seconds // _DAY)
    if days == 1:
        return "yesterday"
    return f"{days} d ago" if days < 60 else moment.astimezone(UTC).strftime("%Y-%m-%d")  # noqa: PLR2004


def utc(moment: datetime) -> str:
    """`2026-11-24 08:14:03 UTC`; a script shows the viewer's zone instead and keeps this in the title."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(moment: datetime) -> str:
    """`2026-11-24T08:14:03Z`, for `<time datetime>`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def initials(name: str) -> str:
    """Two letters for an avatar: `Test Admin` -> `TA`."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"
