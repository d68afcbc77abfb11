"""Log in, who am I, and my API token."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency

from baltoro.access import Principal, PrincipalKind
from baltoro.accounts import PasswordHasher, find_user, sign_in
from baltoro.api.bodies import read_body
from baltoro.api.v3.organizations import organization_objects
from baltoro.api.v3.schemas import (
    LOCAL_ZONE,
    Credentials,
    Key,
    LoginAnswer,
    MeAnswer,
    NewSecret,
    TokenAnswer,
    TokenObject,
    UserObject,
)
from baltoro.foundation.clock import Clock
from baltoro.foundation.errors import AuthenticationFailed, Invalid, NotFound
from baltoro.foundation.ids import UserId
from baltoro.foundation.secrets import Unsealable, Vault
from baltoro.organizations import principal_of_user
from baltoro.storage.database import Database, Transaction
from baltoro.tokens import (
    Authenticator,
    account_token,
    regenerate_account_token,
    reveal_account_token,
    revoke_account_token,
)


@post("/account/login", status_code=200)
async def login(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    hasher: NamedDependency[PasswordHasher],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> LoginAnswer:
    """The account token of the person to whom e-mail and password belong; made if there is none, never replaced."""
    credentials = await read_body(request, Credentials)
    at = clock()
    user = await sign_in(database, hasher, credentials.email, credentials.password, at=at)
    async with database.transaction() as tx:
        found = await account_token(tx, vault, user.id, create=True, at=at)
        if found is None:
            raise AuthenticationFailed("The API token was revoked at the same moment. Log in again.")
        token, key = found
        asker = await principal_of_user(tx, user.id, kind=PrincipalKind.ACCOUNT_TOKEN, token_id=token.id)
        organizations = await organization_objects(tx, asker, public_url=public_url)
    return LoginAnswer(Key(key), UserObject.of(user, asker), organizations)


@get("/account/me")
async def me(
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
    public_url: NamedDependency[str],
) -> MeAnswer:
    """Who the credentials belong to."""
    async with database.reading() as tx:
        organizations = await organization_objects(tx, asker, public_url=public_url)
        user = None if asker.user_id is None else await _user_object(tx, asker.user_id, asker)
        key = await _own_key(tx, vault, asker, at=clock())
    return MeAnswer(user, organizations, [LOCAL_ZONE], Key(key))


@get("/account/api-token")
async def see_token(
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
) -> TokenAnswer:
    """The asker's account token with its key: for a fresh session, or for that token itself."""
    async with database.reading() as tx:
        token, key = await reveal_account_token(tx, vault, asker, at=clock())
    return TokenAnswer(TokenObject.of(token, key))


@post("/account/api-token/regenerate", status_code=200)
async def regenerate_token(
    request: Request[Any, Any, Any],
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    authenticator: NamedDependency[Authenticator],
    vault: NamedDependency[Vault],
    clock: NamedDependency[Clock],
) -> TokenAnswer:
    """A new key for the asker's account token; the old one is dead from the next request on."""
    wanted = await read_body(request, NewSecret)
    expires_at = None if wanted.expires is None else _moment(wanted.expires)
    async with database.transaction() as tx:
        token, key = await regenerate_account_token(tx, vault, asker, expires_at=expires_at, at=clock())
    authenticator.forget(token.id)
    return TokenAnswer(TokenObject.of(token, key))


@delete("/account/api-token")
async def revoke_token(
    asker: NamedDependency[Principal],
    database: NamedDependency[Database],
    authenticator: NamedDependency[Authenticator],
    clock: NamedDependency[Clock],
) -> None:
    """End the asker's account token."""
    async with database.transaction() as tx:
        token = await revoke_account_token(tx, asker, at=clock())
    authenticator.forget(token.id)


async def _user_object(tx: Transaction, user_id: UserId, asker: Principal) -> UserObject | None:
    user = await find_user(tx, user_id)
    return None if user is None else UserObject.of(user, asker)


async def _own_key(tx: Transaction, vault: Vault, asker: Principal, *, at: datetime) -> str:
    """The key of the asker's account token, or nothing where it may not or cannot be told."""
    if asker.kind is not PrincipalKind.ACCOUNT_TOKEN and not asker.signed_in_recently(at):
        return ""
    try:
        return (await reveal_account_token(tx, vault, asker, at=at))[1]
    except (NotFound, Unsealable):
        return ""


def _moment(text: datetime) -> datetime:
    sentence = "Write the time with its zone, such as 2027-01-01T00:00:00Z."
    if text.tzinfo is None:
        raise Invalid(sentence, field_errors={"expires": [sentence]})
    try:
        return text.astimezone(UTC)
    except OverflowError as error:
        raise Invalid(sentence, field_errors={"expires": [sentence]}) from error
