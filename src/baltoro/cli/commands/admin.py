"""`baltoro admin …`: for whoever runs the server. Works on the database directly, also while the server runs."""

from __future__ import annotations

import click

from baltoro.cli.program import CONTEXT, Branch

_USER_COMMANDS = {
    "create": "admin_users:create",
    "list": "admin_users:list_users",
    "reset-password": "admin_users:reset_password",
}


@click.group(
    cls=Branch, context_settings=CONTEXT, lazy={"migrate": "admin_migrate:migrate", "doctor": "admin_doctor:doctor"}
)
def admin() -> None:
    """Look after the server: people, tokens, schema, check-up."""


@admin.group(cls=Branch, context_settings=CONTEXT, lazy=_USER_COMMANDS)
def user() -> None:
    """People with an account."""


@admin.group(cls=Branch, context_settings=CONTEXT, lazy={"create": "admin_tokens:create"})
def token() -> None:
    """API tokens."""
