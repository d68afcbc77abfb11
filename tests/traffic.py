"""A small shop under load: the pushes of a run second by second, and what is true about them."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.pushes import (
    COUNTER,
    GAUGE,
    NOON,
    RATE,
    TREND,
    OneSeries,
    counter_value,
    gauge_value,
    rate_value,
    trend_value,
    v2_body,
)

SCENARIO = {"group": "", "scenario": "default"}


def page(name: str, status: int = 200, *, group: str = "", method: str = "GET") -> dict[str, str]:
    """The tags of a request, as k6 sends them."""
    return {
        "expected_response": "true" if 200 <= status < 400 else "false",
        "group": group,
        "method": method,
        "name": name,
        "proto": "HTTP/1.1",
        "scenario": "default",
        "status": str(status),
        "url": name,
    }


HOME = page("https://shop.example/")
CART = page("https://shop.example/cart", group="::buy", method="POST")
BROKEN = page("https://shop.example/cart", 503, group="::buy", method="POST")


@dataclass
class Traffic:
    """Pushes of one run. Every sample that was sent stays here in the open, to compare with."""

    figures: random.Random = field(default_factory=lambda: random.Random(7))
    durations: list[float] = field(default_factory=list)
    per_second: dict[int, int] = field(default_factory=dict)
    failures: int = 0
    checks: dict[str, list[int]] = field(default_factory=dict)
    iterations: int = 0

    def second(
        self,
        offset: int = 0,
        *,
        requests: Mapping[str, int] | None = None,
        vus: int = 3,
        failed: int = 0,
        run_id: int = 1,
    ) -> bytes:
        """The push of one second: `requests` of the home page and the cart, `failed` more of them answered with 503."""
        time = NOON + offset
        wanted = {"home": 10, "cart": 5} if requests is None else requests
        series: list[OneSeries] = []
        for tags, count in ((HOME, wanted.get("home", 0)), (CART, wanted.get("cart", 0)), (BROKEN, failed)):
            if count:
                series += self._requests(tags, count, time, broken=tags is BROKEN)
        total = sum(wanted.values()) + failed
        self.per_second[offset] = self.per_second.get(offset, 0) + total
        self.failures += failed
        self.iterations += total
        series += [
            OneSeries("vus", GAUGE, {}, [gauge_value(vus, time=time)]),
            OneSeries("vus_max", GAUGE, {}, [gauge_value(5, time=time)]),
            OneSeries("iterations", COUNTER, SCENARIO, [counter_value(total, time=time)]),
            OneSeries("iteration_duration", TREND, SCENARIO, [trend_value([100.0] * max(1, total), time=time)]),
            OneSeries("data_sent", COUNTER, SCENARIO, [counter_value(100.0 * total, time=time)]),
            self._check("is fine", total - failed, failed, time),
            self._check("has a body", total, 0, time),
        ]
        return v2_body(run_id, *series)

    def _requests(self, tags: Mapping[str, str], count: int, time: int, *, broken: bool) -> list[OneSeries]:
        durations = [round(self.figures.lognormvariate(3.5, 0.6), 3) for _ in range(count)]
        self.durations += durations
        return [
            OneSeries("http_reqs", COUNTER, tags, [counter_value(count, time=time)]),
            OneSeries("http_req_duration", TREND, tags, [trend_value(durations, time=time)]),
            OneSeries("http_req_failed", RATE, tags, [rate_value(count if broken else 0, count, time=time)]),
        ]

    def _check(self, name: str, passes: int, fails: int, time: int) -> OneSeries:
        counts = self.checks.setdefault(name, [0, 0])
        counts[0] += passes
        counts[1] += fails
        return OneSeries("checks", RATE, {**SCENARIO, "check": name}, [rate_value(passes, passes + fails, time=time)])


def exact_percentile(samples: list[float], share: float) -> float:
    """As k6 computes it from single samples: linear between the neighbouring ranks."""
    ordered = sorted(samples)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
