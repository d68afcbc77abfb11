"""Wall-clock time comes in as an argument, so that tests can move it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, time-zone aware, in UTC."""


def system_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
