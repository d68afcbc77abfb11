"""Change what a load test says about itself."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from baltoro.access import Permission, Principal
from baltoro.foundation.ids import LoadTestId, RunId
from baltoro.loadtests import store
from baltoro.loadtests.find import load_test_for
from baltoro.loadtests.model import LoadTest, NameTaken, checked_name, checked_note
from baltoro.storage.database import Transaction


async def change_load_test(
    tx: Transaction,
    asker: Principal,
    load_test_id: LoadTestId,
    *,
    name: str | None = None,
    note: str | None = None,
    at: datetime,
) -> LoadTest:
    """Rename the load test or write its note; what is None stays. The next run of the old name makes a new test.

    Raises:
        LoadTestNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not write tests in its project.
        NameTaken: the project has another one of that name.
    """
    load_test = await load_test_for(tx, asker, load_test_id, Permission.WRITE_TEST)
    values: dict[str, str] = {}
    if name is not None and checked_name(name) != load_test.name:
        values["name"] = checked_name(name)
    if note is not None and note != load_test.note:
        values["note"] = checked_note(note)
    if not values:
        return load_test
    try:
        async with tx.begin_nested():
            await store.update(tx, load_test.id, **values, updated_at=at)
    except IntegrityError as error:
        raise NameTaken(values["name"]) from error
    return await load_test_for(tx, asker, load_test_id, Permission.WRITE_TEST)


async def note_run_started(tx: Transaction, load_test_id: LoadTestId, run_id: RunId, at: datetime) -> None:
    """Remember the newest run. Called by whoever creates a run, in the same transaction."""
    await store.update(tx, load_test_id, last_run_id=run_id, last_run_at=at)


async def choose_baseline(tx: Transaction, load_test_id: LoadTestId, run_id: RunId | None) -> None:
    """Compare with `run_id` from now on, or with none. Called by `runs`, which has checked who asks."""
    await store.update(tx, load_test_id, baseline_run_id=run_id)


async def forget_run(
    tx: Transaction, load_test_id: LoadTestId, run_id: RunId, *, newest: tuple[RunId, datetime] | None
) -> None:
    """Drop what the load test remembers of a run that is deleted; `newest` is the newest of the remaining ones."""
    await store.forget_run(tx, load_test_id, run_id, newest=newest)


async def forget_load_test(tx: Transaction, load_test_id: LoadTestId) -> None:
    """Delete the row; its runs go with it. Called by `runs`, which has checked who asks and that no run is active."""
    await store.delete(tx, load_test_id)
