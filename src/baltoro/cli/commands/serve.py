"""`baltoro serve`."""

from __future__ import annotations

import os

import click

from baltoro.cli.options import common_options


class _ServeCommand(click.Command):
    """Its help ends with all settings, taken from the settings types when the help is asked for."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The `BALTORO_*` variables."""
        from baltoro.cli.settings_reference import all_settings

        super().format_epilog(ctx, formatter)
        with formatter.section("Environment (a flag wins over it, it wins over the TOML file)"):
            for setting in all_settings():
                formatter.write_text(f"{setting.variable} [{setting.default}]")
                with formatter.indentation():
                    formatter.write_text(setting.meaning)
        formatter.write_paragraph()
        formatter.write_text("BALTORO_HOST is the address that clients use; it is never an address to bind.")


@click.command(cls=_ServeCommand, short_help="Start the server: web pages, APIs and ingestion.")
@click.option("--host", metavar="ADDRESS", help="Address to bind [127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="TCP port to bind; 0 takes a free one [6560].")
@click.option("--data-dir", metavar="DIR", help="Directory of all state [the platform's data directory].")
@click.option("--public-url", metavar="URL", help="Origin that users and k6 see [http://HOST:PORT].")
@click.option("--database-url", metavar="URL", help="Control database, postgresql://… [SQLite in the data directory].")
@click.option("--metrics-url", metavar="URL", help="Metrics database [SQLite, or the PostgreSQL control database].")
@click.option("--no-runner", is_flag=True, help="Do not run tests on this machine. This version never does.")
@click.option("--log-format", type=click.Choice(["auto", "json", "text"]), help="Form of the log on standard error.")
@click.option(
    "--config", "config_file", type=click.Path(dir_okay=False), metavar="FILE", help="TOML file with settings."
)
@common_options
def serve(
    *,
    host: str | None,
    port: int | None,
    data_dir: str | None,
    public_url: str | None,
    database_url: str | None,
    metrics_url: str | None,
    no_runner: bool,
    log_format: str | None,
    config_file: str | None,
) -> int:
    """Start the server: web pages, APIs and ingestion in one process.

    The first start creates the data directory and prints a one-time address on which the first administrator is made.
    SIGTERM or Ctrl-C stops it: open requests are answered, what was accepted is on disk, exit code 0.

    \b
    Examples:
      baltoro serve
      baltoro serve --host 0.0.0.0 --public-url https://k6.example.org
      BALTORO_DATA_DIR=/srv/baltoro baltoro serve --port 8080
    """
    del no_runner  # accepted for scripts that will also start versions with a runner
    import asyncio
    from pathlib import Path

    from baltoro.foundation.settings import load_settings

    settings = load_settings(
        flags={
            "server.host": host,
            "server.port": port,
            "data_dir": data_dir,
            "server.public_url": public_url,
            "database_url": database_url,
            "metrics_url": metrics_url,
            "log_format": log_format,
        },
        environment=os.environ,
        config_file=Path(config_file) if config_file else None,
    )
    from baltoro.server import serve as serve_forever

    return asyncio.run(serve_forever(settings))
