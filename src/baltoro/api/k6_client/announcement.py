"""What k6 says about a run before it starts: as JSON, or as a form with the archive."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request
from multipart import parse_options_header

from baltoro.api.k6_client.bodies import MAX_JSON_BYTES, decode_json, read_body
from baltoro.api.k6_client.form import receive_form
from baltoro.foundation.errors import Invalid
from baltoro.foundation.ids import MAX_ID
from baltoro.k6.archive import MAX_PACKED, strip_token
from baltoro.k6.options import ThresholdOption, thresholds_of, without_credentials
from baltoro.storage.blobs import BlobStore

_MAX_NUMBER = 2**31 - 1
_NUMBER = re.compile(r"\s*-?[0-9]{1,18}\s*")
_CONTROL = re.compile(r"[\x00-\x1f]|[\ud800-\udfff]")


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A run to come.

    Attributes:
        project_id: none for the default project; k6 also says 0 for that.
        thresholds: in script order.
        options: for display, without credentials.
        archive_blob: where the archive has been stored, without the user's token; none when none was sent.
        digest: stands for the whole request, to tell a repeat from another request with the same key.
    """

    name: str
    project_id: int | None
    vus: int
    duration_s: int
    thresholds: Sequence[ThresholdOption]
    options: Mapping[str, Any]
    archive_blob: str | None
    digest: bytes


class _Json(msgspec.Struct):
    name: str | None = None
    project_id: int | str | None = None
    vus: int | None = None
    duration: int | None = None
    thresholds: dict[str, list[str] | None] | None = None


async def announcement_of(request: Request[Any, Any, Any], blobs: BlobStore) -> Announcement:
    """Read the request; an archive is stored as a blob, which the caller deletes when it makes no run of it.

    Raises:
        Invalid: malformed; `field_errors` names the field.
        TooLarge: the archive, or the JSON.
    """
    media_type, parameters = parse_options_header(request.headers.get("content-type", ""))
    if media_type == "multipart/form-data":
        return await _from_form(request, parameters.get("boundary", ""), blobs)
    body = await read_body(request, MAX_JSON_BYTES)
    data = decode_json(body, _Json)
    given = {metric: expressions for metric, expressions in (data.thresholds or {}).items() if expressions}
    options: dict[str, Any] = {"thresholds": given} if given else {}
    return Announcement(
        name=data.name or "",
        project_id=_project(data.project_id),
        vus=_natural("vus", data.vus),
        duration_s=_natural("duration", data.duration),
        thresholds=_thresholds(options),
        options=storable({"vus": data.vus, "duration": f"{data.duration or 0}s", **options}),
        archive_blob=None,
        digest=hashlib.sha256(body).digest(),
    )


async def _from_form(request: Request[Any, Any, Any], boundary: str, blobs: BlobStore) -> Announcement:
    if not boundary:
        raise Invalid("The form names no boundary in its Content-Type.")
    path = await asyncio.to_thread(blobs.temporary_path)
    try:
        fields, file_digest = await receive_form(request, boundary, path, max_file_bytes=MAX_PACKED)
        options: Mapping[str, Any] = {}
        name = None
        if file_digest is not None:
            options, name = await _store_archive(path, blobs)
        try:
            return Announcement(
                name=fields.get("name", ""),
                project_id=_project(fields.get("project_id")),
                vus=_natural("vus", _number("vus", fields.get("vus"))),
                duration_s=_natural("duration", _number("duration", fields.get("duration"))),
                thresholds=_thresholds(options),
                options=storable(options),
                archive_blob=name,
                digest=hashlib.sha256(repr(sorted(fields.items())).encode() + (file_digest or b"")).digest(),
            )
        except BaseException:
            if name is not None:
                await blobs.delete(name)
            raise
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _store_archive(path: Path, blobs: BlobStore) -> tuple[Mapping[str, Any], str]:
    """The script's options, and the name under which the archive is kept, without the user's token."""

    def clean() -> tuple[Mapping[str, Any], Path]:
        stripped = blobs.temporary_path()
        try:
            with path.open("rb") as source, stripped.open("xb") as target:
                archive = strip_token(source, target)
        except BaseException:
            stripped.unlink(missing_ok=True)
            raise
        return archive.metadata.options, stripped

    options, stripped = await asyncio.to_thread(clean)
    name = blobs.new_name("archives", ".tar")
    try:
        await blobs.put(name, stripped)
    except BaseException:
        await asyncio.to_thread(stripped.unlink, missing_ok=True)
        raise
    return without_credentials(options), name


def _thresholds(options: Mapping[str, Any]) -> Sequence[ThresholdOption]:
    found = thresholds_of(options)
    for threshold in found:
        if _CONTROL.search(threshold.metric) or _CONTROL.search(threshold.expression):
            raise Invalid(
                "A threshold holds control characters.", field_errors={"thresholds": ["Leave control characters out."]}
            )
    return found


def storable(value: Any) -> Any:
    """`value` without the one character that a database cannot keep in a JSON document."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [storable(entry) for entry in value]
    return value


def _project(value: int | str | None) -> int | None:
    """The project that was named; 0, "0" and nothing mean none."""
    number = _number("project_id", value) if isinstance(value, str) else value
    if not number:
        return None
    if not 0 < number <= MAX_ID:
        sentence = "There is no project of this number. Set K6_CLOUD_PROJECT_ID to the id on the project's page."
        raise Invalid(sentence, field_errors={"project_id": [sentence]})
    return number


def _number(field: str, text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"{field} is not a whole number.", field_errors={field: ["This is not a whole number."]})
    return int(text)


def _natural(field: str, number: int | None) -> int:
    if number is not None and not 0 <= number <= _MAX_NUMBER:
        sentence = f"{field} lies outside of 0 to {_MAX_NUMBER}."
        raise Invalid(sentence, field_errors={field: [sentence]})
    return number or 0
