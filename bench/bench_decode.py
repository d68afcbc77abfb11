"""Decoding of pushes on one core: decompress, parse, intern series, expand and check every histogram.

The unit for comparing machines is "plain": decompressing the large push and parsing it with protobuf's own parser,
without looking at anything in it.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cramjam

from baltoro.k6.decoder import PushDecoder
from baltoro.k6.metrics_pb2 import Push, TimeSeries
from bench.measure import report
from tests import pushes

RECORDINGS = Path(__file__).resolve().parent.parent / "tests" / "recordings"
RUN = 4711
BUDGET_MS = 4.0
"""Of the 5 ms for decoding and the live window together, as median."""


def median_ms(act: Callable[[], object], *, rounds: int) -> float:
    """The median CPU time of some rounds, milliseconds. A first one, which fills caches, is left out."""
    act()
    taken = []
    for _ in range(rounds):
        start = time.process_time_ns()
        act()
        taken.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(taken)


def plain(body: bytes) -> None:
    push = Push.FromString(bytes(cramjam.snappy.decompress_raw(body)))
    for metric in push.metrics:
        for series in metric.time_series:
            TimeSeries.FromString(series)


def decoding(body: bytes, protocol: int, encoding: str) -> Callable[[], object]:
    """Decodes a push of a run whose series are known already."""
    decoder = PushDecoder(run_id=RUN, bucket_width=1)
    return lambda: decoder.decode(protocol, encoding, body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the figures in bench/results")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    message = pushes.big_message(RUN)
    big = pushes.snappy(message)
    unit = median_ms(lambda: plain(big), rounds=options.rounds)
    known = median_ms(decoding(big, 2, "snappy"), rounds=options.rounds)
    first = median_ms(
        lambda: PushDecoder(run_id=RUN, bucket_width=1).decode(2, "snappy", big), rounds=options.rounds // 10
    )
    figures: dict[str, object] = {
        "raw_bytes": len(message),
        "body_bytes": len(big),
        "plain_ms": unit,
        "decode_ms": known,
        "decode_to_plain": known / unit,
        "first_push_ms": first,
        "budget_ms": BUDGET_MS,
    }
    for recording in json.loads((RECORDINGS / "index.json").read_text())["recordings"]:
        if "/metrics/" in recording["path"]:
            body = (RECORDINGS / recording["file"]).read_bytes()
            encoding = recording["headers"].get("Content-Encoding", "")
            taken = median_ms(decoding(body, int(recording["path"][2]), encoding), rounds=options.rounds)
            figures[recording["file"].partition(".")[0] + " pushes/s"] = round(1000 / taken)
    report("decode", figures, save=options.save)


if __name__ == "__main__":
    main()
