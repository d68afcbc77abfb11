"""Metrics, their series, their tags."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from baltoro.access import Principal
from baltoro.api.loadtests_v2.gate import asked_run, bucket_moment, parameter_moment, run_in_path
from baltoro.api.loadtests_v2.schemas import Meta, MetricObject
from baltoro.api.paging import Parameters, list_parameters
from baltoro.api.times import timestamp
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Invalid, NotFound
from baltoro.metrics import MetricStore, TagFilter
from baltoro.reports import SeriesAnswer, SeriesRequest, catalogue_of, group_id, series_of
from baltoro.storage.database import Database

_MOST_VALUES = 1000
_MOST_METRICS = 10_000


class MetricsAnswer(msgspec.Struct, frozen=True, rename={"metrics": "k6-metrics"}):
    """A list."""

    metrics: list[MetricObject]
    meta: Meta


class SeriesObject(msgspec.Struct, frozen=True):
    """One metric by one method."""

    id: str
    metric_id: str
    test_run_id: int
    method: str
    agg: dict[str, Any]
    values: list[dict[str, Any]]


class SeriesListAnswer(msgspec.Struct, frozen=True, rename={"series": "k6-serie"}):
    """The key is singular, and always was."""

    series: list[SeriesObject]


@get("/v2/metrics")
async def list_metrics(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> MetricsAnswer:
    """What was measured in a run: each metric as a whole first, then its parts."""
    parameters = await list_parameters(request)
    run, _ = await asked_run(database, asker, parameters)
    entries = (await catalogue_of(metric_store, run)).entries
    name, type_, group = parameters.text("name"), parameters.text("type"), parameters.text("group_id")
    found = [
        entry
        for entry in entries
        if (not name or entry.name == name)
        and (not type_ or entry.type.name.lower() == type_)
        and (not group or entry.group_id == group)
    ]
    shown = found[:_MOST_METRICS]
    if parameters.text("page") or parameters.text("page_size"):
        page = parameters.page()
        shown = found[page.offset : page.offset + page.size]
    return MetricsAnswer([MetricObject.of(entry, run) for entry in shown], Meta(len(found)))


@get("/v2/metrics/{metric_id:str}")
async def see_metric(
    metric_id: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> dict[str, Any]:
    """One metric, with what it is about when asked to include it."""
    parameters = await list_parameters(request)
    run, thresholds = await asked_run(database, asker, parameters)
    entry = (await catalogue_of(metric_store, run, thresholds)).find(metric_id)
    if entry is None:
        raise NotFound
    included = set(parameters.every("include"))
    answer: dict[str, Any] = {"k6-metric": MetricObject.of(entry, run)}
    if "url" in included:
        answer["k6-url"] = entry.url
    if "group" in included:
        answer["k6-group"] = None if entry.group is None else {"id": group_id(entry.group), "name": entry.group}
    if "check" in included:
        answer["k6-check"] = None if entry.check is None else {"id": entry.check_id, "name": entry.check}
    return answer


@get("/v2/series")
async def list_series(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
    clock: NamedDependency[Clock],
) -> SeriesListAnswer:
    """Time series of metrics, one per metric and method, in the order asked."""
    parameters = await list_parameters(request)
    ids = [piece for value in parameters.every("ids") for piece in value.split(",") if piece]
    if not ids:
        sentence = "ids[] is required."
        raise Invalid(sentence, field_errors={"ids": [sentence]})
    run, thresholds = await asked_run(database, asker, parameters)
    known = (await catalogue_of(metric_store, run, thresholds, parts=False)).by_id()
    if not known.keys() >= set(ids):
        known = (await catalogue_of(metric_store, run, thresholds)).by_id()
    asked = SeriesRequest(
        methods=tuple(parameters.every("methods") or parameters.every("method")),
        where=_tags(parameters),
        start=_seconds(parameters, "start"),
        end=_seconds(parameters, "end"),
        interval=parameters.id("interval") or None,
        live=parameters.text("live") in {"1", "true"},
    )
    answers = await series_of(metric_store, run, [(id_, known.get(id_)) for id_ in ids], asked, at=clock())
    return SeriesListAnswer([_series(answer, run.id, asked) for answer in answers])


@get("/v2/runs/{run_id:str}/tags")
async def list_tags(
    run_id: FromPath[str],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> list[str]:
    """Names of all tags in the run's data."""
    run = await run_in_path(database, asker, run_id)
    return sorted({tag for series in await metric_store.series_of(run.id) for tag in series.labels})


@get("/v2/runs/{run_id:str}/tag-values/{tag:str}")
async def list_tag_values(
    run_id: FromPath[str],
    tag: FromPath[str],
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    metric_store: NamedDependency[MetricStore],
) -> list[str]:
    """Values of a tag, of one metric when it is named."""
    metric = (await list_parameters(request)).text("metric") or None
    run = await run_in_path(database, asker, run_id)
    every = await metric_store.series_of(run.id, metric)
    return sorted({series.labels[tag] for series in every if tag in series.labels})[:_MOST_VALUES]


def _tags(parameters: Parameters) -> tuple[TagFilter, ...]:
    values: dict[str, list[str]] = {}
    for pair in parameters.every("tags"):
        # At the first colon: values such as amazon:us:ashburn hold more of them.
        tag, colon, value = pair.partition(":")
        if not colon:
            sentence = f"{pair[:80]!r} is not of the form tag:value."
            raise Invalid(sentence, field_errors={"tags": [sentence]})
        values.setdefault(tag, []).append(value)
    return tuple(TagFilter(tag, tuple(wanted)) for tag, wanted in values.items())


def _seconds(parameters: Parameters, name: str) -> int | None:
    moment = parameter_moment(parameters, name)
    return None if moment is None else int(moment.timestamp())


def _series(answer: SeriesAnswer, run_id: int, asked: SeriesRequest) -> SeriesObject:
    aggregation: dict[str, Any] = {}
    if asked.methods or asked.where or asked.interval:
        tags = {one.tag: list(one.values) for one in asked.where}
        aggregation = {"method": answer.method, "interval": answer.interval, "tags": tags}
    return SeriesObject(
        id=group_id(f"{answer.metric_id}:{answer.method}:{answer.interval}"),
        metric_id=answer.metric_id,
        test_run_id=run_id,
        method=answer.method,
        agg=aggregation,
        values=[{"timestamp": timestamp(bucket_moment(time)), "value": value} for time, value in answer.values],
    )
