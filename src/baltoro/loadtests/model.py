"""What a load test is: the name under which a project's runs are grouped."""

from datetime import datetime
from enum import StrEnum

import msgspec

from baltoro.foundation.errors import Invalid, NotFound
from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId, RunId, UserId

MAX_NAME_LENGTH = 300
"""Characters of a load test's name."""


class CreationProcess(StrEnum):
    """How a load test came to be, in the words of the REST API."""

    STREAMED = "k6 to Cloud"
    UPLOADED = "k6 Cloud"
    EDITOR = "Script editor"
    API = "API"


class LoadTest(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one name in one project.

    Attributes:
        user_id: who created it; none when an organization token did, or the person was deleted.
        baseline_run_id: the run that others are compared with, if one was chosen.
        last_run_id, last_run_at: its newest run and when that was created; none while it never ran.
        updated_at: moves with name and note, not with runs.
    """

    id: LoadTestId
    project_id: ProjectId
    organization_id: OrganizationId
    user_id: UserId | None
    name: str
    note: str
    creation_process: str
    baseline_run_id: RunId | None
    last_run_id: RunId | None
    last_run_at: datetime | None
    created_at: datetime
    updated_at: datetime


class LoadTestNotFound(NotFound):
    """No such load test, or not one that the asker may see."""


class NameTaken(Invalid):
    """The project has another load test of that name."""

    detail_code = 202

    def __init__(self, name: str) -> None:
        sentence = f'The project already has a test named "{name}". Choose another name.'
        super().__init__(sentence, field_errors={"name": [sentence]})


def checked_name(name: str) -> str:
    """`name` as it is kept: trimmed; compared exactly and case-sensitively.

    Raises:
        Invalid: empty, too long, or holding control characters; `field_errors` names `name`.
    """
    trimmed = name.strip()
    if not trimmed:
        sentence = "A test needs a name. Set `name` in options.cloud, or the environment variable K6_CLOUD_NAME."
    elif len(trimmed) > MAX_NAME_LENGTH:
        sentence = f"The name has {len(trimmed)} characters; at most {MAX_NAME_LENGTH} are possible."
    elif any(ord(character) < ord(" ") or "\ud800" <= character <= "\udfff" for character in trimmed):
        sentence = "The name holds control characters. Leave them out."
    else:
        return trimmed
    raise Invalid(sentence, field_errors={"name": [sentence]})


MAX_NOTE_LENGTH = 10_000
"""Characters of a note."""


def checked_note(note: str) -> str:
    """`note` as it is kept.

    Raises:
        Invalid: too long; `field_errors` names `note`.
    """
    if len(note) > MAX_NOTE_LENGTH or "\x00" in note:
        sentence = f"A note has at most {MAX_NOTE_LENGTH} characters."
        raise Invalid(sentence, field_errors={"note": [sentence]})
    return note
