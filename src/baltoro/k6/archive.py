"""Script archives (`archive.tar`) as k6 uploads them: read without unpacking, checked, and freed of the user's token.

An archive is a tar with `metadata.json`, the main script as `data`, and the files that scripts may open. The main
script's own entry is a hard link to `data`. Nothing else but directories, files and such links is let through.
"""

import contextlib
import io
import posixpath
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, Literal

import msgspec

from baltoro.k6.errors import ArchiveTooLarge, BadArchive

MAX_PACKED = 100_000_000
MAX_UNPACKED = 500_000_000
"""Bytes; a hard link counts like the file it stands for."""
MAX_ENTRIES = 10_000
MAX_RATIO = 200
"""Unpacked to packed size of a compressed archive."""
MAX_SCRIPT = 10 * 1024 * 1024
MAX_METADATA = 16 * 1024 * 1024
MAX_NAME = 4096
_METADATA, _SCRIPT = "metadata.json", "data"
_CHUNK = 1 << 16

_WHAT_TARFILE_RAISES = (
    tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, RecursionError, KeyError, IndexError,
)  # fmt: skip
"""On hostile input its parser lets more through than its own errors (seen when fuzzing)."""


class ArchiveEntry(msgspec.Struct, frozen=True):
    """One entry. `size` is that of the content; `target` is the entry that a link stands for, else empty."""

    name: str
    kind: Literal["file", "directory", "link"]
    size: int
    target: str = ""


class ArchiveMetadata(msgspec.Struct, frozen=True):
    """`metadata.json`, without the user's API token."""

    type: str
    options: Mapping[str, Any]
    filename: str
    pwd: str
    env: Mapping[str, str]
    compatibility_mode: str
    k6_version: str
    goos: str


class Archive(msgspec.Struct, frozen=True):
    """What an archive holds.

    Attributes:
        metadata: about the script.
        entries: in the order of the archive, names normalised.
        script: the main script's text; bytes that are not UTF-8 are replaced.
        unpacked: bytes of all files.
    """

    metadata: ArchiveMetadata
    entries: tuple[ArchiveEntry, ...]
    script: str
    unpacked: int

    @property
    def remote_modules(self) -> list[str]:
        """The hosts' files that the archive brings along: `https/HOST/PATH`."""
        return [entry.name for entry in self.entries if entry.name.startswith("https/") and entry.kind != "directory"]


class _Limited(io.RawIOBase):
    """A reader that refuses to go beyond the limit on the packed size."""

    def __init__(self, source: IO[bytes], limit: int) -> None:
        super().__init__()
        self._source = source
        self._left = limit
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        content = self._source.read(wanted)
        self._left -= len(content)
        self.count += len(content)
        if self._left < 0:
            raise ArchiveTooLarge(f"The archive is larger than {MAX_PACKED // 1_000_000} MB.")
        return content


class _Unzipped(io.RawIOBase):
    """Decompresses on the fly; refuses what grows beyond reason."""

    def __init__(self, source: _Limited) -> None:
        super().__init__()
        self._source = source
        self._gzip = zlib.decompressobj(wbits=31)
        self._pending = b""
        self._count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _CHUNK if size is None or size < 0 else size
        content = b""
        while len(content) < wanted and not self._gzip.eof:
            packed = self._pending or self._source.read(_CHUNK)
            if not packed:
                raise BadArchive("The archive is cut off.")
            content += self._gzip.decompress(packed, wanted - len(content))
            self._pending = self._gzip.unconsumed_tail
        self._count += len(content)
        # Small archives may compress well: the ratio counts from where it costs something.
        if self._count > max(MAX_RATIO * self._source.count, _CHUNK * 16) or self._count > MAX_UNPACKED:
            raise ArchiveTooLarge("The archive is larger than it may be once decompressed.")
        return content


def read_archive(source: IO[bytes], *, is_gzip: bool = False) -> Archive:
    """Reads and checks a whole archive, once through, without keeping more than its metadata and main script.

    Args:
        source: the tar; need not be seekable.
        is_gzip: whether it was announced as compressed.

    Raises:
        BadArchive: not a tar, not one of k6's, or one with entries that must not be unpacked.
        ArchiveTooLarge: beyond the limits of this module.
    """
    return _copy(source, None, is_gzip=is_gzip)


def read_metadata(archive: bytes) -> ArchiveMetadata:
    """The metadata of an archive, which is checked as a whole. Raises as `read_archive`."""
    return read_archive(io.BytesIO(archive)).metadata


def strip_token(source: IO[bytes], target: IO[bytes], *, is_gzip: bool = False) -> Archive:
    """Copies an archive without the user's API token, which k6 puts into its metadata, and checks it on the way.

    Everything else stays: order, names, dates, hard links, other keys of the metadata. The copy is not compressed.

    Raises:
        BadArchive, ArchiveTooLarge: as `read_archive`; what was written to `target` is worthless then.
    """
    return _copy(source, target, is_gzip=is_gzip)


def without_token(archive: bytes) -> bytes:
    """`strip_token` for an archive in memory."""
    target = io.BytesIO()
    strip_token(io.BytesIO(archive), target)
    return target.getvalue()


def _copy(source: IO[bytes], target: IO[bytes] | None, *, is_gzip: bool) -> Archive:
    packed = _Limited(source, MAX_PACKED)
    reader = _Unzipped(packed) if is_gzip else packed
    found: dict[str, bytes] = {}
    seen: dict[str, ArchiveEntry] = {}
    entries: list[ArchiveEntry] = []
    unpacked = 0
    with _as_bad_archive(), contextlib.ExitStack() as open_:
        # Names that are not UTF-8 must fail here, not where they are stored.
        tar = open_.enter_context(tarfile.open(fileobj=reader, mode="r|", encoding="utf-8", errors="strict"))
        copy = target and open_.enter_context(tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT))
        for member in tar:
            entry = _entry(member, seen)
            unpacked += entry.size
            entries.append(entry)
            if unpacked > MAX_UNPACKED:
                raise ArchiveTooLarge(f"The archive is larger than {MAX_UNPACKED // 1_000_000} MB once unpacked.")
            if len(entries) > MAX_ENTRIES:
                raise ArchiveTooLarge(f"The archive has more than {MAX_ENTRIES} files.")
            content = tar.extractfile(member) if entry.kind == "file" else None
            if content is not None and entry.name in {_METADATA, _SCRIPT}:
                found[entry.name] = content.read()
                if entry.name == _METADATA:
                    found[_METADATA] = _metadata_without_token(found[_METADATA])
                member.size = len(found[entry.name])
                content = io.BytesIO(found[entry.name])
            if copy:
                copy.addfile(member, content)
        # What follows the end of the tar counts as well.
        while reader.read(_CHUNK):
            pass
    if _METADATA not in found:
        raise BadArchive("The archive has no metadata.json: it was not made by k6.")
    return Archive(
        _metadata(found[_METADATA]), tuple(entries), found.get(_SCRIPT, b"").decode(errors="replace"), unpacked
    )


@contextlib.contextmanager
def _as_bad_archive() -> Iterator[None]:
    try:
        yield
    except _WHAT_TARFILE_RAISES as error:
        raise BadArchive("The archive is damaged or not a tar file.") from error


def _entry(member: tarfile.TarInfo, seen: dict[str, ArchiveEntry]) -> ArchiveEntry:
    """The entry, after all checks that concern it alone and those before it."""
    name = _safe_name(member.name)
    if member.isdir():
        if name in seen and seen[name].kind != "directory":
            raise BadArchive(f"The archive has two entries named {name[:200]!r}.")
        seen[name] = entry = ArchiveEntry(name, "directory", 0)
        return entry
    if name in seen:
        raise BadArchive(f"The archive has two entries named {name[:200]!r}.")
    if member.islnk():
        target = seen.get(_safe_name(member.linkname))
        if target is None or target.kind == "directory":
            raise BadArchive(f"The archive's {name[:200]!r} is a link to something that is not before it.")
        if name in {_METADATA, _SCRIPT}:
            raise BadArchive(f"The archive's {name} is not a file.")
        entry = ArchiveEntry(name, "link", target.size, target.name)
    elif member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not member.issparse():
        limit = {_METADATA: MAX_METADATA, _SCRIPT: MAX_SCRIPT}.get(name)
        if member.size < 0:
            raise BadArchive("The archive is damaged or not a tar file.")
        if limit is not None and member.size > limit:
            raise ArchiveTooLarge(f"The archive's {name} is larger than {limit // 1024 // 1024} MiB.")
        entry = ArchiveEntry(name, "file", member.size)
    else:
        raise BadArchive(f"The archive's {name[:200]!r} is neither a file nor a directory.")
    seen[name] = entry
    return entry


def _safe_name(name: str) -> str:
    """The name, normalised; never absolute, never outside."""
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith("/") or ".." in parts or "\0" in name or len(name) > MAX_NAME:
        raise BadArchive(f"The archive has an entry with the impossible name {name[:200]!r}.")
    return posixpath.normpath(name)


def _metadata_without_token(raw: bytes) -> bytes:
    try:
        metadata = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadArchive("The archive's metadata.json is not a JSON object.") from error
    options = metadata.get("options")
    if options is not None and not isinstance(options, dict):
        raise BadArchive("The archive's metadata.json has no usable options.")
    if not options:
        return raw
    ext = options.get("ext")
    places = [options.get("cloud"), ext.get("loadimpact") if isinstance(ext, dict) else None]
    holders = [place for place in places if isinstance(place, dict) and "token" in place]
    if not holders:
        return raw
    for holder in holders:
        del holder["token"]
    return msgspec.json.encode(metadata)


def _metadata(raw: bytes) -> ArchiveMetadata:
    metadata = msgspec.json.decode(raw, type=dict[str, Any])

    def text(key: str) -> str:
        value = metadata.get(key)
        return value if isinstance(value, str) else ""

    env = metadata.get("env")
    return ArchiveMetadata(
        type=text("type"),
        options=metadata.get("options") or {},
        filename=text("filename"),
        pwd=text("pwd"),
        env={name: str(value) for name, value in env.items()} if isinstance(env, dict) else {},
        compatibility_mode=text("compatibilityMode"),
        k6_version=text("k6version"),
        goos=text("goos"),
    )
