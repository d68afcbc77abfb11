"""`baltoro token …`: the account API token."""

from __future__ import annotations

import sys

import click

from baltoro.cli.options import json_option, server_options
from baltoro.cli.program import CONTEXT


@click.group(context_settings=CONTEXT)
def token() -> None:
    """Your account API token, for k6 and the REST API."""


@token.command()
@json_option
@server_options
def show(*, host: str | None, token: str | None, config_file: str | None, as_json: bool) -> None:
    """Print your account API token.

    \b
    Example:
      export K6_CLOUD_TOKEN="$(baltoro token show)"
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.output import print_json

    with connect_authenticated(host, token, config_file) as client:
        found = client.get("/v3/account/api-token")["token"]
        if as_json:
            print_json(found)
        else:
            click.echo(found["key"])


@token.command(short_help="Print your token, created if there is none.")
@click.option("--email", metavar="E-MAIL", help="Asked for when missing.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@server_options
def create(
    *,
    host: str | None,
    token: str | None,
    config_file: str | None,
    as_json: bool,
    email: str | None,
    password_stdin: bool,
) -> None:
    """Print your account API token, created now if the account has none.

    Asks for e-mail and password: whoever has the token already does not need this command. Nothing is saved; that is
    what `baltoro login cloud` does.

    \b
    Example:
      baltoro token create --email ada@example.org
    """
    from baltoro.cli.connection import Client, address_of
    from baltoro.cli.output import print_json
    from baltoro.cli.sign_in import ask_credentials, sign_in

    del token  # --token is of no use here, but every command takes it
    address = address_of(host, config_file)
    with Client(address, None) as client:
        signed_in = sign_in(client, *ask_credentials(email, password_stdin=password_stdin))
    if not as_json:
        click.echo(signed_in.token)
        return
    with Client(address, signed_in.token) as client:
        print_json(client.get("/v3/account/api-token")["token"])


@token.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@server_options
def regenerate(*, host: str | None, token: str | None, config_file: str | None, as_json: bool, yes: bool) -> None:
    """Replace your account API token and print the new one.

    Everything that uses the old token stops working at once. A k6 config file that holds the old one gets the new one.

    \b
    Example:
      baltoro token regenerate --yes
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.failures import ExitCode, Failure
    from baltoro.cli.k6_config import replace_token
    from baltoro.cli.output import note, print_json

    if not yes:
        if not sys.stdin.isatty():
            raise Failure("standard input is not a terminal.", hint="Confirm with --yes.", exit_code=ExitCode.USAGE)
        click.confirm("Everything that uses the old token stops working. Regenerate?", abort=True, err=True)
    with connect_authenticated(host, token, config_file) as client:
        old = client.token or ""
        found = client.post("/v3/account/api-token/regenerate")["token"]
    for path in replace_token(old, found["key"], config_file):
        note(f"The new token was saved in {path}")
    if as_json:
        print_json(found)
    else:
        click.echo(found["key"])
