"""`baltoro admin user …`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from baltoro.cli.instance import instance_options
from baltoro.cli.options import json_option

if TYPE_CHECKING:
    from baltoro.accounts import User
    from baltoro.foundation.settings import Settings


@click.command(short_help="Open an account.")
@click.option("--email", required=True, metavar="E-MAIL")
@click.option("--name", default="", metavar="NAME", help='First and last name, for example "Ada Lovelace".')
@click.option("--admin", "is_admin", is_flag=True, help="May administer the whole server.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@instance_options
def create(
    *,
    data_dir: str | None,
    database_url: str | None,
    config_file: str | None,
    email: str,
    name: str,
    is_admin: bool,
    password_stdin: bool,
) -> None:
    """Open an account with an organization of its own and a default project.

    Without --password-stdin it prints a one-time address on which the person chooses a password, valid for one hour.

    \b
    Examples:
      baltoro admin user create --email ada@example.org --name "Ada Lovelace" --admin
      echo "$PASSWORD" | baltoro admin user create --email ci@example.org --password-stdin
    """
    import asyncio

    from baltoro.cli.instance import instance_settings

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    settings = instance_settings(data_dir, database_url, config_file)
    asyncio.run(_create(settings, email, name, password, is_admin=is_admin))


async def _create(settings: Settings, email: str, name: str, password: str | None, *, is_admin: bool) -> None:
    from baltoro.accounts import PasswordHasher, issue_password_link
    from baltoro.cli.instance import page_origin
    from baltoro.cli.output import note
    from baltoro.foundation.clock import system_clock
    from baltoro.organizations import register_user
    from baltoro.server import opened_databases, prepare_directory

    prepare_directory(settings.directory)
    first_name, _, last_name = name.strip().partition(" ")
    async with opened_databases(settings) as (database, _metrics), database.transaction() as tx:
        registration = await register_user(
            tx,
            PasswordHasher(),
            email=email,
            first_name=first_name,
            last_name=last_name.strip(),
            password=password,
            is_instance_admin=is_admin,
            at=system_clock(),
        )
        link = None if password else await issue_password_link(tx, registration.user.id, at=system_clock())
    note(f"Created {registration.user.email} (user {registration.user.id}) with {registration.organization.name}.")
    if link:
        note("Within one hour the password can be chosen here, once:")
        click.echo(f"{page_origin(settings)}/account/password/{link}")


@click.command("list")
@json_option
@instance_options
def list_users(*, data_dir: str | None, database_url: str | None, config_file: str | None, as_json: bool) -> None:
    """List all people with an account.

    \b
    Example:
      baltoro admin user list
    """
    import asyncio

    from baltoro.cli.instance import instance_settings
    from baltoro.cli.output import print_json, print_table

    users = asyncio.run(_all(instance_settings(data_dir, database_url, config_file)))
    if as_json:
        print_json(
            [
                {
                    "id": user.id,
                    "email": user.email,
                    "first_name": user.first_name,
                    "last_name": user.last_name,
                    "status": user.status.value,
                    "is_instance_admin": user.is_instance_admin,
                    "has_password": user.has_password,
                    "created": user.created_at.isoformat(),
                }
                for user in users
            ]
        )
        return
    print_table(
        ("ID", "E-MAIL", "NAME", "STATUS", "ADMIN", "PASSWORD"),
        [
            (
                str(user.id),
                user.email,
                f"{user.first_name} {user.last_name}".strip(),
                user.status.value,
                "yes" if user.is_instance_admin else "",
                "set" if user.has_password else "none",
            )
            for user in users
        ],
        empty="Nobody yet. Create the first: baltoro admin user create --email E --admin",
    )


async def _all(settings: Settings) -> list[User]:
    from baltoro.accounts import all_users
    from baltoro.server import opened_databases, prepare_directory

    prepare_directory(settings.directory)
    async with opened_databases(settings) as (database, _metrics), database.reading() as tx:
        return await all_users(tx)


@click.command("reset-password", short_help="Give a person a new password.")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the new password from standard input.")
@instance_options
def reset_password(
    *, data_dir: str | None, database_url: str | None, config_file: str | None, email: str, password_stdin: bool
) -> None:
    """Give a person a new password, or (without --password-stdin) an address on which to choose one.

    \b
    Example:
      baltoro admin user reset-password ada@example.org
    """
    import asyncio

    from baltoro.cli.instance import instance_settings

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    asyncio.run(_reset(instance_settings(data_dir, database_url, config_file), email, password))


async def _reset(settings: Settings, email: str, password: str | None) -> None:
    from baltoro.accounts import PasswordHasher, issue_password_link, set_password
    from baltoro.cli.instance import page_origin
    from baltoro.cli.output import note
    from baltoro.cli.people import person
    from baltoro.foundation.clock import system_clock
    from baltoro.server import opened_databases, prepare_directory

    prepare_directory(settings.directory)
    async with opened_databases(settings) as (database, _metrics), database.transaction() as tx:
        user = await person(tx, email)
        if password:
            await set_password(tx, PasswordHasher(), user.id, password, at=system_clock())
            link = ""
        else:
            link = await issue_password_link(tx, user.id, at=system_clock())
    if link:
        note("Within one hour the password can be chosen here, once:")
        click.echo(f"{page_origin(settings)}/account/password/{link}")
    else:
        note(f"The password of {user.email} was changed; open browser sessions were ended.")
