"""`baltoro test …`."""

from __future__ import annotations

import click

from baltoro.cli.options import json_option, server_options
from baltoro.cli.program import CONTEXT


@click.group("test", context_settings=CONTEXT)
def load_test() -> None:
    """Load tests: runs of one name in one project."""


@load_test.command("list")
@click.option("--project", "project", metavar="PROJECT", help="Name or id [your default project].")
@click.option("-q", "--query", metavar="TEXT", help="Only tests whose name contains this text.")
@json_option
@server_options
def list_tests(
    *,
    host: str | None,
    token: str | None,
    config_file: str | None,
    as_json: bool,
    project: str | None,
    query: str | None,
) -> None:
    """List the load tests of a project, the one that ran last first.

    \b
    Example:
      baltoro test list --project "Default project"
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.names import find_project
    from baltoro.cli.output import print_json, print_table, spoken_time

    with connect_authenticated(host, token, config_file) as client:
        filters: dict[str, object] = {}
        if project:
            filters["project_id"] = find_project(client, project)["id"]
        if query:
            filters["q"] = query
        found = client.all_pages("/loadtests/v2/tests", "k6-tests", filters)
        if as_json:
            print_json(found)
            return
        print_table(
            ("ID", "NAME", "PROJECT", "LAST RUN", "RUNS", "AT"),
            [
                (
                    str(item["id"]),
                    item["name"],
                    str(item["project_id"]),
                    item["last_test_run_id"] or "-",
                    str(len(item["test_run_ids"])),
                    spoken_time(item["last_run_time"]),
                )
                for item in found
            ],
            empty="No test yet. Start one: baltoro k6 run -o cloud script.js",
        )
