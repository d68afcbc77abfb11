"""Write the generated parts of the documentation, and the help texts that the tests compare.

docs/reference/cli.md from the commands, docs/reference/settings.md from the settings types, tests/unit/cli/help/*.txt.
`--check` writes nothing and fails when a file is not up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from baltoro.cli.program import Session, program
from baltoro.cli.settings_reference import all_settings

ROOT = Path(__file__).parent.parent
CLI = ROOT / "docs/reference/cli.md"
SETTINGS = ROOT / "docs/reference/settings.md"
HELP = ROOT / "tests/unit/cli/help"
WIDTH = 80

_CLI_HEAD = """# The `baltoro` command

One program for whoever runs the server and for whoever tests with it. This page is made from the commands' own help.

Results go to standard output, everything else to standard error. `--json` prints objects of the REST API. Colour is off
when standard output is not a terminal, with `NO_COLOR`, and with `--no-color`. An error is one line `error: …`, and
where there is something to advise a second line; `--debug` adds the traceback.

| exit code | meaning |
| --- | --- |
| 0 | success |
| 1 | the operation failed |
| 2 | wrong usage |
| 3 | not authenticated, or not allowed |
| 4 | not found |
| 5 | the server cannot be reached |
| 97, 99 | `run wait` and `run watch`: the run was aborted or failed; a threshold failed (k6's own codes) |
| 130 | Ctrl-C |

Server address: `--host`, `BALTORO_HOST`, `K6_CLOUD_HOST`, `host` in k6's config file, then `http://127.0.0.1:6560`.
Token: `--token`, `K6_CLOUD_TOKEN`, k6's config file. A token that was saved for another server is not sent.
Projects and tests are named by name or id; several of one name are an error that lists them.
"""

_SETTINGS_HEAD = """# Settings of the server

This page is made from the settings types. A flag of `baltoro serve` wins over the environment, which wins over the
TOML file of `--config`, which wins over the default. An unknown setting is an error that names it.

```toml
# baltoro.toml
data_dir = "/srv/baltoro"

[server]
port = 6560
public_url = "https://k6.example.org"
```

`BALTORO_HOST` is the address that the client commands use. It is never an address to bind.
"""


def commands(
    name: str = "baltoro", command: click.Command = program, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Every command line, such as `baltoro run list`, with its help text, in the order of the help."""
    context = command.make_context(
        name, [], parent, resilient_parsing=True, obj=Session(), terminal_width=WIDTH, max_content_width=WIDTH
    )
    yield context.command_path, command.get_help(context) + "\n"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from commands(child, found, context)


def cli_page() -> str:
    """docs/reference/cli.md."""
    parts = [_CLI_HEAD]
    parts += [f"## `{line}`\n\n```text\n{text}```\n" for line, text in commands()]
    return "\n".join(parts)


def settings_page() -> str:
    """docs/reference/settings.md."""
    lines = [_SETTINGS_HEAD, "| setting | environment | default | meaning |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{setting.path}` | `{setting.variable}` | `{setting.default}` | {setting.meaning} |"
        for setting in all_settings()
    ]
    return "\n".join(lines) + "\n"


def generated() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    files = {CLI: cli_page(), SETTINGS: settings_page()}
    return files | {HELP / f"{line.replace(' ', '-')}.txt": text for line, text in commands()}


def main() -> int:
    """Write them, or look whether they are up to date."""
    files = generated()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in HELP.glob("*.txt") if path not in files]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date; run: make docs", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        else:
            path.unlink()
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
