"""The variables that point k6 of every generation at one server."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping


def log_tail_address(address: str) -> str:
    """Where k6 reads the log lines of a cloud run: `ws://HOST/api/v1/tail`."""
    scheme, _, rest = address.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/api/v1/tail"


def k6_environment(
    address: str, *, token: str | None = None, stack_id: int | None = None, project_id: int | None = None
) -> dict[str, str]:
    """`K6_CLOUD_*` for the server at `address`.

    Args:
        address: the server's origin.
        token: left out when none.
        stack_id: id of the organization.
        project_id: goes with `stack_id`: newer k6 fails with one of the two alone, so both or none are set.
    """
    variables = {
        "K6_CLOUD_HOST": address,
        "K6_CLOUD_HOST_V6": address,
        "K6_CLOUD_WEB_APP_URL": address,
        "K6_CLOUD_LOGS_TAIL_URL": log_tail_address(address),
        # On by default in k6, and sent to the vendor's host unless it is off.
        "K6_CLOUD_TRACES_ENABLED": "false",
        "K6_CLOUD_STACK_URL": address,
    }
    if stack_id and project_id:
        variables["K6_CLOUD_STACK_ID"] = str(stack_id)
        variables["K6_CLOUD_PROJECT_ID"] = str(project_id)
    if token:
        variables["K6_CLOUD_TOKEN"] = token
    return variables


def _fish(variables: Mapping[str, str]) -> str:
    quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in variables.items()}
    return "\n".join(f"set -gx {name} '{value}'" for name, value in quoted.items())


def _powershell(variables: Mapping[str, str]) -> str:
    quoted = {name: value.replace("'", "''") for name, value in variables.items()}
    return "\n".join(f"$Env:{name} = '{value}'" for name, value in quoted.items())


def _gitlab(variables: Mapping[str, str]) -> str:
    # A JSON string is a valid YAML string.
    return "\n".join(["variables:", *(f"  {name}: {json.dumps(value)}" for name, value in variables.items())])


FORMS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "bash": lambda variables: "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
    "fish": _fish,
    "powershell": _powershell,
    "github": lambda variables: "\n".join(f"{name}={value}" for name, value in variables.items()),
    "gitlab": _gitlab,
    "docker": lambda variables: "\n".join(f"-e {name}={shlex.quote(value)}" for name, value in variables.items()),
    "json": lambda variables: json.dumps(variables, indent=2),
}
"""How each shell wants to be told. `github`: lines for `$GITHUB_ENV`; `docker`: arguments of `docker run`."""
