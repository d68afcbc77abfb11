"""Every recorded body of a real k6 is understood, down to the last number."""

import hashlib
import io
import json
import math
import tarfile
from collections import defaultdict
from typing import Any

import pytest

from baltoro.k6.archive import read_archive, without_token
from baltoro.k6.columns import Decoded, MetricType, Series
from baltoro.k6.decoder import PushDecoder
from baltoro.k6.options import cloud_options, plan_of, thresholds_of, without_credentials

from .recordings import INDEX, archive_in, body, recordings


def names(found: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("recording", found, ids=[recording["file"] for recording in found])


def decode(recording: dict[str, Any], *, bucket_width: int = 1) -> Decoded:
    protocol = int(recording["path"].split("/")[1].removeprefix("v"))
    decoder = PushDecoder(run_id=4711, bucket_width=bucket_width)
    return decoder.decode(protocol, recording["headers"].get("Content-Encoding", ""), body(recording))


@names(INDEX)
def test_a_recording_is_complete(recording: dict[str, Any]) -> None:
    assert hashlib.sha256(body(recording)).hexdigest() == recording["sha256"]


def rows_of(decoded: Decoded) -> list[tuple[Series, dict[str, Any]]]:
    """Each row with its series and its histogram."""
    series = {one.key: one for one in decoded.series}
    columns = decoded.columns
    rows = []
    at = 0
    for row in range(len(columns)):
        buckets = range(at, at + int(columns.hist_length[row]))
        at = buckets.stop
        figures: dict[str, Any] = {
            name: getattr(columns, name)[row].item()
            for name in ("time", "count", "sum", "min", "max", "last", "low", "high")
        }
        figures["buckets"] = [[columns.hist_index[k].item(), columns.hist_count[k].item()] for k in buckets]
        rows.append((series[columns.series[row].item()], figures))
    assert at == len(columns.hist_index) == len(columns.hist_count)
    return rows


def expected_figures(sample: dict[str, Any]) -> dict[str, Any]:
    """What our columns hold for a sample of the index."""
    figures = {"time": sample["time"], "count": 0, "sum": 0.0, "min": 0.0, "max": 0.0, "last": 0.0, "low": 0, "high": 0}
    figures["buckets"] = []
    match sample["type"]:
        case "counter":
            figures["sum"] = sample["value"]
        case "rate":
            figures |= {"count": sample["total_count"], "sum": float(sample["nonzero_count"])}
        case "gauge":
            wire = sorted([sample["wire_min"], sample["wire_max"]])
            only_negative = sample["last"] < 0 and sample["avg"] < 0
            figures |= {
                "count": sample["count"],
                "sum": sample["avg"] * sample["count"],
                "last": sample["last"],
                "min": wire[0],
                "max": sample["last"] if only_negative else wire[1],
            }
        case "trend":
            assert sample["min_resolution"] == 0.001
            figures |= {
                "count": sample["count"], "sum": sample["sum"], "min": sample["min"], "max": sample["max"],
                "low": sample["extra_low"], "high": sample["extra_high"], "buckets": sample["buckets"],
            }  # fmt: skip
    return figures


@names(recordings("v2-"))
def test_a_protobuf_push_decodes_to_what_was_sent(recording: dict[str, Any]) -> None:
    decoded = decode(recording)
    expected = recording["decoded"]
    assert decoded.period == expected["aggregation_period"]
    found = {
        (series.metric, series.type.name.lower(), tuple(sorted(series.labels.items())), figures["time"]): figures
        for series, figures in rows_of(decoded)
    }
    wanted = {
        (one["metric"], one["type"], tuple(sorted(one["labels"].items())), one["time"]): expected_figures(one)
        for one in expected["samples"]
    }
    assert found == wanted


@names(recordings("v1-"))
def test_a_json_push_decodes_to_what_was_sent(recording: dict[str, Any]) -> None:
    found: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for series, figures in rows_of(decode(recording)):
        total = found[series.metric]
        total[0] += figures["count"]
        total[1] += figures["sum"]
        if series.type is MetricType.TREND:
            in_buckets = sum(count for _, count in figures["buckets"])
            assert figures["low"] + in_buckets + figures["high"] == figures["count"]
            assert figures["min"] <= figures["sum"] / figures["count"] * (1 + 1e-12)
    wanted = recording["decoded"]["totals"]
    assert found.keys() == wanted.keys()
    counters = {"data_sent", "data_received", "http_reqs", "iterations", "orders"}
    for name, total in wanted.items():
        assert found[name][0] == (0 if name in counters else total["n"]), name
        assert math.isclose(found[name][1], total["sum"], rel_tol=1e-9, abs_tol=1e-9), name


def test_both_protocols_give_the_same_keys_to_the_same_series() -> None:
    """What an old and a new k6 call the same must end in the same series."""
    one = {one.metric: one.key for one in decode(recordings("v2-3s")[0]).series if not one.labels}
    other = {one.metric: one.key for one in decode(recordings("v1-aggregated")[0]).series if not one.labels}
    assert one == other
    assert set(one) == {"vus", "vus_max"}


@names(recordings("archive-upload") + recordings("post-tests"))
def test_an_archive_is_read_without_its_token(recording: dict[str, Any]) -> None:
    tar = archive_in(recording)
    expected = recording["decoded"]
    assert hashlib.sha256(tar).hexdigest() == expected["parts"]["file"]["sha256"]
    archive = read_archive(io.BytesIO(tar))
    kinds = {"0": "file", "5": "directory", "1": "link"}
    assert [(entry.name, entry.kind) for entry in archive.entries] == [
        (entry["name"], kinds[entry["type"]]) for entry in expected["tar_entries"]
    ]
    metadata = expected["metadata"]
    assert archive.metadata.k6_version == recording["k6"]
    assert (archive.metadata.filename, archive.metadata.env) == (metadata["filename"], metadata["env"])
    cloud = cloud_options(archive.metadata.options)
    assert (cloud.name, cloud.project_id, cloud.note) == ("Shop <smoke>", 77, "nightly")
    assert [(zone.load_zone, zone.percent) for zone in cloud.distribution] == [("local", 100.0)]
    assert [(one.metric, one.expression, one.abort_on_fail) for one in thresholds_of(archive.metadata.options)] == [
        ("checks", "rate>0.9", False), ("checks", "rate>0.1", True), ("http_req_duration", "p(95)<500", False),
    ]  # fmt: skip
    assert b"tok123456789" not in without_token(tar)
    assert "http" in archive.script


@names(recordings("archive-upload") + recordings("post-tests"))
def test_an_archive_without_its_token_is_otherwise_the_same(recording: dict[str, Any]) -> None:
    before = tarfile.TarFile(fileobj=io.BytesIO(archive_in(recording)))
    after = tarfile.TarFile(fileobj=io.BytesIO(without_token(archive_in(recording))))
    for one, other in zip(before.getmembers(), after.getmembers(), strict=True):
        assert (one.name, one.type, one.linkname, one.mode, one.mtime) == (
            other.name, other.type, other.linkname, other.mode, other.mtime,
        )  # fmt: skip
        if one.isreg():
            contents = [tar.extractfile(name) for tar, name in ((before, one), (after, other))]
            assert contents[0] is not None
            assert contents[1] is not None
            old, new = contents[0].read(), contents[1].read()
            if one.name == "metadata.json":
                metadata = json.loads(old)
                metadata["options"].get("cloud", {}).pop("token", None)
                (metadata["options"].get("ext") or {}).get("loadimpact", {}).pop("token", None)
                assert json.loads(new) == metadata
            else:
                assert old == new


def test_the_plan_of_an_archive_is_what_k6_says_beside_it() -> None:
    recording = recordings("post-tests")[0]
    plan = plan_of(read_archive(io.BytesIO(archive_in(recording))).metadata.options)
    parts = recording["decoded"]["parts"]
    assert (plan.duration_s, plan.vus) == (float(parts["duration"]), int(parts["vus"]))


def test_validated_options_lose_their_token_only() -> None:
    recording = recordings("validate-options")[0]
    options = json.loads(body(recording))["options"]
    kept = without_credentials(options)
    assert "tok123456789" not in json.dumps(kept)
    del options["cloud"]["token"]
    del options["ext"]["loadimpact"]["token"]
    assert kept == options
