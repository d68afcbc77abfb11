"""`baltoro completion`."""

import click

from baltoro.cli.options import common_options

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@common_options
def completion(*, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      source <(baltoro completion bash)                                    # this shell
      baltoro completion fish > ~/.config/fish/completions/baltoro.fish    # every fish
    """
    from click.shell_completion import get_completion_class

    from baltoro.cli.program import program

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    writer = kind(program, {}, "baltoro", "_BALTORO_COMPLETE")
    # click's bash writer asks the installed bash for its version before it prints; the text itself needs no bash.
    click.echo(writer.source_template % writer.source_vars())
