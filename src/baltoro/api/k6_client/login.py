"""`k6 login cloud` and `k6 cloud login`."""

from typing import Any

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK

from baltoro.accounts import PasswordHasher, sign_in
from baltoro.api.k6_client.bodies import MAX_JSON_BYTES, decode_json, read_body
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import AuthenticationFailed, NotAuthenticated, Unavailable
from baltoro.foundation.secrets import Vault
from baltoro.storage.database import Database
from baltoro.tokens import Authenticator, account_token


class Pair(msgspec.Struct):
    """E-mail and password. k6 sends a piped password with its line end, which signing in strips."""

    email: str = ""
    password: str = ""


class Token(msgspec.Struct):
    """A token to look at."""

    token: str | None = None


class LoggedIn(msgspec.Struct):
    """The token that k6 keeps in its configuration file."""

    token: str


class Verdict(msgspec.Struct):
    """Whether a token holds; k6 refuses to keep one that does not."""

    is_valid: bool
    message: str


@post("/v1/login", status_code=HTTP_200_OK, request_max_body_size=None)
async def log_in(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    hasher: NamedDependency[PasswordHasher],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
) -> LoggedIn:
    """The account token of whoever knows e-mail and password; made if there was none yet."""
    pair = decode_json(await read_body(request, MAX_JSON_BYTES), Pair)
    user = await sign_in(database, hasher, pair.email, pair.password, at=clock())
    async with database.transaction() as tx:
        found = await account_token(tx, vault, user.id, create=True, at=clock())
    if found is None:
        raise Unavailable("The account's API token could not be made. Try again.", retry_after=1)
    return LoggedIn(token=found[1])


@post("/v1/validate-token", status_code=HTTP_200_OK, request_max_body_size=None)
async def validate_token(request: Request[Any, Any, Any], authenticator: NamedDependency[Authenticator]) -> Verdict:
    """Whether the token in the body holds. Always 200: k6 words the refusal itself."""
    token = decode_json(await read_body(request, MAX_JSON_BYTES), Token).token
    header = f"Token {token}" if token else request.headers.get("authorization")
    try:
        await authenticator.authenticate(
            header,
            ip_address=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", ""),
        )
    except (NotAuthenticated, AuthenticationFailed) as error:
        return Verdict(is_valid=False, message=error.message)
    return Verdict(is_valid=True, message="")
