"""E-mail and password, exchanged for the account API token."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from baltoro.cli.connection import Client, Json
from baltoro.cli.failures import ExitCode, Failure
from baltoro.cli.names import organizations, projects


@dataclass(frozen=True)
class SignedIn:
    """A token that the server has just accepted, and where its runs go.

    Attributes:
        name: e-mail of the user, or name of the organization.
        organization_id: also the stack id that newer k6 wants.
        project_id: default project; none when the account has lost it.
    """

    token: str
    name: str
    organization_id: int | None
    project_id: int | None


def ask_credentials(email: str | None, *, password_stdin: bool) -> tuple[str, str]:
    """E-mail and password: from flags, from the terminal without echo, or from two lines of standard input.

    Raises:
        Failure: standard input ended before both were read.
    """
    if password_stdin:
        if not email:
            raise Failure("--password-stdin needs --email.", exit_code=ExitCode.USAGE)
        return email, _line("password")
    if sys.stdin.isatty():
        chosen = email or click.prompt("Email", err=True)
        return str(chosen), str(click.prompt("Password", hide_input=True, err=True))
    # As k6 does when its standard input is a pipe: two plain lines.
    return email or _line("e-mail"), _line("password")


def _line(what: str) -> str:
    line = sys.stdin.readline()
    if not line:
        raise Failure(
            f"standard input ended before the {what} was read.",
            hint="Pipe two lines, e-mail and password, or use --token.",
            exit_code=ExitCode.USAGE,
        )
    return line.rstrip("\r\n")


def sign_in(client: Client, email: str, password: str) -> SignedIn:
    """The account token of a user; the server creates it if there is none.

    Raises:
        Failure: wrong pair, or an account without a password; names both ways out.
    """
    try:
        answer = client.post("/v3/account/login", {"email": email, "password": password})
    except Failure as failure:
        if failure.exit_code == ExitCode.NOT_ALLOWED:
            failure.hint = (
                f"No password yet (Google, GitHub or SSO)? Create one at {client.address}/account/forgot, "
                "or use a token: baltoro login cloud --token TOKEN"
            )
        raise
    user = answer["user"]
    return SignedIn(
        token=answer["token"]["key"],
        name=user["email"],
        organization_id=_default_organization(answer["organizations"]),
        project_id=user["default_project_id"],
    )


def _default_organization(found: list[Json]) -> int | None:
    default = [item["id"] for item in found if item["is_default"]]
    return default[0] if default else (found[0]["id"] if found else None)


def whose_token(client: Client) -> SignedIn:
    """Who is behind the client's token, as the server says.

    Raises:
        Failure: the server refuses it.
    """
    me = client.get("/v3/account/me")
    user = me["user"]
    organization_id = _default_organization(organizations(client))
    if user is not None:
        return SignedIn(client.token or "", user["email"], organization_id, user["default_project_id"])
    defaults = [item["id"] for item in projects(client) if item["is_default"]]
    return SignedIn(
        client.token or "", me["organizations"][0]["name"], organization_id, defaults[0] if defaults else None
    )
