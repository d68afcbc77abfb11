"""Which metrics of a run a program can ask for, and under which ids.

Ids are functions of what they name, so they are the same during and after the run and on every server process.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from baltoro.k6.columns import MetricType, Series
from baltoro.k6.units import contains
from baltoro.metrics import MetricStore, TagFilter
from baltoro.reports.groups import SEPARATOR
from baltoro.reports.http import HTTP_TAGS, parse_status
from baltoro.reports.overview import is_expected
from baltoro.reports.thresholds import selector_of
from baltoro.runs import Run, Threshold

MAX_ENTRIES = 10_000
THRESHOLD_PREFIX = "threshold_"
_URL_FAMILY = "http_"


class UrlEntry(msgspec.Struct, frozen=True):
    """An HTTP row as a metric refers to it."""

    id: str
    method: str
    status: int
    url: str


class MetricEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A metric over all of its series, or over those of one group, HTTP row or check.

    Attributes:
        id: 32 hex digits, or `threshold_ID`.
        where: which series belong to it.
        tags: what clients recognise the entry by: `method`, `status`, `url` of HTTP rows, `check` of checks.
        group: path of the group; none for an entry over all groups.
    """

    id: str
    name: str
    type: MetricType
    where: tuple[TagFilter, ...] = ()
    tags: Mapping[str, str] = {}
    group: str | None = None
    url: UrlEntry | None = None
    check: str | None = None
    check_id: str | None = None
    threshold_id: int | None = None

    @property
    def contains(self) -> str:
        """k6's word for what the values are: `time`, `data` or `default`."""
        return contains(self.name)

    @property
    def group_id(self) -> str | None:
        """Id of the group, where the entry is of one."""
        return None if self.group is None else group_id(self.group)


class Catalogue(msgspec.Struct, frozen=True):
    """All entries of a run: aggregates first, then their parts."""

    entries: Sequence[MetricEntry]

    def find(self, metric_id: str) -> MetricEntry | None:
        """The entry with this id."""
        return next((entry for entry in self.entries if entry.id == metric_id), None)

    def by_id(self) -> dict[str, MetricEntry]:
        """All entries by id."""
        return {entry.id: entry for entry in self.entries}


def _hex(*parts: object) -> str:
    text = "".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def group_id(path: str) -> str:
    """k6's own id of a group: the MD5 of its path; the root's path is empty."""
    return hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()


def check_id(group: str, name: str) -> str:
    """k6's own id of a check: the MD5 of its group's path and its name."""
    return hashlib.md5(f"{group}{SEPARATOR}{name}".encode(), usedforsecurity=False).hexdigest()


def url_id(scenario: str, group: str, name: str, method: str, status: int, *, expected: bool) -> str:
    """Id of a row of the HTTP table."""
    return _hex("url", scenario, group, name, method, status, expected)


def metric_id(run: Run, name: str, where: Sequence[TagFilter] = ()) -> str:
    """Id of a metric of one run, or of the part of it that `where` names."""
    return _hex(run.id, name, *(part for tag in where for part in (tag.tag, *tag.values)))


async def catalogue_of(
    store: MetricStore, run: Run, thresholds: Sequence[Threshold] = (), *, parts: bool = True
) -> Catalogue:
    """What can be asked for.

    Args:
        thresholds: whose selectors get entries too, at the end.
        parts: also the entries of single groups, HTTP rows and checks, which cost a look at every series.
    """
    infos = sorted(await store.metrics_of(run.id), key=lambda info: info.name)
    aggregates = [MetricEntry(id=metric_id(run, info.name), name=info.name, type=info.type) for info in infos]
    types = {info.name: info.type for info in infos}
    pieces: list[MetricEntry] = []
    if parts:
        every = await store.series_of(run.id)
        pieces = await asyncio.to_thread(_parts, run, every)
    return Catalogue([*aggregates, *pieces, *(_of_threshold(item, types) for item in thresholds)])


def _of_threshold(threshold: Threshold, types: Mapping[str, MetricType]) -> MetricEntry:
    selector = selector_of(threshold.metric)
    return MetricEntry(
        id=f"{THRESHOLD_PREFIX}{threshold.id}",
        name=selector.metric,
        # A metric without data has no type yet; most of those that thresholds name are trends.
        type=types.get(selector.metric, MetricType.TREND),
        where=tuple(TagFilter(tag, (value,)) for tag, value in selector.tags.items()),
        tags=dict(selector.tags),
        threshold_id=threshold.id,
    )


def _parts(run: Run, every: Sequence[Series]) -> list[MetricEntry]:
    found: dict[tuple[str, ...], MetricEntry] = {}
    for series in every:
        labels = series.labels
        tags = _defining_tags(series.metric, labels)
        if not tags:
            continue
        key = (series.metric, *(labels.get(tag, "") for tag in tags))
        if key not in found:
            found[key] = _part(run, series, tags)
    return sorted(found.values(), key=lambda entry: (entry.name, entry.group or "", [f.values for f in entry.where]))


def _defining_tags(metric: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    if metric.startswith(_URL_FAMILY) and "name" in labels:
        return HTTP_TAGS
    if metric == "checks" and "check" in labels:
        return ("scenario", "group", "check")
    return ("group",) if "group" in labels else ()


def _part(run: Run, series: Series, tags: tuple[str, ...]) -> MetricEntry:
    labels = series.labels
    where = tuple(TagFilter(tag, (labels.get(tag, ""),)) for tag in tags)
    group = labels.get("group", "")
    shown: dict[str, str] = {}
    url = check = None
    if tags is HTTP_TAGS:
        url = _url(labels)
        shown = {"method": labels.get("method", ""), "status": labels.get("status", ""), "url": url.url}
    elif "check" in tags:
        check = labels["check"]
        shown = {"check": check}
    return MetricEntry(
        id=metric_id(run, series.metric, where),
        name=series.metric,
        type=series.type,
        where=where,
        tags=shown,
        group=group,
        url=url,
        check=check,
        check_id=None if check is None else check_id(group, check),
    )


def _url(labels: Mapping[str, str]) -> UrlEntry:
    # The same reading of tags as in the HTTP table, so that the ids agree.
    name, method, status = labels.get("name", ""), labels.get("method", ""), parse_status(labels.get("status", ""))
    expected = is_expected(labels.get("expected_response", ""), labels.get("status", ""))
    identity = url_id(labels.get("scenario", ""), labels.get("group", ""), name, method, status, expected=expected)
    return UrlEntry(id=identity, method=method, status=status, url=name)
