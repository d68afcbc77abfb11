"""A client that pushes known counters, retries as k6 does, and remembers what was acknowledged."""

import secrets
import threading
import time
from dataclasses import dataclass, field

import httpx

from tests.people import Person
from tests.pushes import COUNTER, OneSeries, counter_value, v2_body

ATTEMPTS = 3
PAUSE_S = 0.5


def counter_body(run_id: int, *, metric: str = "pushed", value: float = 1.0, time: int) -> bytes:
    """A push of one counter sample."""
    return v2_body(run_id, OneSeries(metric, COUNTER, {"scenario": "default"}, [counter_value(value, time=time)]))


@dataclass
class Pusher:
    """Pushes one counter sample of value 1 per batch, each with its own idempotency key, until told to stop.

    Attributes:
        patience_s: how long one batch is tried again; k6 itself gives up after three attempts.
    """

    url: str
    person: Person
    run_id: int
    patience_s: float = 20.0
    acknowledged: int = 0
    sent: int = 0
    refusals: list[str] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Push in a thread of its own."""
        self._thread = threading.Thread(target=self._push_all)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the batch that is under way."""
        self._stop.set()
        assert self._thread is not None
        self._thread.join(self.patience_s + 10)

    def _push_all(self) -> None:
        with httpx.Client(timeout=10) as http:
            while not self._stop.is_set():
                self._push(http)

    def _push(self, http: httpx.Client) -> None:
        body = counter_body(self.run_id, metric="pushed", value=1.0, time=int(time.time()))
        key = secrets.token_hex(8)
        self.sent += 1
        deadline = time.monotonic() + self.patience_s
        while time.monotonic() < deadline:
            begun = time.monotonic()
            try:
                answer = http.post(
                    f"{self.url}/v2/metrics/{self.run_id}",
                    content=body,
                    headers={
                        **self.person.headers,
                        "Content-Type": "application/x-protobuf",
                        "Content-Encoding": "snappy",
                        "K6-Metrics-Protocol-Version": "2.0",
                        "K6-Idempotency-Key": key,
                    },
                )
            except httpx.TransportError:
                self._stop.wait(0.02)
                continue
            if answer.is_success:
                self.latencies_ms.append((time.monotonic() - begun) * 1000)
                self.acknowledged += 1
                return
            self.refusals.append(f"{answer.status_code} {answer.text[:200]}")
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                return
            self._stop.wait(0.05)


def create_run(url: str, person: Person, name: str = "pushed.js", **more: object) -> int:
    """A new streamed run, as `k6 run -o cloud` asks for it; its id."""
    answer = httpx.post(
        f"{url}/v1/tests",
        json={"name": name, "vus": 1, "thresholds": {}, "duration": 600, **more},
        headers={**person.headers, "User-Agent": "k6cloud/1.1.0", "K6-Idempotency-Key": secrets.token_hex(8)},
        timeout=30,
    )
    assert answer.is_success, answer.text
    return int(answer.json()["reference_id"])


def counted(url: str, person: Person, run_id: int, metric: str = "pushed") -> float:
    """The run's total of a counter, over REST."""
    answer = httpx.get(f"{url}/loadtests/v2/runs/{run_id}/summary", headers=person.headers, timeout=30)
    assert answer.is_success, answer.text
    metrics = answer.json()["summary"]
    return float(metrics[metric]["values"]["count"]) if metric in metrics else 0.0
