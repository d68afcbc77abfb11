"""Every setting with its variable, default and meaning, read from the settings types themselves."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass

import msgspec

from baltoro.foundation.settings import Settings, environment_name


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        path: as in the TOML file, `server.port`.
        variable: its environment variable.
        kind: `str`, `int`, `float` or `bool`.
        default: as TOML writes it.
        meaning: sentences from the source.
    """

    path: str
    variable: str
    kind: str
    default: str
    meaning: str


def all_settings(kind: type[msgspec.Struct] = Settings, prefix: str = "") -> list[Setting]:
    """All settings, top level first, then section by section."""
    meanings = _meanings(kind)
    found: list[Setting] = []
    sections: list[Setting] = []
    for field in msgspec.structs.fields(kind):
        path = prefix + field.name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            sections += all_settings(field.type, f"{path}.")
        else:
            found.append(
                Setting(
                    path=path,
                    variable=environment_name(path),
                    kind=getattr(field.type, "__name__", str(field.type)),
                    default=_toml(field.default),
                    meaning=meanings.get(field.name, ""),
                )
            )
    return found + sections


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _meanings(kind: type) -> dict[str, str]:
    """The string below each field: Python keeps it in the source only."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    meanings: dict[str, str] = {}
    field = None
    for statement in getattr(definition, "body", []):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            field = statement.target.id
        elif field and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            meanings[field] = " ".join(str(statement.value.value).split())
            field = None
    return meanings
