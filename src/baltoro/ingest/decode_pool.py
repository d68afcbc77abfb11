"""Where pushes are decoded: a thread of the server, or worker processes."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from baltoro.foundation.logs import get_logger
from baltoro.foundation.settings import IngestSettings
from baltoro.ingest.decoding import DecodeLimits, Decoders, RawPush, decode_in_worker, die_with_parent
from baltoro.k6.columns import Decoded

log = get_logger()
T = TypeVar("T")


class DecodePool:
    """Decodes pushes and does other heavy work off the event loop.

    A run belongs to one worker, which then knows its series. `ingest.workers`: 0 decodes in one thread of the server; any
    other number in so many processes, -1 in one process per core but one.
    """

    def __init__(self, settings: IngestSettings) -> None:
        wanted = settings.workers if settings.workers >= 0 else max(1, (os.cpu_count() or 2) - 1)
        self.processes = wanted
        self._limits = DecodeLimits(settings.max_batch_bytes, settings.max_json_bytes)
        self._decoders = Decoders()
        self._executors: list[Executor] = [self._new() for _ in range(max(1, wanted))]

    async def decode(self, push: RawPush, *, fresh: bool = False) -> Decoded:
        """Decode in the run's worker.

        Raises:
            BadPush, PushTooLarge, UnsupportedPush: as `PushDecoder.decode`.
        """
        if self.processes == 0:
            return await self._in(0, lambda: self._decoders.decode(push, self._limits, fresh=fresh))
        return await self._in(push.run_id % self.processes, decode_in_worker, push, self._limits, fresh)

    async def work(self, function: Callable[..., T], /, *arguments: object) -> T:
        """Run a picklable function in the least special place: a thread, or the last worker."""
        if self.processes == 0:
            return await asyncio.to_thread(function, *arguments)
        return await self._in(self.processes - 1, function, *arguments)

    def close(self) -> None:
        """End the workers; what they have in hand is finished."""
        for executor in self._executors:
            executor.shutdown(wait=True, cancel_futures=True)

    async def _in(self, place: int, function: Callable[..., T], *arguments: object) -> T:
        executor = self._executors[place]
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, function, *arguments)
        except BrokenProcessPool:
            if self._executors[place] is executor:
                log.warning("ingest.worker_died", worker=place)
                self._executors[place] = self._new()
                executor.shutdown(wait=False)
            return await asyncio.get_running_loop().run_in_executor(self._executors[place], function, *arguments)

    def _new(self) -> Executor:
        if self.processes == 0:
            return ThreadPoolExecutor(1, thread_name_prefix="decode")
        return ProcessPoolExecutor(
            1, mp_context=multiprocessing.get_context("spawn"), initializer=die_with_parent, initargs=(os.getpid(),)
        )
