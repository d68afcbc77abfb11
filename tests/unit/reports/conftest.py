import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId, ThresholdId
from baltoro.k6.decoder import PushDecoder
from baltoro.k6.status import ProcessingStatus, ResultStatus, RunStatus
from baltoro.metrics import MetricStore
from baltoro.runs import Run, Threshold
from baltoro.storage.database import Database, sqlite_url
from baltoro.storage.migrate import migrate
from tests import pushes
from tests.identity import Time, any_database, database, hasher, template, time
from tests.running_room import house
from tests.traffic import Traffic

__all__ = ["Time", "any_database", "database", "hasher", "house", "template", "time"]

STARTED = datetime.fromtimestamp(pushes.NOON, UTC)


def make_run(*, id: int = 1, lasted_s: float | None = None, **values: Any) -> Run:
    """A streamed run with buckets of a second: running, or finished after `lasted_s` seconds."""
    over = lasted_s is not None
    fields: dict[str, Any] = {
        "id": RunId(id), "load_test_id": LoadTestId(1), "load_test_name": "checkout.js", "project_id": ProjectId(1),
        "organization_id": OrganizationId(1), "user_id": None, "token_id": None, "token_name": None, "started_by": "Ada",
        "stopped_by_id": None, "status": RunStatus.FINISHED if over else RunStatus.RUNNING,
        "result_status": ResultStatus.PASSED, "processing_status": ProcessingStatus.PROCESSING, "status_history": (),
        "ended_by_client": over, "run_process": "k6 to Cloud", "trigger": "CLI", "k6_version": "1.1.0",
        "planned_duration_s": 60, "max_vus": 5, "bucket_width_s": 1, "options": {}, "archive_blob": None, "note": "",
        "error_code": None, "error_detail": None, "created_at": STARTED, "started_at": STARTED,
        "ended_at": STARTED + timedelta(seconds=lasted_s) if lasted_s is not None else None,
        "first_push_at": STARTED, "last_push_at": STARTED, "summary": None, "is_baseline": False,
    }  # fmt: skip
    return Run(**{**fields, **values})


def make_threshold(
    metric: str, expression: str, *, id: int = 1, tainted: bool | None = None, **values: Any
) -> Threshold:
    fields: dict[str, Any] = {
        "position": id, "abort_on_fail": False, "delay_abort_eval": None, "tainted_at": None, "calculated_value": None,
    }  # fmt: skip
    return Threshold(
        id=ThresholdId(id),
        run_id=RunId(1),
        metric=metric,
        expression=expression,
        tainted=tainted,
        **{**fields, **values},
    )


@dataclass
class Sink:
    """Where pushes of a run go: decoded as from k6, and appended to the live window."""

    store: MetricStore
    run_id: int = 1
    decoder: PushDecoder = field(init=False)
    journal_id: int = 0

    def __post_init__(self) -> None:
        self.decoder = PushDecoder(run_id=self.run_id, bucket_width=1)

    def push(self, body: bytes) -> None:
        self.journal_id += 1
        self.store.append(RunId(self.run_id), self.decoder.decode(2, "snappy", body), self.journal_id)

    def send(self, *series: pushes.OneSeries) -> None:
        self.push(pushes.v2_body(self.run_id, *series))


@pytest.fixture(scope="session")
def metrics_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "metrics.db"

    async def make() -> None:
        made = Database(sqlite_url(path))
        await migrate(made, "metrics")
        await made.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def store(metrics_template: Path, tmp_path: Path) -> AsyncIterator[MetricStore]:
    shutil.copy(metrics_template, tmp_path / "metrics.db")
    opened = Database(sqlite_url(tmp_path / "metrics.db"))
    yield MetricStore(opened)
    await opened.close()


@pytest.fixture
def sink(store: MetricStore) -> Sink:
    return Sink(store)


@pytest.fixture
def traffic(sink: Sink) -> Traffic:
    """A minute of traffic, already sent; five requests failed in second 30."""
    sent = Traffic()
    for second in range(60):
        sink.push(sent.second(second, failed=5 if second == 30 else 0, vus=2 if second < 10 else 3))
    return sent
