"""Live reports: one task per watched run prepares each update once, for all who watch.

A viewer holds no buffer of its own, only a place in the run's short list of recent updates; one who fell behind further
gets the whole picture again. So memory depends on the runs that are watched, not on the number or pace of viewers.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import msgspec

from baltoro.accounts import find_user
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Unavailable
from baltoro.foundation.ids import RunId
from baltoro.foundation.logs import get_logger
from baltoro.metrics import MetricStore
from baltoro.reports.live_view import LiveView, Standing
from baltoro.reports.model import RunView, Update
from baltoro.runs import CHANGED, Run, run_by_id, thresholds_of_run
from baltoro.storage.database import Database, Transaction

log = get_logger()

TICK_S = 1.0
"""Shortest time between two updates with new figures; a change of the run's state does not wait for it."""
IDLE_S = 4.0
"""After so long without news a viewer is given an empty update: a sign of life, and a moment to check its rights."""
UNDELIVERED_S = 10.0
"""A viewer that has not taken an update for so long is dropped; it may come back and go on."""
_LINGER_S = 10.0
_RECENT = 30


@dataclass(eq=False)
class _Viewer:
    drop: Callable[[], None] | None


@dataclass(eq=False)
class _Channel:
    """One watched run. Ids of updates are `BIRTH-NUMBER`: those of another process or time are not taken for ours."""

    run_id: RunId
    view: LiveView
    birth: str = field(default_factory=lambda: secrets.token_hex(4))
    seq: int = 0
    recent: deque[tuple[int, Update, bool]] = field(default_factory=lambda: deque(maxlen=_RECENT))
    viewers: set[_Viewer] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    nudged: asyncio.Event = field(default_factory=asyncio.Event)
    standing: Standing | None = None
    whole: tuple[int, Update] | None = None
    closed: bool = False

    def update_id(self, seq: int) -> str:
        return f"{self.birth}-{seq}"

    def place_of(self, last_event_id: str | None) -> int:
        """The number of the update that a viewer saw last; 0: it needs the whole picture."""
        birth, _, number = (last_event_id or "").partition("-")
        if birth != self.birth or not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - fits an int
            return 0
        return min(int(number), self.seq)

    def wake(self) -> None:
        """Let every waiting viewer look again."""
        self.news.set()
        self.news = asyncio.Event()

    def close(self) -> None:
        self.closed = True
        self.wake()


class LiveReports:
    """Live updates of runs for any number of viewers in this process.

    Args:
        store: where the figures come from.
        database: control database, for the state of runs.
        clock: what time it is.
    """

    def __init__(self, store: MetricStore, database: Database, clock: Clock) -> None:
        self._store = store
        self._database = database
        self._clock = clock
        self._channels: dict[RunId, _Channel] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        database.listen(CHANGED, lambda run_id: self.nudge(RunId(run_id)))

    async def snapshot(self, tx: Transaction, run: Run) -> RunView:
        """The whole picture of a run that the asker may see, for a page without a stream."""
        view = LiveView(self._store)
        at = self._clock()
        await view.refresh(await _standing(tx, run), seq=0, at=at)
        return view.snapshot(seq=0, at=at)

    async def follow(
        self, run_id: RunId, last_event_id: str | None = None, *, drop: Callable[[], None] | None = None
    ) -> AsyncGenerator[Update, None]:
        """Updates of a run, until it is over and processed, or the server stops.

        The caller has made sure that the viewer may see the run.

        Args:
            last_event_id: id of the update that the viewer saw last. If it is recent, the missed ones come; otherwise,
                and without one, the whole picture comes first.
            drop: ends the viewer's connection; called when it takes no update for `UNDELIVERED_S`.

        Yields:
            Updates; one with empty data after `IDLE_S` without news.
        """
        if self._stopped:
            return
        channel = self._channel(run_id)
        viewer = _Viewer(drop)
        channel.viewers.add(viewer)
        channel.joined.set()
        place = channel.place_of(last_event_id)
        loop = asyncio.get_running_loop()
        try:
            while True:
                if channel.seq > place:
                    for number, update, is_last in self._since(channel, place):
                        patience = loop.call_later(UNDELIVERED_S, _drop, channel, viewer)
                        try:
                            yield update
                        finally:
                            patience.cancel()
                        place = number
                        if is_last:
                            return
                elif channel.closed:
                    return
                elif not await _heard(channel.news, IDLE_S):
                    patience = loop.call_later(UNDELIVERED_S, _drop, channel, viewer)
                    try:
                        yield Update(id="", data=b"")
                    finally:
                        patience.cancel()
        finally:
            channel.viewers.discard(viewer)

    def nudge(self, run_id: RunId) -> None:
        """Look at the run's state at once: it has just changed."""
        channel = self._channels.get(run_id)
        if channel is not None:
            channel.nudged.set()

    def viewers(self) -> int:
        """How many watch in this process."""
        return sum(len(channel.viewers) for channel in self._channels.values())

    async def stop(self) -> None:
        """End every stream: the server goes down. Viewers come back to whoever answers then."""
        self._stopped = True
        for channel in [*self._channels.values()]:
            channel.close()
            channel.nudged.set()
            channel.joined.set()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _channel(self, run_id: RunId) -> _Channel:
        channel = self._channels.get(run_id)
        if channel is None:
            channel = _Channel(run_id, LiveView(self._store))
            self._channels[run_id] = channel
            task = asyncio.create_task(self._work(channel))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return channel

    def _since(self, channel: _Channel, place: int) -> list[tuple[int, Update, bool]]:
        """What a viewer at `place` has missed: recent updates, or the whole picture when those do not reach back."""
        if place and channel.recent and channel.recent[0][0] <= place + 1:
            return [entry for entry in channel.recent if entry[0] > place]
        if channel.whole is None or channel.whole[0] != channel.seq:
            view = channel.view.snapshot(seq=channel.seq, at=self._clock())
            update = Update(id=channel.update_id(channel.seq), data=msgspec.json.encode(view))
            channel.whole = (channel.seq, update)
        settled = channel.standing is not None and channel.standing.is_settled
        return [(channel.seq, channel.whole[1], settled)]

    async def _work(self, channel: _Channel) -> None:
        """Prepare updates while somebody watches."""
        loop = asyncio.get_running_loop()
        try:
            while not channel.closed:
                if not channel.viewers:
                    channel.joined.clear()
                    if not await _heard(channel.joined, _LINGER_S):
                        break
                    continue
                started = loop.time()
                channel.nudged.clear()
                if not await self._tick(channel):
                    break
                await self._pause(channel, started)
        except Unavailable as error:
            # Viewers reconnect by themselves, to this server or another.
            log.warning("live.interrupted", run_id=channel.run_id, error=error.message)
        except Exception:
            log.exception("live.failed", run_id=channel.run_id)
        finally:
            if self._channels.get(channel.run_id) is channel:
                del self._channels[channel.run_id]
            channel.close()

    async def _tick(self, channel: _Channel) -> bool:
        """One look at the run. False: there is nothing more to come."""
        async with self._database.reading() as tx:
            run = await run_by_id(tx, channel.run_id)
            if run is None:
                return False
            known = channel.standing
            if known is None or known.run.status != run.status or known.run.processing_status != run.processing_status:
                channel.standing = await _standing(tx, run)
            else:
                # When the last push came in is no news by itself.
                same = msgspec.structs.replace(run, last_push_at=known.run.last_push_at) == known.run
                channel.standing = known if same else Standing(run, known.thresholds, known.stopped_by)
        view = await channel.view.refresh(channel.standing, seq=channel.seq + 1, at=self._clock())
        if view is not None:
            update = Update(id=channel.update_id(channel.seq + 1), data=msgspec.json.encode(view))
            channel.seq += 1
            channel.recent.append((channel.seq, update, view.last))
            channel.wake()
        return not channel.standing.is_settled

    async def _pause(self, channel: _Channel, started: float) -> None:
        """Until a second has passed since `started` and there is something new, or the run's state changed."""
        loop = asyncio.get_running_loop()
        if await _heard(channel.nudged, max(0.0, TICK_S - (loop.time() - started))):
            return
        changed = asyncio.ensure_future(
            self._store.wait_for_change(channel.run_id, self._store.version(channel.run_id), TICK_S)
        )
        nudged = asyncio.ensure_future(channel.nudged.wait())
        _, waiting = await asyncio.wait({changed, nudged}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _drop(channel: _Channel, viewer: _Viewer) -> None:
    channel.viewers.discard(viewer)
    log.info("live.viewer_dropped", run_id=channel.run_id)
    if viewer.drop is not None:
        viewer.drop()


async def _heard(event: asyncio.Event, timeout_s: float) -> bool:
    """Whether `event` was set within the time."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _standing(tx: Transaction, run: Run) -> Standing:
    stopper = None if run.stopped_by_id is None else await find_user(tx, run.stopped_by_id)
    name = "" if stopper is None else f"{stopper.first_name} {stopper.last_name}".strip() or stopper.email
    return Standing(run, await thresholds_of_run(tx, run.id), name)
