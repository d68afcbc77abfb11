"""The tree of commands, loaded branch by branch, and the one place where an error becomes a line and an exit code."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from baltoro.cli.failures import ExitCode, Failure, failure_of
from baltoro.foundation.errors import BaltoroError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass
class Session:
    """What applies to the whole invocation, wherever on the line it was said."""

    debug: bool = False

    @property
    def interactive(self) -> bool:
        """Whether standard output is a terminal that can be redrawn."""
        return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


class Branch(click.Group):
    """A group that imports a command when it is asked for.

    Args:
        lazy: name -> `module:attribute` below `baltoro.cli.commands`.
    """

    def __init__(self, *args: object, lazy: dict[str, str] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were declared: the way a newcomer needs them."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"baltoro.cli.commands.{module}"), attribute)
        return command


_COMMANDS = {
    "serve": "serve:serve",
    "demo": "demo:demo",
    "login": "login:login",
    "logout": "login:logout",
    "cloud": "login:cloud",
    "env": "env:env",
    "k6": "k6:k6",
    "whoami": "whoami:whoami",
    "token": "tokens:token",
    "project": "projects:project",
    "test": "load_tests:load_test",
    "run": "runs:run_group",
    "admin": "admin:admin",
    "version": "version:version",
    "completion": "completion:completion",
}


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's call
    if value and not ctx.resilient_parsing:
        from baltoro import __version__

        click.echo(f"baltoro {__version__}")
        ctx.exit()


@click.group(cls=Branch, lazy=_COMMANDS, context_settings=CONTEXT)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--no-color", is_flag=True, help="No colour, as with NO_COLOR in the environment.")
@click.pass_obj
def program(session: Session, *, debug: bool, no_color: bool) -> None:
    """The k6 Cloud you run yourself.

    \b
    Examples:
      baltoro demo                       # the whole product, with a test that streams into it
      baltoro serve                      # the server, on http://127.0.0.1:6560
      baltoro login cloud                # save your token where k6 looks for it
      baltoro k6 run -o cloud script.js  # the real k6, pointed at this server
    """
    session.debug |= debug
    if no_color:
        without_color()


def without_color() -> None:
    """Let every library that prints know, the way users do it themselves."""
    os.environ["NO_COLOR"] = "1"


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code. Prints the error, if there is one."""
    session = Session(debug=bool(os.environ.get("BALTORO_DEBUG")))
    try:
        code = _run(arguments, session)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough. The interpreter would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    return code


def _run(arguments: Sequence[str], session: Session) -> int:
    try:
        code = program.main(args=list(arguments), prog_name="baltoro", standalone_mode=False, obj=session)
    except BrokenPipeError:
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        return _tell(_failure(error))
    except Exception as error:
        if session.debug:
            raise
        return _tell(_failure(error))
    return code if isinstance(code, int) else ExitCode.OK


def _failure(error: Exception) -> Failure:
    """What to tell about an error; a defect of ours is told as such."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, BaltoroError):
        return failure_of(error)
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "baltoro"
        return Failure(error.format_message(), hint=f"See: {path} --help", exit_code=ExitCode.USAGE)
    if isinstance(error, click.ClickException):
        return Failure(error.format_message())
    said = " ".join(str(error).split()) or "no further message"
    return Failure(
        f"unexpected {type(error).__name__}: {said}", hint="Run it again with --debug to see where it happened."
    )


def _tell(failure: Failure) -> int:
    click.echo(f"error: {' '.join(failure.message.split())}", err=True)
    if failure.hint:
        click.echo(failure.hint, err=True)
    return failure.exit_code
