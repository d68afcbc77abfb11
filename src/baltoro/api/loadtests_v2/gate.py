"""What most requests of this dialect begin with: which run is meant."""

import re
from datetime import UTC, datetime

from baltoro.access import Principal
from baltoro.api.ids import path_id
from baltoro.api.paging import Parameters
from baltoro.foundation.errors import Invalid
from baltoro.foundation.ids import RunId
from baltoro.runs import Run, Threshold, run_for, thresholds_of_run
from baltoro.storage.database import Database

_SECONDS = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?", re.ASCII)
_LAST_SECOND = 253_402_300_799


def required(parameters: Parameters, name: str) -> int:
    """The id in a parameter that must be given.

    Raises:
        Invalid: it is missing or no number.
    """
    found = parameters.id(name)
    if found is None:
        sentence = f"{name} is required."
        raise Invalid(sentence, field_errors={name: [sentence]})
    return found


def parameter_moment(parameters: Parameters, name: str) -> datetime | None:
    """A moment in a parameter: RFC 3339 with a zone, or seconds since 1970; none when it is absent.

    Raises:
        Invalid: neither.
    """
    text = parameters.text(name).strip()
    if not text:
        return None
    try:
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(float(text), UTC)
        # A plus sign that was not percent-encoded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    sentence = f"{name} must be a moment like 2026-01-02T03:04:05Z, or seconds since 1970."
    raise Invalid(sentence, field_errors={name: [sentence]})


def bucket_moment(seconds: int) -> datetime:
    """Start of a bucket. What a client's broken clock says beyond the calendar becomes its edge."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC)


async def asked_run(database: Database, asker: Principal, parameters: Parameters) -> tuple[Run, list[Threshold]]:
    """The run that `test_run_id` names, with its thresholds."""
    return await run_and_thresholds(database, asker, required(parameters, "test_run_id"))


async def run_and_thresholds(database: Database, asker: Principal, run_id: int) -> tuple[Run, list[Threshold]]:
    """A run that the asker may see, with its thresholds."""
    async with database.reading() as tx:
        run = await run_for(tx, asker, RunId(run_id))
        return run, await thresholds_of_run(tx, run.id)


async def run_in_path(database: Database, asker: Principal, text: str) -> Run:
    """The run whose id is in the path."""
    async with database.reading() as tx:
        return await run_for(tx, asker, RunId(path_id(text)))
