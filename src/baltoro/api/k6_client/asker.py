"""Who a k6 runs for."""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from baltoro.access import Principal
from baltoro.tokens import Authenticator


async def provide_k6_asker(request: Request[Any, Any, Any], authenticator: NamedDependency[Authenticator]) -> Principal:
    """The owner of the token in the header. A browser's session is no credential here: k6 has none.

    Raises:
        NotAuthenticated: no token; the message names where k6 takes one from.
        AuthenticationFailed: a token that does not hold; the message says how to get one that does.
    """
    return await authenticator.authenticate(
        request.headers.get("authorization"),
        ip_address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
    )
