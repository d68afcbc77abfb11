"""`baltoro whoami`."""

from __future__ import annotations

import click

from baltoro.cli.options import json_option, server_options


@click.command(short_help="Who is behind the token, and where its runs go.")
@json_option
@server_options
def whoami(*, host: str | None, token: str | None, config_file: str | None, as_json: bool) -> None:
    """Who is behind the token: user or organization, kind, name, expiry, default project.

    \b
    Example:
      baltoro whoami
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.names import projects
    from baltoro.cli.output import print_facts, print_json, spoken_time

    with connect_authenticated(host, token, config_file) as client:
        me = client.get("/v3/account/me")
        if as_json:
            # Asked in CI to see where a job runs: the token itself must not end up in its log.
            print_json({**me, "token": {"key": ""}})
            return
        user, organizations = me["user"], me["organizations"]
        facts = [("server", client.address)]
        if user is None:
            facts += [
                ("organization", f"{organizations[0]['name']} ({organizations[0]['id']})"),
                ("token", "organization API token"),
                ("default project", "none: name one with K6_CLOUD_PROJECT_ID or options.cloud.projectID"),
            ]
        else:
            token_facts = client.get("/v3/account/api-token")["token"]
            names = {project["id"]: project["name"] for project in projects(client)}
            chosen = user["default_project_id"]
            name = f"{user['first_name']} {user['last_name']}".strip()
            facts += [
                ("user", f"{name} <{user['email']}> ({user['id']})"),
                ("token", f"account API token {token_facts['prefix']}…{token_facts['last4']}"),
                ("expires", spoken_time(token_facts["expires"]) if token_facts["expires"] else "never"),
                ("organizations", ", ".join(f"{item['name']} ({item['id']})" for item in organizations) or "none"),
                ("default project", f"{names.get(chosen, 'not visible')} ({chosen})" if chosen else "none"),
            ]
        print_facts(facts)
