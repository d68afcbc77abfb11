"""What `k6 cloud run` and `k6 cloud upload` call first: not offered yet, and said so before anything is stored."""

from typing import Any, NoReturn

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK

from baltoro.access import Principal
from baltoro.foundation.errors import Invalid

NOT_OFFERED = (
    "Running tests on this server is not available yet; stream a local run: k6 cloud run --local-execution, "
    "or k6 run -o cloud."
)
_MAX_DISCARDED_BYTES = 128 * 1024 * 1024


@post("/v1/validate-options", status_code=HTTP_200_OK, request_max_body_size=None)
async def validate_options(request: Request[Any, Any, Any], k6_asker: NamedDependency[Principal]) -> None:
    """Refuses: 4xx and not 501, which k6 would try three times."""
    del k6_asker
    await _refuse(request)


@post("/v1/archive-upload", status_code=HTTP_200_OK, request_max_body_size=None)
async def upload_archive(request: Request[Any, Any, Any], k6_asker: NamedDependency[Principal]) -> None:
    """Refuses, after the upload has come in: a k6 that is still sending would not see the answer."""
    del k6_asker
    await _refuse(request)


async def _refuse(request: Request[Any, Any, Any]) -> NoReturn:
    received = 0
    async for part in request.stream():
        received += len(part)
        if received > _MAX_DISCARDED_BYTES:
            break
    raise Invalid(NOT_OFFERED)
