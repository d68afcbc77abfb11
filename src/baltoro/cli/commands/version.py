"""`baltoro version`."""

import click

from baltoro.cli.options import common_options, json_option


@click.command()
@json_option
@common_options
def version(*, as_json: bool) -> None:
    """Print the versions of baltoro, Python and k6.

    \b
    Example:
      baltoro version
    """
    import platform

    from baltoro import __version__
    from baltoro.cli.k6_program import find_k6, k6_version
    from baltoro.cli.output import print_facts, print_json

    program = find_k6()
    found = k6_version(program) if program else None
    if as_json:
        print_json(
            {
                "baltoro": __version__,
                "python": platform.python_version(),
                "k6": str(found) if found else None,
                "k6_path": str(program) if program else None,
            }
        )
        return
    print_facts(
        [
            ("baltoro", __version__),
            ("python", platform.python_version()),
            ("k6", f"{found or 'unknown version'} ({program})" if program else "not found"),
        ]
    )
