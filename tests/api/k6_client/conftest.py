"""A k6 by hand: its requests, header for header, without its binary."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from baltoro.foundation.ids import RunId
from baltoro.k6.status import ProcessingStatus, RunStatus
from baltoro.metrics import Query
from baltoro.runs import Run, Threshold, run_by_id, thresholds_of_run
from tests.people import Person
from tests.pushes import COUNTER, OneSeries, counter_value, v2_body

if TYPE_CHECKING:
    from baltoro.server import Running

SNAPPY = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "K6-Metrics-Protocol-Version": "2.0",
}


@dataclass
class Client:
    """Speaks as k6 does: its own User-Agent, one idempotency key per logical call, pushes in chunks."""

    http: httpx.AsyncClient
    running: "Running"
    token: str
    version: str = "1.1.0"
    keys: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def headers(self, key: str | None = None) -> dict[str, str]:
        known = {
            "User-Agent": f"k6cloud/{self.version}",
            "K6-Idempotency-Key": key or f"{next(self.keys):016x}",
            "Content-Type": "application/json",
        }
        return {**known, "Authorization": f"Token {self.token}"} if self.token else known

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self.headers(key))

    async def announce(self, name: str = "checkout.js", *, key: str | None = None, **fields: Any) -> httpx.Response:
        return await self.post(
            "/v1/tests", {"name": name, "vus": 3, "thresholds": {}, "duration": 62, **fields}, key=key
        )

    async def start(self, name: str = "checkout.js", **fields: Any) -> str:
        answer = await self.announce(name, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["reference_id"])

    async def push(
        self,
        run_id: str,
        body: bytes,
        *,
        key: str | None = None,
        headers: Mapping[str, str] = SNAPPY,
        protocol: int = 2,
    ) -> httpx.Response:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 1000):
                yield body[start : start + 1000]

        return await self.http.post(
            f"/v{protocol}/metrics/{run_id}", content=chunks(), headers={**self.headers(key), **headers}
        )

    async def count(self, run_id: str, value: float = 1.0, *, key: str | None = None) -> httpx.Response:
        """Push `value` of the counter `ticks`."""
        return await self.push(run_id, ticks(run_id, value), key=key)

    async def finish(self, run_id: str, status: int = 3, result: int = 0, **thresholds: Any) -> httpx.Response:
        body = {"result_status": result, "run_status": status, "thresholds": thresholds}
        return await self.post(f"/v1/tests/{run_id}", body)

    async def progress(self, run_id: str) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/test-progress/{run_id}", headers=self.headers())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def run(self, run_id: str) -> Run:
        async with self.running.services.database.reading() as tx:
            run = await run_by_id(tx, RunId(int(run_id)))
        assert run is not None
        return run

    async def thresholds(self, run_id: str) -> list[Threshold]:
        async with self.running.services.database.reading() as tx:
            return await thresholds_of_run(tx, RunId(int(run_id)))

    async def total(self, run_id: str, metric: str = "ticks") -> float:
        """Sum of a counter over the whole run."""
        answer = await self.running.services.metric_store.query(RunId(int(run_id)), Query(metric=metric))
        return float(answer.sum.sum())

    async def until_processed(self, run_id: str) -> Run:
        """The run once its results are recorded."""
        async with asyncio.timeout(30):
            while (run := await self.run(run_id)).processing_status is not ProcessingStatus.FINISHED:
                # Every answer is a turn of the server's own event loop, which it shares with this test.
                await self.http.get("/healthz")
            return run


def ticks(run_id: str, value: float) -> bytes:
    return v2_body(run_id, OneSeries("ticks", COUNTER, {"group": "", "scenario": "default"}, [counter_value(value)]))


@pytest.fixture
async def k6(client: httpx.AsyncClient, running: "Running", ada: Person) -> Client:
    """k6 1.1.0 with Ada's token."""
    return Client(client, running, ada.token)


@pytest.fixture
async def stranger(client: httpx.AsyncClient, running: "Running", bob: Person) -> Client:
    """k6 with the token of somebody of another organization."""
    return Client(client, running, bob.token)


def error_of(answer: httpx.Response, status: int, code: int) -> dict[str, Any]:
    """The error of an answer, after checking that k6 would understand it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == code
    assert isinstance(error["message"], str)
    assert error["message"]
    for sentences in error.get("field_errors", {}).values():
        assert isinstance(sentences, list)
        assert all(isinstance(sentence, str) for sentence in sentences)
    assert all(isinstance(sentence, str) for sentence in error.get("errors", []))
    return error


RUNNING, FINISHED, TIMED_OUT = RunStatus.RUNNING, RunStatus.FINISHED, RunStatus.TIMED_OUT
