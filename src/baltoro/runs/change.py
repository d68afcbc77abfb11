"""Change what people say about a run."""

from baltoro import loadtests
from baltoro.access import Permission, Principal
from baltoro.foundation.ids import RunId
from baltoro.loadtests import checked_note
from baltoro.runs import store
from baltoro.runs.find import run_for
from baltoro.runs.model import CHANGED, Run
from baltoro.storage.database import Transaction, announce


async def set_note(tx: Transaction, asker: Principal, run_id: RunId, note: str) -> Run:
    """Write the run's note.

    Raises:
        RunNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not edit runs of its project.
        Invalid: the note is too long.
    """
    run = await run_for(tx, asker, run_id, Permission.EDIT_RUN)
    await store.update(tx, run.id, note=checked_note(note))
    announce(tx, CHANGED, run.id)
    return await run_for(tx, asker, run_id, Permission.EDIT_RUN)


async def choose_baseline(tx: Transaction, asker: Principal, run_id: RunId, *, chosen: bool = True) -> Run:
    """Compare other runs of the load test with this one from now on, or (`chosen=False`) no longer.

    A load test has one baseline: the former one loses it.

    Raises:
        RunNotFound: it does not exist, or the asker may not see it.
        NotAllowed: the asker may not edit runs of its project.
    """
    run = await run_for(tx, asker, run_id, Permission.EDIT_RUN)
    if run.is_baseline != chosen:
        await loadtests.choose_baseline(tx, run.load_test_id, run.id if chosen else None)
        announce(tx, CHANGED, run.id)
    return await run_for(tx, asker, run_id, Permission.EDIT_RUN)
