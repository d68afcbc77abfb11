"""People, projects and runs on both engines, for tests of the rooms that know runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from baltoro.access import Principal, PrincipalKind
from baltoro.accounts import PasswordHasher
from baltoro.k6.options import ThresholdOption
from baltoro.k6.status import ResultStatus, RunStatus
from baltoro.organizations import Project, Registration, principal_of_user
from baltoro.runs import Run, create_streamed_run, finish_run
from baltoro.storage.database import Database
from tests.identity import NOON, register


@dataclass
class House:
    """A database with Ada and Bob, each with a project of their own."""

    database: Database
    ada: Principal
    bob: Principal
    project: Project
    other_project: Project

    async def run(
        self, name: str = "checkout.js", *, at: datetime = NOON, asker: Principal | None = None, **values: Any
    ) -> Run:
        """A streamed run of Ada, or of `asker`, in her project."""
        wanted: dict[str, Any] = {
            "vus": 3, "duration_s": 60, "thresholds": (), "k6_version": "1.1.0", "options": {}, "archive_blob": None,
            **values,
        }  # fmt: skip
        async with self.database.transaction() as tx:
            return await create_streamed_run(tx, asker or self.ada, self.project, name=name, at=at, **wanted)

    async def finish(
        self,
        run: Run,
        status: RunStatus = RunStatus.FINISHED,
        *,
        result_status: ResultStatus = ResultStatus.PASSED,
        thresholds: Mapping[str, Mapping[str, bool]] | None = None,
        at: datetime = NOON,
    ) -> Run:
        """The end as k6 reports it."""
        async with self.database.transaction() as tx:
            return await finish_run(
                tx, self.ada, run.id, status=status, result_status=result_status, thresholds=thresholds or {}, at=at
            )


def thresholds(*pairs: tuple[str, str]) -> list[ThresholdOption]:
    return [ThresholdOption(metric, expression) for metric, expression in pairs]


@pytest.fixture
async def house(any_database: Database, hasher: PasswordHasher) -> House:
    """Runs the test once on SQLite and once on PostgreSQL."""
    async with any_database.transaction() as tx:
        people: list[Registration] = [
            await register(tx, hasher, f"{name}@example.org", name.title()) for name in ("ada", "bob")
        ]
    async with any_database.reading() as tx:
        askers = [await principal_of_user(tx, person.user.id, kind=PrincipalKind.ACCOUNT_TOKEN) for person in people]
    return House(any_database, askers[0], askers[1], people[0].project, people[1].project)
