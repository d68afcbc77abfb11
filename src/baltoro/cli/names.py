"""Names or ids: what a person typed, turned into one object of the REST API."""

from collections.abc import Callable, Sequence

from baltoro.cli.connection import Client, Json
from baltoro.cli.failures import ExitCode, Failure

_SHOWN = 10


def one_of(kind: str, text: str, candidates: Sequence[Json], *, describe: Callable[[Json], str]) -> Json:
    """The one candidate that `text` means: by id, by exact name, else by name without regard to case.

    Args:
        kind: the word for it in an error, for example `project`.
        text: what was typed.
        candidates: all that there are.
        describe: the line with which a candidate is offered when several fit.

    Raises:
        Failure: none fits (exit code 4), or several do (2); the second lists them.
    """
    by_id = [item for item in candidates if text.isdecimal() and item["id"] == int(text)]
    exact = [item for item in candidates if item["name"] == text]
    folded = [item for item in candidates if item["name"].casefold() == text.casefold()]
    found = by_id or exact or folded
    if not found:
        raise Failure(f"no {kind} is called {text!r}.", hint=f"See: baltoro {kind} list", exit_code=ExitCode.NOT_FOUND)
    if len(found) > 1:
        lines = [f"  {describe(item)}" for item in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"  … and {len(found) - _SHOWN} more")
        raise Failure(
            f"{len(found)} {kind}s are called {text!r}.",
            hint="\n".join(["Say which one by its id:", *lines]),
            exit_code=ExitCode.USAGE,
        )
    return found[0]


def organizations(client: Client) -> list[Json]:
    """All organizations that the token sees, the default one first."""
    return list(client.get("/v3/organizations")["organizations"])


def find_organization(client: Client, text: str) -> Json:
    """One organization, by name or id."""
    return one_of("organization", text, organizations(client), describe=lambda item: f"{item['id']}  {item['name']}")


def projects(client: Client, organization: str | None = None) -> list[Json]:
    """All projects that the token sees, of one organization or of all."""
    chosen = [find_organization(client, organization)] if organization else organizations(client)
    return [
        project
        for item in chosen
        for project in client.all_pages(f"/v3/organizations/{item['id']}/projects", "projects")
    ]


def find_project(client: Client, text: str) -> Json:
    """One project, by name or id."""
    return one_of(
        "project",
        text,
        projects(client),
        describe=lambda item: f"{item['id']}  {item['name']} (organization {item['organization_id']})",
    )


def default_project_id(client: Client) -> int | None:
    """The project that runs go to when none is named; none for an organization token."""
    user = client.get("/v3/account/me").get("user")
    return user.get("default_project_id") if user else None


def find_load_test(client: Client, text: str) -> Json:
    """One load test, by id or by name in any project that the token sees."""
    if text.isdecimal():
        try:
            found: Json = client.get(f"/loadtests/v2/tests/{text}")["k6-test"]
        except Failure as failure:
            if failure.exit_code != ExitCode.NOT_FOUND:
                raise
        else:
            return found
    candidates = [
        item
        for project in projects(client)
        for item in client.all_pages("/loadtests/v2/tests", "k6-tests", {"project_id": project["id"], "q": text})
    ]
    return one_of(
        "test", text, candidates, describe=lambda item: f"{item['id']}  {item['name']} (project {item['project_id']})"
    )


def find_run(client: Client, text: str) -> Json:
    """One run: by id, by the address of its page, or the last run of the test of that name."""
    last_part = text.rstrip("/").rpartition("/")[2]
    if last_part.isdecimal():
        run: Json = client.get(f"/loadtests/v2/runs/{last_part}")["k6-run"]
        return run
    test = find_load_test(client, text)
    if not test["last_test_run_id"]:
        raise Failure(f"the test {text!r} has no run yet.", exit_code=ExitCode.NOT_FOUND)
    last: Json = client.get(f"/loadtests/v2/runs/{test['last_test_run_id']}")["k6-run"]
    return last
