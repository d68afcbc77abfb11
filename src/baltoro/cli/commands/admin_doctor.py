"""`baltoro admin doctor`."""

from __future__ import annotations

import click

from baltoro.cli.instance import instance_options
from baltoro.cli.options import json_option


@click.command(short_help="Look for what would go wrong.")
@json_option
@instance_options
def doctor(*, data_dir: str | None, database_url: str | None, config_file: str | None, as_json: bool) -> int:
    """Look for what would go wrong: k6, port, directory, key, database, disk, clock, mail. Changes nothing.

    Exit code 1 when something must be mended.

    \b
    Example:
      baltoro admin doctor
    """
    import asyncio

    from baltoro.cli.check_up import Verdict, examine
    from baltoro.cli.instance import instance_settings
    from baltoro.cli.output import print_json, print_table

    findings = asyncio.run(examine(instance_settings(data_dir, database_url, config_file)))
    if as_json:
        print_json(
            [{"subject": found.subject, "verdict": found.verdict.value, "text": found.text} for found in findings]
        )
    else:
        print_table(
            ("", "SUBJECT", "FINDING"),
            [(found.verdict.value, found.subject, found.text) for found in findings],
            empty="",
        )
    return 1 if any(found.verdict is Verdict.WRONG for found in findings) else 0
