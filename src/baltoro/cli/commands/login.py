"""`baltoro login cloud`, `baltoro cloud login` and `baltoro logout`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from baltoro.cli.options import common_options
from baltoro.cli.program import CONTEXT

if TYPE_CHECKING:
    from baltoro.cli.sign_in import SignedIn


@click.command("cloud")
@click.option("-t", "--token", metavar="TOKEN", help="Save this API token, once the server has accepted it.")
@click.option("-s", "--show", is_flag=True, help="Print the saved token.")
@click.option("-r", "--reset", is_flag=True, help="Remove the saved token.")
@click.option(
    "-c", "--config", "config_file", metavar="FILE", help="k6 config file to write [K6_CONFIG, else k6's own]."
)
@click.option(
    "--host",
    metavar="URL",
    help="Server [BALTORO_HOST, K6_CLOUD_HOST, else the config file, else http://127.0.0.1:6560].",
)
@common_options
def login_cloud(*, token: str | None, show: bool, reset: bool, config_file: str | None, host: str | None) -> None:
    """Save your account API token in k6's config file, so that a plain k6 works from then on.

    Without a flag it asks for e-mail and password, fetches the account's token and creates it if there is none. The
    password is not stored. Everything else in the config file is kept.

    \b
    Examples:
      baltoro login cloud
      baltoro login cloud --token "$K6_CLOUD_TOKEN" --host https://k6.example.org
      printf '%s\\n' ada@example.org "$PASSWORD" | baltoro login cloud
    """
    if sum((bool(token), show, reset)) > 1:
        raise click.UsageError("--token, --show and --reset exclude each other.")
    if show:
        _show(config_file)
    elif reset:
        _reset(config_file)
    else:
        _log_in(token, config_file, host)


@click.group(context_settings=CONTEXT)
def login() -> None:
    """Log in: `baltoro login cloud`, as in k6."""


login.add_command(login_cloud)


@click.group(context_settings=CONTEXT)
def cloud() -> None:
    """Log in: `baltoro cloud login`, as in newer k6."""


cloud.add_command(login_cloud, "login")


@click.command()
@click.option(
    "-c", "--config", "config_file", metavar="FILE", help="k6 config file to write [K6_CONFIG, else k6's own]."
)
@common_options
def logout(*, config_file: str | None) -> None:
    """Remove the saved token from k6's config file. The token itself stays valid.

    \b
    Example:
      baltoro logout
    """
    _reset(config_file)


def _show(config_file: str | None) -> None:
    from baltoro.cli.failures import ExitCode, Failure
    from baltoro.cli.k6_config import read_cloud_config

    saved = read_cloud_config(config_file).get("token")
    if not saved:
        raise Failure("no token is saved.", hint="Run: baltoro login cloud", exit_code=ExitCode.NOT_ALLOWED)
    click.echo(f"  token: {saved}")


def _reset(config_file: str | None) -> None:
    from baltoro.cli.k6_config import reset_login
    from baltoro.cli.output import note

    for path in reset_login(config_file):
        note(f"Removed from {path}")
    click.echo("  token reset")


def _log_in(token: str | None, config_file: str | None, host: str | None) -> None:
    from baltoro.cli.connection import Client, address_of
    from baltoro.cli.output import note
    from baltoro.cli.sign_in import ask_credentials, sign_in, whose_token

    address = address_of(host, config_file)
    if token:
        with Client(address, token.strip()) as client:
            signed_in = whose_token(client)
    else:
        with Client(address, None) as client:
            note(f"Logging in to {address}")
            signed_in = sign_in(client, *ask_credentials(None, password_stdin=False))
    _save(address, signed_in, config_file)


def _save(address: str, signed_in: SignedIn, config_file: str | None) -> None:
    from baltoro.cli.k6_config import save_login
    from baltoro.cli.k6_environment import log_tail_address
    from baltoro.cli.output import note

    paths = save_login(
        config_file,
        token=signed_in.token,
        address=address,
        stack_id=signed_in.organization_id,
        project_id=signed_in.project_id,
    )
    click.echo(f"Logged in as {signed_in.name}, token saved in {' and '.join(str(path) for path in paths)}")
    note(
        "k6 takes the address of the log tail from the environment only. For `k6 cloud run` with logs:\n"
        f"  export K6_CLOUD_LOGS_TAIL_URL={log_tail_address(address)}    (baltoro env prints all of them)"
    )
