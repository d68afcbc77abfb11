"""A migrated control database and people in it, for tests of rooms below the doors."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baltoro.access import OrganizationRole, Principal, PrincipalKind
from baltoro.accounts import PasswordHasher
from baltoro.foundation.ids import OrganizationId, ProjectId, UserId
from baltoro.foundation.secrets import KEY_BYTES, Vault
from baltoro.organizations import Registration, principal_of_user, register_user
from baltoro.organizations.tables import memberships, project_memberships
from baltoro.storage.database import Database, Transaction, sqlite_url
from baltoro.storage.migrate import migrate

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PASSWORD = "Glacier-Karakoram-7"


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON
        self.monotonic_now = 1000.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.monotonic_now

    def pass_by(self, **duration: float) -> datetime:
        """Move both clocks, for example `seconds=2`."""
        step = timedelta(**duration)
        self.now += step
        self.monotonic_now += step.total_seconds()
        return self.now


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "control.db"
    asyncio.run(_migrated(path))
    return path


async def _migrated(path: Path) -> None:
    database = Database(sqlite_url(path))
    await migrate(database, "control")
    await database.close()


@pytest.fixture
async def database(template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty control database in SQLite."""
    shutil.copy(template, tmp_path / "control.db")
    opened = Database(sqlite_url(tmp_path / "control.db"))
    yield opened
    await opened.close()


@pytest.fixture
async def any_database(database_url: str, database: Database) -> AsyncIterator[Database]:
    """An empty control database, once in SQLite and once in PostgreSQL."""
    if not database_url:
        yield database
        return
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(KEY_BYTES)))


@pytest.fixture(scope="session")
def hasher() -> PasswordHasher:
    """Argon2id with parameters that are far too cheap for anything but tests."""
    return PasswordHasher(memory_kib=64, iterations=1)


@pytest.fixture
async def ada(database: Database, hasher: PasswordHasher) -> Registration:
    """Somebody with a personal organization and a default project."""
    async with database.transaction() as tx:
        return await register(tx, hasher, "ada@example.org", "Ada")


@pytest.fixture
async def bob(database: Database, hasher: PasswordHasher) -> Registration:
    """Somebody of another organization."""
    async with database.transaction() as tx:
        return await register(tx, hasher, "bob@example.org", "Bob")


async def register(tx: Transaction, hasher: PasswordHasher, email: str, first_name: str) -> Registration:
    return await register_user(tx, hasher, email=email, first_name=first_name, last_name="", password=PASSWORD, at=NOON)


async def session_of(tx: Transaction, person: Registration) -> Principal:
    """The person as the web pages know them, without a session's details."""
    return await principal_of_user(tx, person.user.id, kind=PrincipalKind.SESSION)


async def join(
    tx: Transaction,
    user_id: UserId,
    organization_id: OrganizationId,
    role: OrganizationRole = OrganizationRole.MEMBER,
    **projects: ProjectId,
) -> None:
    """Make somebody a member; `write=ID` and `read=ID` give a role in a project."""
    await tx.execute(
        memberships.insert().values(user_id=user_id, organization_id=organization_id, role=role.value, created_at=NOON)
    )
    for project_role, project_id in projects.items():
        await tx.execute(
            project_memberships.insert().values(
                user_id=user_id, project_id=project_id, role=project_role, created_at=NOON
            )
        )
