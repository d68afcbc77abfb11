"""Where the runs of a token go: an organization (the stack of newer k6) and a project in it."""

from dataclasses import dataclass

from baltoro.cli.connection import Client
from baltoro.cli.names import find_project
from baltoro.cli.sign_in import whose_token


@dataclass(frozen=True)
class Place:
    """An organization and a project of it; none where the account has no default."""

    organization_id: int | None
    project_id: int | None


def place_of(client: Client, project: str | None = None) -> Place:
    """The project that was named, else the default one of the token.

    Raises:
        Failure: the token is refused, or the project is not found.
    """
    if project:
        found = find_project(client, project)
        return Place(found["organization_id"], found["id"])
    owner = whose_token(client)
    return Place(owner.organization_id, owner.project_id)
