"""An organization token runs tests for nobody in particular: it must say where a run belongs."""

from typing import TYPE_CHECKING, Any

import pytest

from baltoro.access import PRESETS
from tests.api.k6_client.conftest import Client, error_of
from tests.api.k6_client.test_points import upload
from tests.api.v3.test_organizations import organization_token
from tests.people import Person

if TYPE_CHECKING:
    from baltoro.server import Running

PROJECT_REQUIRED = (
    "An organization API token is not linked to a user and has no default project. Set the project: `projectID` in "
    "options.cloud (or options.ext.loadimpact), or the environment variable K6_CLOUD_PROJECT_ID."
)


async def with_preset(k6: Client, running: "Running", ada: Person, preset: str) -> Client:
    header = await organization_token(running, ada, *(scope.value for scope in PRESETS[preset]))
    return Client(k6.http, running, header["Authorization"].removeprefix("Token "))


@pytest.mark.promise("S16")
@pytest.mark.parametrize(
    "project", [{}, {"project_id": None}, {"project_id": 0}, {"project_id": "0"}, {"project_id": ""}]
)
async def test_without_a_project_it_is_refused_in_words(
    k6: Client, running: "Running", ada: Person, project: dict[str, Any]
) -> None:
    token = await with_preset(k6, running, ada, "full")
    for answer in (await token.announce(**project), await upload(token)):
        error = error_of(answer, 400, 2)
        assert (error["message"], error["detail_code"]) == (PROJECT_REQUIRED, 210)
        assert error["field_errors"]["project_id"]


@pytest.mark.promise("S16")
async def test_with_a_project_the_run_belongs_to_nobody(
    k6: Client, running: "Running", ada: Person, bob: Person
) -> None:
    token = await with_preset(k6, running, ada, "stream")
    error_of(await token.announce(project_id=bob.project_id), 404, 3)
    run_id = await token.start(project_id=ada.project_id)
    assert (await token.count(run_id, 2)).status_code == 200
    assert (await token.finish(run_id)).status_code == 200
    run = await token.run(run_id)
    assert (run.user_id, run.started_by) == (None, "Organization token: ci")
    assert (await k6.progress(run_id))["run_status"] == 3


async def test_a_token_that_only_reads_starts_pushes_and_stops_nothing(
    k6: Client, running: "Running", ada: Person
) -> None:
    reader = await with_preset(k6, running, ada, "read")
    run_id = await k6.start()
    for answer in (
        await reader.announce(project_id=ada.project_id),
        await reader.count(run_id),
        await reader.finish(run_id),
        await reader.post(f"/v1/tests/{run_id}/stop"),
    ):
        assert error_of(answer, 403, 4)["detail_code"] == 400
    assert (await reader.progress(run_id))["run_status"] == 2
