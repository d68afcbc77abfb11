"""`baltoro env`."""

from __future__ import annotations

import os

import click

from baltoro.cli.options import server_options

_SHELLS = ("bash", "fish", "powershell", "github", "gitlab", "docker", "json")


@click.command()
@click.option("--shell", type=click.Choice(_SHELLS), default="bash", show_default=True, help="In whose form to print.")
@click.option("--with-token", is_flag=True, help="Print K6_CLOUD_TOKEN too. Not for the log of a CI job.")
@click.option("--project", metavar="PROJECT", help="Name or id of the project to run in [your default project].")
@server_options
def env(
    *, host: str | None, token: str | None, config_file: str | None, shell: str, with_token: bool, project: str | None
) -> None:
    """Print the K6_CLOUD_* settings that point k6 at this server.

    \b
    Examples:
      eval "$(baltoro env --with-token)"                     # bash and zsh
      baltoro env --shell fish --with-token | source
      baltoro env --shell powershell | Invoke-Expression
      baltoro env --shell github >> "$GITHUB_ENV"            # in a step of a workflow
      docker run --rm -i $(baltoro env --shell docker --with-token) grafana/k6 run -o cloud - < script.js
    """
    from baltoro.cli.connection import connect, is_loopback
    from baltoro.cli.k6_environment import FORMS, k6_environment
    from baltoro.cli.output import note
    from baltoro.cli.place import place_of

    with connect(host, token, config_file) as client:
        if client.token is None:
            variables = k6_environment(client.address)
            note(f"Not logged in to {client.address}: no stack and project, which k6 1.6 and later needs.")
            if with_token:
                note("There is no token to print. Run: baltoro login cloud")
        else:
            place = place_of(client, project)
            variables = k6_environment(
                client.address,
                token=client.token if with_token else None,
                stack_id=place.organization_id,
                project_id=place.project_id,
            )
        if with_token and client.token and shell == "github" and os.environ.get("GITHUB_ACTIONS"):
            note(f"::add-mask::{client.token}")
        click.echo(FORMS[shell](variables))
        if shell == "docker" and is_loopback(client.address):
            note(
                "Inside a container 127.0.0.1 is the container itself: add --network host, or use the server's address."
            )
