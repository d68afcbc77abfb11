"""The door that metrics come in by: the hottest path of the house."""

from datetime import datetime, timedelta
from typing import Any

from litestar import MediaType, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from baltoro.access import Permission
from baltoro.api.k6_client.asker import provide_k6_asker
from baltoro.api.k6_client.bodies import read_body, run_id_of
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import NotAllowed
from baltoro.foundation.settings import Settings
from baltoro.ingest import Ingest, SeriesLimitReached
from baltoro.k6.status import RunStatus
from baltoro.runs import FINALIZE, PushTarget, PushTargets, RunNotFound, abort_by_limit
from baltoro.storage.database import Database
from baltoro.storage.jobs import enqueue
from baltoro.tokens import Authenticator

_MAX_KEY_LENGTH = 64
_TAKEN = b"{}"
_REMEDY = "Lower K6_CLOUD_MAX_TIME_SERIES_IN_BATCH."


class RunClosed(NotAllowed):
    """The run takes no more data. k6 stops pushing at 403 with code 4, and the whole test if it was told to."""


class PushDoor:
    """Everything that taking a push needs, in one object: resolving each of them by name costs a task per push."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        push_targets: PushTargets,
        ingest: Ingest,
        database: Database,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._authenticator = authenticator
        self._push_targets = push_targets
        self._ingest = ingest
        self._database = database
        self._settings = settings
        self._clock = clock

    async def take(self, request: Request[Any, Any, Any], protocol: int, reference_id: str) -> None:
        """Check who pushes to which run, and hand the body to the ingestion. On return it cannot be lost any more.

        Raises:
            NotAuthenticated, AuthenticationFailed: no token, or one that does not hold.
            RunNotFound: no such run, or not one that the asker may see. k6 goes on pushing.
            RunClosed: the run is over. k6 stops pushing.
            BadPush, PushTooLarge, UnsupportedPush: what came is no push.
        """
        asker = await provide_k6_asker(request, self._authenticator)
        target = await self._push_targets.get(run_id_of(reference_id))
        if target is None or not asker.sees(target.organization_id, target.project_id):
            raise RunNotFound
        asker.require(Permission.PUSH_METRICS, target.organization_id, target.project_id)
        body = await read_body(request, self._settings.ingest.max_body_bytes, _REMEDY)
        if not target.accepts(self._clock(), late_data_s=self._settings.runs.late_data_s):
            raise RunClosed(_why_closed(target))
        key = request.headers.get("k6-idempotency-key")
        try:
            await self._ingest.push(
                target,
                protocol,
                request.headers.get("content-encoding", ""),
                body,
                key if key and len(key) <= _MAX_KEY_LENGTH else None,
            )
        except SeriesLimitReached as error:
            async with self._database.transaction() as tx:
                await abort_by_limit(tx, target.run_id, error.message, self._clock())
            raise RunClosed(error.message) from error
        # Asked once more (of the memory): the run may have ended while this push was on its way to the disk.
        now = await self._push_targets.get(target.run_id)
        if now is not None and now.status.is_final:
            await self._compute_again(now, self._clock())

    async def _compute_again(self, target: PushTarget, at: datetime) -> None:
        """Data came in when the results were being computed already: once more, when no further late data can come."""
        due_at = (target.ended_at or at) + timedelta(seconds=self._settings.runs.late_data_s)
        async with self._database.transaction() as tx:
            await enqueue(tx, FINALIZE, str(target.run_id), due_at=due_at, at=at)


def _why_closed(target: PushTarget) -> str:
    if target.status is RunStatus.ABORTED_USER and not target.ended_by_client:
        return "The run was aborted by a user. Nothing more is recorded."
    detail = f" {target.error_detail}" if target.error_detail else ""
    return f"The run is over: {target.status.text}.{detail} Nothing more is recorded. Start a new run."


@post("/v2/metrics/{reference_id:str}", status_code=HTTP_200_OK, request_max_body_size=None)
async def push_v2(
    request: Request[Any, Any, Any], reference_id: FromPath[str], push_door: NamedDependency[PushDoor]
) -> Response[bytes]:
    """A push of protocol version 2: protobuf in a snappy block (k6 0.48 and later)."""
    await push_door.take(request, 2, reference_id)
    return Response(_TAKEN, media_type=MediaType.JSON)


@post("/v1/metrics/{reference_id:str}", status_code=HTTP_200_OK, request_max_body_size=None)
async def push_v1(
    request: Request[Any, Any, Any], reference_id: FromPath[str], push_door: NamedDependency[PushDoor]
) -> Response[bytes]:
    """A push of protocol version 1: JSON, mostly gzipped (k6 up to 0.49)."""
    await push_door.take(request, 1, reference_id)
    return Response(_TAKEN, media_type=MediaType.JSON)
