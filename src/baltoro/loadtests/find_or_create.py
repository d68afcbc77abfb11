"""Find the load test of a name in a project, or make it."""

from datetime import datetime

from baltoro.access import Permission, Principal
from baltoro.loadtests import store
from baltoro.loadtests.model import CreationProcess, LoadTest, NameTaken, checked_name
from baltoro.organizations import Project
from baltoro.storage.database import Transaction


async def find_or_create_load_test(
    tx: Transaction,
    asker: Principal,
    project: Project,
    name: str,
    *,
    creation_process: str = CreationProcess.STREAMED,
    at: datetime,
) -> LoadTest:
    """The load test `name` of `project`; of two concurrent first runs, both get the same one.

    Raises:
        Invalid: the name is empty, too long or holds control characters.
        NotAllowed: the asker may not stream into the project.
    """
    asker.require(Permission.STREAM_RUN, project.organization_id, project.id)
    name = checked_name(name)
    found = await store.find_by_name(tx, project.id, name)
    if found is not None:
        return found
    made = await _insert(tx, asker, project, name, note="", creation_process=creation_process, at=at)
    if made is not None:
        return made
    # The other transaction has committed, else our insert would still wait for it: its row is visible now.
    found = await store.find_by_name(tx, project.id, name)
    if found is None:
        raise NameTaken(name)
    return found


async def create_load_test(
    tx: Transaction,
    asker: Principal,
    project: Project,
    name: str,
    *,
    note: str = "",
    creation_process: str = CreationProcess.API,
    at: datetime,
) -> LoadTest:
    """A new load test.

    Raises:
        NameTaken: the project has one of that name.
        Invalid: the name is empty, too long or holds control characters.
        NotAllowed: the asker may not write tests in the project.
    """
    asker.require(Permission.WRITE_TEST, project.organization_id, project.id)
    name = checked_name(name)
    made = await _insert(tx, asker, project, name, note=note, creation_process=creation_process, at=at)
    if made is None:
        raise NameTaken(name)
    return made


async def _insert(
    tx: Transaction, asker: Principal, project: Project, name: str, *, note: str, creation_process: str, at: datetime
) -> LoadTest | None:
    return await store.insert_unless_there(
        tx,
        project_id=project.id,
        organization_id=project.organization_id,
        user_id=asker.user_id,
        name=name,
        note=note,
        creation_process=creation_process,
        at=at,
    )
