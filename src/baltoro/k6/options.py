"""What the options of a script say to a server: thresholds, where and how long it runs, and what is secret in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from baltoro.k6.durations import parse_duration
from baltoro.k6.errors import BadOptions

MAX_THRESHOLDS = 1000
"""Of one run."""
_MAX_TEXT = 1000
_WHOLE = 100
"""Percent."""
_GRACEFUL_STOP = 30.0
_MAX_DURATION = 600.0
"""Seconds: `gracefulStop` and `maxDuration` of scenarios that do not say otherwise."""
_SECRET_WORDS = ("token", "password", "secret", "credential", "apikey", "appkey", "authorization")


class ThresholdOption(msgspec.Struct, frozen=True):
    """One threshold as the script gives it.

    Attributes:
        metric: the metric or sub-metric, such as `http_req_duration{scenario:a}`.
        expression: such as `p(95)<500`.
        abort_on_fail: whether k6 is to stop as soon as it fails.
        delay_abort_eval: how long k6 waits with that, as written (`10s`); empty for not at all.
    """

    metric: str
    expression: str
    abort_on_fail: bool = False
    delay_abort_eval: str = ""


class Plan(msgspec.Struct, frozen=True):
    """How long a script runs at most, and with how many users; None for what its options leave open.

    Attributes:
        duration_s: seconds, with the time that iterations get to finish.
        vus: virtual users, all scenarios together.
    """

    duration_s: float | None
    vus: int | None


class LoadZoneShare(msgspec.Struct, frozen=True):
    """A part of the load: which zone makes it, and how much of it in percent."""

    label: str
    load_zone: str
    percent: float


class CloudOptions(msgspec.Struct, frozen=True):
    """What a script says in `options.cloud` (or, in older ones, in `options.ext.loadimpact`).

    Attributes:
        project_id: None when absent or 0, which both mean the default project.
        others: every further key, as it is.
    """

    name: str | None
    project_id: int | None
    note: str
    distribution: Sequence[LoadZoneShare]
    static_ips: bool
    delete_sensitive_data: bool
    drop_metrics: Sequence[str]
    drop_tags: Sequence[str]
    keep_tags: Sequence[str]
    others: Mapping[str, Any]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def thresholds_of(options: Mapping[str, Any]) -> list[ThresholdOption]:
    """The thresholds in `options.thresholds`, in the order of the script.

    Raises:
        BadOptions: not an object of lists of expressions; more than 1,000 of them.
    """
    found = options.get("thresholds")
    if found is None:
        return []
    if not isinstance(found, Mapping):
        raise _bad("thresholds", "must be an object: metric -> list of expressions.")
    thresholds: list[ThresholdOption] = []
    for metric, entries in found.items():
        if not isinstance(metric, str) or not 0 < len(metric) <= _MAX_TEXT:
            raise _bad("thresholds", "has a metric name that is empty or too long.")
        if isinstance(entries, str | Mapping):
            entries = [entries]  # noqa: PLW2901 - k6 takes a single one for a list of one
        if not isinstance(entries, Sequence):
            raise _bad("thresholds", f"must have a list of expressions for {metric[:100]!r}.")
        thresholds += [_threshold(metric, entry) for entry in entries]
        if len(thresholds) > MAX_THRESHOLDS:
            raise _bad("thresholds", f"has more than {MAX_THRESHOLDS} expressions.")
    return thresholds


def _threshold(metric: str, entry: object) -> ThresholdOption:
    if isinstance(entry, str):
        entry = {"threshold": entry}
    expression = _object(entry).get("threshold")
    if not isinstance(expression, str) or not 0 < len(expression) <= _MAX_TEXT:
        raise _bad("thresholds", f"has something else than an expression for {metric[:100]!r}.")
    delay = _object(entry).get("delayAbortEval")
    if isinstance(delay, int | float) and parse_duration(delay) is not None:
        delay = f"{delay:g}ms"
    if delay is not None and (not isinstance(delay, str) or len(delay) > 32):  # noqa: PLR2004 - no duration is longer
        raise _bad("thresholds", f"has a delayAbortEval that is no duration, for {metric[:100]!r}.")
    return ThresholdOption(metric, expression, _object(entry).get("abortOnFail") is True, delay or "")


def _bad(field: str, sentence: str) -> BadOptions:
    return BadOptions(f"options.{field} {sentence}", field_errors={field: [sentence]})


def cloud_options(options: Mapping[str, Any]) -> CloudOptions:
    """What the script says to the cloud. If it has both `cloud` and `ext.loadimpact`, only `cloud` counts.

    Keys of the wrong type are treated as absent, save the project: a run in the wrong project is worse than none.

    Raises:
        BadOptions: `projectID` is neither a number nor a numeric string.
    """
    found = _object(options.get("cloud")) or _object(_object(options.get("ext")).get("loadimpact"))
    known = {
        "name", "projectID", "note", "distribution", "staticIPs", "deleteSensitiveData", "drop_metrics", "drop_tags",
        "keep_tags", "token",
    }  # fmt: skip
    name, note = found.get("name"), found.get("note")
    return CloudOptions(
        name=name.strip() or None if isinstance(name, str) else None,
        project_id=_project_id(found.get("projectID")),
        note=note if isinstance(note, str) else "",
        distribution=_distribution(found.get("distribution")),
        static_ips=found.get("staticIPs") is True,
        delete_sensitive_data=found.get("deleteSensitiveData") is True,
        drop_metrics=_texts(found.get("drop_metrics")),
        drop_tags=_texts(found.get("drop_tags")),
        keep_tags=_texts(found.get("keep_tags")),
        others={key: value for key, value in found.items() if key not in known},
    )


def _project_id(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value[:20])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, int | str) and not value and value is not False):
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
        raise _bad("cloud.projectID", "must be the number of a project.")
    return value


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, Sequence) else []


def _distribution(value: object) -> list[LoadZoneShare]:
    shares: list[LoadZoneShare] = []
    for label, share in _object(value).items():
        zone, percent = _object(share).get("loadZone"), _object(share).get("percent")
        if isinstance(zone, str) and isinstance(percent, int | float) and 0 <= percent <= _WHOLE:
            shares.append(LoadZoneShare(label, zone, float(percent)))
    return shares


def without_credentials(options: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the options that may be stored and shown.

    Left out: the client's API token, credentials of monitoring services (`apm`), private keys of TLS clients.
    """
    kept = dict(options)
    if isinstance(kept.get("cloud"), Mapping):
        kept["cloud"] = _cloud_without_credentials(kept["cloud"])
    ext = kept.get("ext")
    if isinstance(ext, Mapping) and isinstance(ext.get("loadimpact"), Mapping):
        kept["ext"] = {**ext, "loadimpact": _cloud_without_credentials(ext["loadimpact"])}
    if isinstance(kept.get("tlsAuth"), Sequence):
        kept["tlsAuth"] = [
            {key: value for key, value in one.items() if key not in {"key", "password"}}
            for one in kept["tlsAuth"]
            if isinstance(one, Mapping)
        ]
    return kept


def _cloud_without_credentials(cloud: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in cloud.items() if key != "token"}
    if "apm" in kept:
        kept["apm"] = _without_secrets(kept["apm"])
    return kept


def _without_secrets(value: Any, depth: int = 20) -> Any:
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        return {
            key: _without_secrets(inner, depth - 1)
            for key, inner in value.items()
            if not any(word in str(key).lower() for word in _SECRET_WORDS) and str(key).lower() != "username"
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(inner, depth - 1) for inner in value]
    return value


def plan_of(options: Mapping[str, Any]) -> Plan:
    """The longest and largest that a script can run, as far as its options say.

    k6 counts it alike when it announces a run: with `maxDuration` and `gracefulStop` of each scenario.
    """
    scenarios = _object(options.get("scenarios"))
    plans = [_plan_of_scenario(_object(scenario)) for scenario in scenarios.values()] or [_plan_of_shortcut(options)]
    durations = [plan.duration_s for plan in plans]
    users = [plan.vus for plan in plans]
    return Plan(
        duration_s=None if None in durations else max(duration or 0.0 for duration in durations),
        vus=None if None in users else sum(vus or 0 for vus in users),
    )


def _plan_of_shortcut(options: Mapping[str, Any]) -> Plan:
    """Of a script that has `vus`, `duration`, `iterations` or `stages` at the top instead of scenarios."""
    if options.get("stages"):
        return _plan_of_scenario({"executor": "ramping-vus", "startVUs": options.get("vus"), **options})
    if options.get("iterations") is None and options.get("duration"):
        return _plan_of_scenario({**options, "executor": "constant-vus"})
    limit = {"maxDuration": options["duration"]} if options.get("duration") else {}
    return _plan_of_scenario({**options, **limit, "executor": "shared-iterations"})


def _plan_of_scenario(scenario: Mapping[str, Any]) -> Plan:
    executor = str(scenario.get("executor"))
    listed = scenario.get("stages")
    stages = [stage for stage in listed if isinstance(stage, Mapping)] if isinstance(listed, list) else []
    vus: object
    length: float | None
    if executor in {"shared-iterations", "per-vu-iterations"}:
        length, vus = _seconds(scenario.get("maxDuration"), _MAX_DURATION), scenario.get("vus") or 1
    elif executor == "constant-vus":
        length, vus = parse_duration(scenario.get("duration")), scenario.get("vus") or 1
    elif executor == "ramping-vus":
        length = sum(_seconds(stage.get("duration"), 0.0) for stage in stages)
        targets = [scenario.get("startVUs") or 1, *(stage.get("target") or 0 for stage in stages)]
        vus = max((one for one in targets if isinstance(one, int)), default=None)
    elif executor in {"constant-arrival-rate", "ramping-arrival-rate"}:
        length = (
            parse_duration(scenario.get("duration"))
            if executor == "constant-arrival-rate"
            else sum(_seconds(stage.get("duration"), 0.0) for stage in stages)
        )
        vus = scenario.get("maxVUs") or scenario.get("preAllocatedVUs")
    else:
        length, vus = parse_duration(scenario.get("duration")), scenario.get("maxVUs") or scenario.get("vus")
    users = vus if isinstance(vus, int) and not isinstance(vus, bool) else None
    if length is None:
        return Plan(None, users)
    start, stop = _seconds(scenario.get("startTime"), 0.0), _seconds(scenario.get("gracefulStop"), _GRACEFUL_STOP)
    return Plan(start + length + stop, users)


def _seconds(value: object, default: float) -> float:
    seconds = parse_duration(value)
    return default if seconds is None else seconds
