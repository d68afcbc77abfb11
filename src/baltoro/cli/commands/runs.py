"""`baltoro run …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from baltoro.cli.options import json_option, server_options
from baltoro.cli.program import CONTEXT, Session

if TYPE_CHECKING:
    from baltoro.cli.connection import Client, Json

_RUN_HELP = "RUN is an id, the address of the run's page, or the name of a test (its last run)."
_LISTED = 25


@click.group("run", context_settings=CONTEXT)
def run_group() -> None:
    """Runs: list, read, watch, wait for one."""


@run_group.command("list")
@click.argument("test", required=False)
@click.option("--project", metavar="PROJECT", help="Name or id [your default project; all for an organization token].")
@click.option(
    "-n", "--limit", type=click.IntRange(1), default=_LISTED, show_default=True, help="How many, newest first."
)
@json_option
@server_options
def list_runs(
    *,
    host: str | None,
    token: str | None,
    config_file: str | None,
    as_json: bool,
    test: str | None,
    project: str | None,
    limit: int,
) -> None:
    """List runs, of one TEST (name or id) or of a project.

    \b
    Examples:
      baltoro run list
      baltoro run list checkout.js --json
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.output import print_json, print_table, spoken_duration, spoken_time
    from baltoro.cli.run_view import elapsed_s, status_text

    with connect_authenticated(host, token, config_file) as client:
        found: list[Json] = []
        for selection in _selections(client, test, project):
            found += client.all_pages(
                "/loadtests/v2/runs", "k6-runs", {**selection, "order_by": "-created"}, limit=limit
            )
        found = sorted(found, key=lambda item: (item["created"], item["id"]), reverse=True)[:limit]
        if as_json:
            print_json(found)
            return
        print_table(
            ("ID", "TEST", "STATUS", "STARTED", "TIME", "VUS"),
            [
                (
                    str(item["id"]),
                    item["test_name"],
                    status_text(item),
                    spoken_time(item["started"]),
                    spoken_duration(elapsed_s(item)),
                    str(item["vus"]),
                )
                for item in found
            ],
            empty="No run yet. Start one: baltoro k6 run -o cloud script.js",
        )


def _selections(client: Client, test: str | None, project: str | None) -> list[dict[str, int]]:
    from baltoro.cli.names import default_project_id, find_load_test, find_project, projects

    if test:
        return [{"test_id": find_load_test(client, test)["id"]}]
    if project:
        return [{"project_id": find_project(client, project)["id"]}]
    default = default_project_id(client)
    return [{"project_id": default}] if default else [{"project_id": item["id"]} for item in projects(client)]


@run_group.command(epilog=_RUN_HELP, short_help="Print one run and its end-of-test summary.")
@click.argument("run")
@json_option
@server_options
def show(*, host: str | None, token: str | None, config_file: str | None, as_json: bool, run: str) -> None:
    """Print one run and its end-of-test summary, under the names that k6 itself uses.

    \b
    Examples:
      baltoro run show 4711
      baltoro run show 4711 --json | jq '.summary.http_req_duration.values["p(95)"]'
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.names import find_run
    from baltoro.cli.output import print_facts, print_json, spoken_time
    from baltoro.cli.run_view import snapshot, spoken_figures

    with connect_authenticated(host, token, config_file) as client:
        at_once = snapshot(client, find_run(client, run)["id"])
        if as_json:
            print_json({**at_once.run, "summary": at_once.summary})
            return
        print_facts(
            [
                ("run", f"{at_once.run['id']}  {at_once.run['test_name']}"),
                ("page", f"{client.address}/runs/{at_once.run['id']}"),
                ("started", spoken_time(at_once.run["started"])),
                ("ended", spoken_time(at_once.run["ended"])),
                *([("reason", at_once.run["error_detail"])] if at_once.run["error_detail"] else []),
                *spoken_figures(at_once),
            ]
        )
        click.echo()
        _print_summary(at_once.summary)


def _print_summary(summary: Json) -> None:
    from baltoro.cli.output import print_table

    print_table(
        ("METRIC", "TYPE", "VALUES"),
        [
            (
                name,
                metric["type"],
                "  ".join(f"{key}={figure:g}" for key, figure in metric["values"].items() if figure is not None),
            )
            for name, metric in sorted(summary.items())
        ],
        empty="No data has arrived.",
    )


@run_group.command(epilog=_RUN_HELP, short_help="Draw a run in the terminal until it ends.")
@click.argument("run")
@server_options
@click.pass_obj
def watch(session: Session, *, host: str | None, token: str | None, config_file: str | None, run: str) -> int:
    """Draw a run in the terminal until it ends, then exit as `run wait` does.

    Without a terminal it prints one line per change of the figures.

    \b
    Example:
      baltoro run watch 4711
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.names import find_run
    from baltoro.cli.watch import watch_run

    with connect_authenticated(host, token, config_file) as client:
        return watch_run(client, find_run(client, run)["id"], drawn=session.interactive)


@run_group.command(epilog=_RUN_HELP, short_help="Wait for the end; exit with the run's result.")
@click.argument("run")
@click.option("--timeout", metavar="DURATION", help="Give up after so long (90s, 1m30s) with exit code 1.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit code says it all.")
@server_options
def wait(
    *, host: str | None, token: str | None, config_file: str | None, run: str, timeout: str | None, quiet: bool
) -> int:
    """Wait for the end of a run and exit with its result: 0 passed, 99 a threshold failed, 97 aborted or failed.

    \b
    Example:
      baltoro run wait 4711 && echo passed
    """
    from baltoro.cli.connection import connect_authenticated
    from baltoro.cli.names import find_run
    from baltoro.cli.run_view import exit_code, status_text
    from baltoro.cli.watch import parse_duration, wait_for_end

    limit_s = parse_duration(timeout) if timeout else None
    with connect_authenticated(host, token, config_file) as client:
        over = wait_for_end(client, find_run(client, run)["id"], limit_s=limit_s)
        if not quiet:
            click.echo(status_text(over))
        return exit_code(over)
