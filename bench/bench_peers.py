"""P11: the same k6 test into InfluxDB, VictoriaMetrics and baltoro, in one run.

Reported for each receiver: CPU seconds, memory, bytes on disk, bytes that k6 sent. InfluxDB and VictoriaMetrics
come from Debian's packages (`apt-get install influxdb victoria-metrics`); one that is missing is left out and named.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from baltoro.foundation.settings import Settings
from bench.measure import cpu_seconds, memory_mb, report
from tests.server_process import ServerProcess, seed
from tests.target import running_target

SCRIPT = """
import http from 'k6/http';
import {{ check, group }} from 'k6';
export const options = {{
  scenarios: {{
    one: {{ executor: 'constant-arrival-rate', rate: 300, timeUnit: '1s', duration: '{seconds}s',
           preAllocatedVUs: 40 }},
  }},
}};
const names = ['list', 'item', 'cart', 'pay', 'search', 'login'];
export default function () {{
  const name = names[__ITER % names.length];
  group(name, () => {{
    check(http.get(`${{__ENV.TARGET}}/${{name}}`, {{ tags: {{ name }} }}), {{ ok: (a) => a.status === 200 }});
  }});
}}
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def disk_bytes(folder: Path) -> int:
    """What the files of a folder occupy."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


class Counter:
    """A TCP relay on loopback that counts what the client sends."""

    def __init__(self, port: int) -> None:
        self.sent = 0
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, counted: bool) -> None:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65536):
                    self.sent += len(data) if counted else 0
                    sink.write(data)
                    await sink.drain()
            sink.close()

        await asyncio.gather(pump(reader, far_writer, counted=True), pump(far_reader, writer, counted=False))


@dataclass
class Receiver:
    """Something that k6 streams to."""

    name: str
    pid: int
    port: int
    folder: Path
    output: str
    environment: dict[str, str]


def wait_for(url: str) -> None:
    """Until the address answers."""
    pause = threading.Event()
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url).status_code < 500:
                return
        pause.wait(0.1)
    raise SystemExit(f"error: {url} does not answer")


@contextlib.contextmanager
def started(command: list[str], **options: Any) -> Iterator[int]:
    """A process for the length of the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def influxdb(folder: Path) -> Iterator[Receiver]:
    """InfluxDB 1 with its defaults, on loopback."""
    port, admin = free_port(), free_port()
    config = folder / "influx.conf"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{admin}"\n[meta]\ndir = "{folder}/data/meta"\n[data]\n'
        f'dir = "{folder}/data/data"\nwal-dir = "{folder}/data/wal"\n[http]\nbind-address = "127.0.0.1:{port}"\n'
        "log-enabled = false\n"
    )
    with started(["influxd", "-config", str(config)]) as pid:
        wait_for(f"http://127.0.0.1:{port}/ping")
        httpx.post(f"http://127.0.0.1:{port}/query", params={"q": "CREATE DATABASE k6"})
        yield Receiver("influxdb", pid, port, folder / "data", "influxdb=http://127.0.0.1:{port}/k6", {})


@contextlib.contextmanager
def victoriametrics(folder: Path) -> Iterator[Receiver]:
    """VictoriaMetrics with its defaults; k6 sends by Prometheus remote write."""
    port = free_port()
    command = ["victoria-metrics", f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}"]
    with started(command) as pid:
        wait_for(f"http://127.0.0.1:{port}/health")
        environment = {
            "K6_PROMETHEUS_RW_SERVER_URL": "http://127.0.0.1:{port}/api/v1/write",
            "K6_PROMETHEUS_RW_TREND_STATS": "avg,min,med,max,p(90),p(95),p(99)",
        }
        yield Receiver("victoriametrics", pid, port, folder / "data", "experimental-prometheus-rw", environment)


@contextlib.contextmanager
def baltoro(folder: Path) -> Iterator[Receiver]:
    """This server, on embedded storage."""
    settings = Settings(data_dir=str(folder / "data"))
    ada = seed(settings)
    server = ServerProcess(settings, {"BALTORO_INGEST__WORKERS": "0"})
    server.start()
    try:
        environment = {"K6_CLOUD_HOST": "http://127.0.0.1:{port}", "K6_CLOUD_TOKEN": ada.token}
        yield Receiver("baltoro", server.pid, int(server.url.rsplit(":", 1)[1]), folder / "data", "cloud", environment)
    finally:
        server.stop()


def measured(receiver: Receiver, target: str, script: Path, home: Path) -> dict[str, Any]:
    """Run k6 into the receiver, wait until it is quiet, and take its figures."""
    disk_before, cpu_before = disk_bytes(receiver.folder), cpu_seconds(receiver.pid)
    with Counter(receiver.port) as counter:
        environment = {name: value.replace("{port}", str(counter.port)) for name, value in receiver.environment.items()}
        ended = subprocess.run(
            [str(Path(sys.executable).parent / "k6"), "run", "--quiet", "--address", "", "-o",
             receiver.output.replace("{port}", str(counter.port)), str(script)],
            env={
                "PATH": os.environ["PATH"], "HOME": str(home), "K6_NO_USAGE_REPORT": "true", "TARGET": target,
                **environment,
            },
            check=False, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if ended.returncode:
            raise SystemExit(f"error: k6 into {receiver.name}: {ended.stderr}")
        sent = counter.sent
    # Ten seconds for what the receiver does afterwards: flushing, sealing, compaction.
    time.sleep(10)
    return {
        "cpu_s": cpu_seconds(receiver.pid) - cpu_before,
        "memory_mb": memory_mb(receiver.pid),
        "disk_kb": (disk_bytes(receiver.folder) - disk_before) / 1024,
        "sent_kb": sent / 1024,
    }


def main() -> None:
    """Measure all three and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=24)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    figures: dict[str, Any] = {"seconds": options.seconds}
    kinds = {
        "influxdb": (influxdb, "influxd"),
        "victoriametrics": (victoriametrics, "victoria-metrics"),
        "baltoro": (baltoro, "python3"),
    }
    with running_target() as target, tempfile.TemporaryDirectory() as top:
        script = Path(top) / "peers.js"
        script.write_text(SCRIPT.format(seconds=options.seconds))
        for name, (start, program) in kinds.items():
            if not shutil.which(program):
                figures[name] = f"left out: {program} is not installed"
                continue
            folder = Path(top) / name
            folder.mkdir()
            with start(folder) as receiver:
                figures[name] = measured(receiver, target.url, script, folder)
    ours = figures["baltoro"]
    for name in ("influxdb", "victoriametrics"):
        if isinstance(figures[name], dict):
            figures[f"baltoro / {name}"] = {
                key: round(ours[key] / value, 3) for key, value in figures[name].items() if value
            }
    report("peers", figures, save=options.save)


if __name__ == "__main__":
    main()
