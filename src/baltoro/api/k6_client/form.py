"""A form with one file, read while it comes in: the file goes to the disk, never into memory."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any, BinaryIO

from litestar import Request
from litestar.exceptions import InternalServerException
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from baltoro.foundation.errors import Invalid, TooLarge

_FILE = "file"
_MAX_FIELD_BYTES = 64 * 1024
_MAX_SEGMENTS = 32


async def receive_form(
    request: Request[Any, Any, Any], boundary: str, path: Path, *, max_file_bytes: int
) -> tuple[dict[str, str], bytes | None]:
    """The form's fields, and the SHA-256 of the part `file`, which is written to `path`; none without such a part.

    Raises:
        TooLarge: the file has more than `max_file_bytes`.
        Invalid: malformed, or the client went away in the middle.
    """
    form = _Form(path, max_file_bytes)
    received = 0
    try:
        with PushMultipartParser(boundary, max_segment_count=_MAX_SEGMENTS) as parser:
            async for chunk in request.stream():
                received += len(chunk)
                if received > 2 * max_file_bytes:
                    break
                for event in parser.parse(chunk) if chunk else ():
                    await form.take(event)
    except MultipartError as error:
        # What was cut off because it is far too large is of course no complete form.
        if received <= 2 * max_file_bytes:
            raise Invalid("The form is damaged: it is not valid multipart/form-data.") from error
    except InternalServerException as error:
        raise Invalid("The connection was closed before the whole request had come in.") from error
    finally:
        await form.close()
    if received > 2 * max_file_bytes or form.file_bytes > max_file_bytes:
        raise TooLarge(
            f"The archive has more than {max_file_bytes} bytes. Leave large data files out of it, or run with "
            "--no-archive-upload."
        )
    return form.texts(), form.digest.digest() if form.file is not None else None


class _Form:
    """What has come in of a form."""

    def __init__(self, path: Path, max_file_bytes: int) -> None:
        self._path = path
        self._max_file_bytes = max_file_bytes
        self._fields: dict[str, bytearray] = {}
        self._part = ""
        self.file: BinaryIO | None = None
        self.file_bytes = 0
        self.digest = hashlib.sha256()

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._part = (event.name or "")[:100]
            if self._part == _FILE and self.file is None:
                self.file = await asyncio.to_thread(self._path.open, "wb")
        elif not event:
            return
        elif self._part == _FILE and self.file is not None:
            self.file_bytes += len(event)
            # Beyond the limit it is read on but not kept: k6 is still sending and would not see the answer.
            if self.file_bytes <= self._max_file_bytes:
                self.digest.update(event)
                await asyncio.to_thread(self.file.write, event)
        else:
            value = self._fields.setdefault(self._part, bytearray())
            value += event
            if len(value) > _MAX_FIELD_BYTES:
                raise Invalid("A field of the form is too long.", field_errors={self._part: ["This is too long."]})

    async def close(self) -> None:
        if self.file is not None:
            await asyncio.to_thread(self.file.close)

    def texts(self) -> dict[str, str]:
        try:
            return {name: value.decode() for name, value in self._fields.items()}
        except UnicodeDecodeError as error:
            raise Invalid("A field of the form is not UTF-8.") from error
