"""P3: many replayed streams at once, with live windows and sealing on.

Each stream pushes 500 series once a second, as a busy k6 does. The generator runs on the same machine, in a process
of its own. Reported: lost batches, push latency, memory and CPU of the server.
"""

import argparse
import asyncio
import multiprocessing
import secrets
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from baltoro.foundation.settings import Settings
from bench.measure import cpu_seconds, memory_mb, report
from tests.fault.pusher import create_run
from tests.pushes import big_push
from tests.server_process import ServerProcess, seed

SERIES, TRENDS, BUCKETS = 500, 300, 40
VARIANTS = 4


async def stream(url: str, token: str, run_id: int, seconds: int, delay: float, told: list[tuple[int, float]]) -> None:
    """One client: a push a second, on one connection, never two at once."""
    now = int(time.time())
    bodies = [
        (
            now + second,
            big_push(run_id, series=SERIES, trends=TRENDS, buckets=BUCKETS, time=now + second, seed=second % VARIANTS),
        )
        for second in range(min(seconds, VARIANTS))
    ]
    await asyncio.sleep(delay)
    async with httpx.AsyncClient(timeout=60) as http:
        for second in range(seconds):
            begun = time.monotonic()
            answer = await http.post(
                f"{url}/v2/metrics/{run_id}",
                content=bodies[second % len(bodies)][1],
                headers={
                    "Authorization": f"Token {token}",
                    "Content-Type": "application/x-protobuf",
                    "Content-Encoding": "snappy",
                    "K6-Idempotency-Key": secrets.token_hex(8),
                },
            )
            took = time.monotonic() - begun
            told.append((answer.status_code, took * 1000))
            await asyncio.sleep(max(0.0, 1 - took))


def generate(url: str, token: str, run_ids: list[int], seconds: int, results: Any) -> None:
    """All streams, in one process."""
    told: list[tuple[int, float]] = []

    async def all_of_them() -> None:
        await asyncio.gather(
            *(stream(url, token, run_id, seconds, number / len(run_ids), told) for number, run_id in enumerate(run_ids))
        )

    asyncio.run(all_of_them())
    results.put(told)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=120)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=str(Path(folder) / "data"))
        ada = seed(settings)
        server = ServerProcess(
            settings, {"BALTORO_INGEST__WORKERS": str(options.workers), "BALTORO_INGEST__SEAL_AFTER_S": "20"}
        )
        server.start()
        idle = memory_mb(server.pid)
        run_ids = [create_run(server.url, ada, name=f"stream-{n}") for n in range(options.streams)]
        context = multiprocessing.get_context("spawn")
        results = context.Queue()
        generator = context.Process(target=generate, args=(server.url, ada.token, run_ids, options.seconds, results))
        before = cpu_seconds(server.pid)
        generator.start()
        told = results.get(timeout=options.seconds * 4 + 120)
        generator.join()
        used = cpu_seconds(server.pid) - before
        metrics = httpx.get(f"{server.url}/metrics").text
        memory = memory_mb(server.pid)
        latencies = sorted(ms for _, ms in told)
        report(
            "streams",
            {
                "streams": options.streams,
                "seconds": options.seconds,
                "series_per_push": SERIES,
                "pushes": len(told),
                "lost": sum(1 for status, _ in told if status >= 300),
                "push_ms_median": statistics.median(latencies),
                "push_ms_p99": latencies[int(len(latencies) * 0.99)],
                "server_cpu_s": used,
                "server_cores": used / options.seconds,
                "memory_idle_mb": idle,
                "memory_mb": memory,
                "gauges": [line for line in metrics.splitlines() if line.startswith("baltoro_ingest")],
            },
            save=options.save,
        )
        server.kill()


if __name__ == "__main__":
    main()
