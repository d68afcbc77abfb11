"""A local run announces itself, and says how it ended."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from baltoro.access import Principal
from baltoro.api.k6_client.announcement import Announcement, announcement_of
from baltoro.api.k6_client.bodies import MAX_JSON_BYTES, decode_json, read_body, run_id_of
from baltoro.api.k6_client.progress import Nothing
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import Invalid
from baltoro.k6.client import bucket_width, client_version, run_config
from baltoro.k6.status import ResultStatus, RunStatus
from baltoro.organizations import project_to_run_in
from baltoro.runs import create_streamed_run
from baltoro.runs import finish_run as end_as_reported
from baltoro.storage.blobs import BlobStore
from baltoro.storage.database import Database, Transaction
from baltoro.storage.idempotency import Remembered, recall, remember

_ROUTE = "POST /v1/tests"
_MAX_KEY_LENGTH = 64


class LogLine(msgspec.Struct):
    """Something k6 prints at the start, at one of its log levels."""

    level: str
    message: str


class TestCreated(msgspec.Struct):
    """The run's id, as k6 wants it: a string with a decimal number. `config` overrides the user's."""

    reference_id: str
    config: Mapping[str, Any]
    logs: list[LogLine] = []


class Finished(msgspec.Struct):
    """How k6 says that the run ended; thresholds: metric -> expression -> whether it failed."""

    run_status: int | None = None
    result_status: int | None = None
    thresholds: dict[str, dict[str, bool] | None] | None = None


@post("/v1/tests", status_code=HTTP_200_OK, request_max_body_size=None)
async def create_test(
    request: Request[Any, Any, Any],
    k6_asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    blobs: NamedDependency[BlobStore],
    public_url: NamedDependency[str],
    clock: NamedDependency[Clock],
) -> Response[bytes]:
    """A new run of the test of that name. The same idempotency key gets the same run, however often it comes."""
    announcement = await announcement_of(request, blobs)
    key = request.headers.get("k6-idempotency-key", "")
    created = False
    try:
        async with database.transaction() as tx:
            if not 0 < len(key) <= _MAX_KEY_LENGTH:
                answer = await _create(tx, k6_asker, announcement, request, public_url, clock)
                created = True
            else:
                known = {"owner": f"token:{k6_asker.token_id}", "key": key, "route": _ROUTE}
                remembered = await recall(tx, **known, request=announcement.digest)
                if remembered is not None:
                    answer = remembered.body
                else:
                    answer = await _create(tx, k6_asker, announcement, request, public_url, clock)
                    await remember(
                        tx, Remembered(HTTP_200_OK, answer), **known, request=announcement.digest, at=clock()
                    )
                    created = True
    finally:
        if announcement.archive_blob and not created:
            await blobs.delete(announcement.archive_blob)
    return Response(answer, media_type=MediaType.JSON)


async def _create(
    tx: Transaction,
    asker: Principal,
    announcement: Announcement,
    request: Request[Any, Any, Any],
    public_url: str,
    clock: Clock,
) -> bytes:
    project = await project_to_run_in(tx, asker, announcement.project_id)
    version = client_version(request.headers.get("user-agent", ""))
    run = await create_streamed_run(
        tx,
        asker,
        project,
        name=announcement.name,
        vus=announcement.vus,
        duration_s=announcement.duration_s,
        thresholds=announcement.thresholds,
        k6_version=str(version) if version else "",
        options=announcement.options,
        archive_blob=announcement.archive_blob,
        bucket_width_s=bucket_width(announcement.duration_s),
        at=clock(),
    )
    config = run_config(
        version,
        duration_s=announcement.duration_s,
        run_url=f"{public_url}/runs/{run.id}",
        public_url=public_url,
    )
    return msgspec.json.encode(TestCreated(reference_id=str(run.id), config=config))


@post("/v1/tests/{reference_id:str}", status_code=HTTP_200_OK, request_max_body_size=None)
async def finish_test(
    request: Request[Any, Any, Any],
    reference_id: FromPath[str],
    k6_asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Nothing:
    """The end of a run as k6 saw it. Idempotent; a run that the server has closed stays closed as it was."""
    run_id = run_id_of(reference_id)
    finished = decode_json(await read_body(request, MAX_JSON_BYTES), Finished)
    thresholds = {metric: expressions or {} for metric, expressions in (finished.thresholds or {}).items()}
    async with database.transaction() as tx:
        await end_as_reported(
            tx,
            k6_asker,
            run_id,
            status=_ending(finished.run_status),
            result_status=ResultStatus.FAILED if finished.result_status else ResultStatus.PASSED,
            thresholds=thresholds,
            at=clock(),
        )
    return Nothing()


def _ending(number: int | None) -> RunStatus:
    """k6's status of a run that is over. One that only a later k6 knows is taken for an abort by its surroundings."""
    if number is None:
        return RunStatus.FINISHED
    if number > int(RunStatus.ARCHIVED):
        return RunStatus.ABORTED_SYSTEM
    if not int(RunStatus.FINISHED) <= number <= int(RunStatus.ABORTED_LIMIT):
        sentence = f"{number} is not a status that ends a run; 3 to 9 are."
        raise Invalid(sentence, field_errors={"run_status": [sentence]})
    return RunStatus(number)
