"""The `baltoro` command: for the person who runs the server and for the person who tests with it.

Starting is cheap: a command imports what it needs when it runs. Results go to standard output, everything else to
standard error; an error is one line, with a second one that says what to do.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process and exit."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # Asked by scripts in loops: not even the option parser is worth loading.
        from baltoro import __version__

        print(f"baltoro {__version__}")  # noqa: T201 - the command's result
        return
    from baltoro.cli.program import run

    sys.exit(run(arguments))
