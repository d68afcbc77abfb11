"""`baltoro project …`."""

from __future__ import annotations

import click

from baltoro.cli.options import json_option, server_options
from baltoro.cli.program import CONTEXT


@click.group(context_settings=CONTEXT)
def project() -> None:
    """Projects: where tests and runs live."""


@project.command("list")
@click.option("--org", "organization", metavar="ORG", help="Only the projects of this organization (name or id).")
@json_option
@server_options
def list_projects(
    *, host: str | None, token: str | None, config_file: str | None, as_json: bool, organization: str | None
) -> None:
    """List the projects that you can see.

    \b
    Example:
      baltoro project list --json
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.names import organizations, projects
    from baltoro.cli.output import print_json, print_table

    with connect_authenticated(host, token, config_file) as client:
        found = projects(client, organization)
        if as_json:
            print_json(found)
            return
        names = {item["id"]: item["name"] for item in organizations(client)}
        print_table(
            ("ID", "NAME", "ORGANIZATION", "ROLE", "DEFAULT"),
            [
                (
                    str(item["id"]),
                    item["name"],
                    names.get(item["organization_id"], str(item["organization_id"])),
                    str(item.get("role", "")),
                    "yes" if item["is_default"] else "",
                )
                for item in found
            ],
            empty="No project is visible to you. Ask an admin of your organization for access.",
        )
