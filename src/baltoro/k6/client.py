"""Which k6 is asking, and what it is told when a run starts."""

import re
from typing import Any

import msgspec

_AGENT = re.compile(r"\bk6(?:cloud)?/v?(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?([-+][0-9A-Za-z.+-]{0,40})?", re.ASCII)
_FIFTEEN_MINUTES, _TWO_HOURS = 15 * 60, 2 * 60 * 60


class K6Version(msgspec.Struct, frozen=True, order=True):
    """A version of k6, as its client tells it."""

    major: int
    minor: int
    patch: int = 0
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}{self.suffix}"

    @property
    def sends_single_points(self) -> bool:
        """Whether it speaks protocol version 1 (k6 up to 0.47).

        0.45 … 0.47 could speak version 2, but 0.45 in a draft of its own: they are left on version 1.
        """
        return (self.major, self.minor) <= (0, 47)


def client_version(user_agent: str | None) -> K6Version | None:
    """The version in a `User-Agent` such as `k6cloud/1.1.0`; None when it is not k6's or names none."""
    found = _AGENT.search(user_agent or "")
    if found is None:
        return None
    return K6Version(int(found[1]), int(found[2]), int(found[3] or 0), found[4] or "")


def bucket_width(duration_s: float) -> int:
    """Seconds per bucket for a run of the given planned duration: fine for short runs, affordable for long ones."""
    if duration_s <= _FIFTEEN_MINUTES:
        return 1
    return 2 if duration_s <= _TWO_HOURS else 5


def run_config(
    version: K6Version | None, *, duration_s: float, run_url: str, public_url: str, width: int | None = None
) -> dict[str, Any]:
    """The `config` of the answer to a new run: it overrides the client's own settings.

    Args:
        version: of the client; None (unknown) is treated as a new one.
        duration_s: planned duration in seconds.
        run_url: the page of the run; k6 prints it.
        public_url: the origin of this server, without a final slash.
        width: bucket width, when the server wants another one than `bucket_width` says.

    Returns:
        Only keys that every version understands or ignores. `pushRefID` is never among them (k6 would not report its
        end), nor is `apiVersion` (1 stops new clients, 2 switches 0.45 to an incompatible draft).
    """
    config: dict[str, Any] = {
        # Otherwise k6 since 0.48 sends traces to its vendor's host, and fails a test that has some.
        "tracesEnabled": False,
        # Lets a person stop a streamed run from the page.
        "stopOnError": True,
        "metricPushInterval": "500ms",
        "metricPushConcurrency": 1,
        "maxTimeSeriesInBatch": 1000,
        "webAppURL": public_url,
        "testRunDetails": run_url,
    }
    # Old clients would aggregate to min, max and mean only, which destroys percentiles.
    if version is None or not version.sends_single_points:
        seconds = width or bucket_width(duration_s)
        config["aggregationPeriod"] = f"{seconds}s"
        # Not shorter than the period: k6 would send buckets that are still open, in parts.
        config["aggregationWaitPeriod"] = f"{seconds}s"
    return config
