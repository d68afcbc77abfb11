import asyncio

import msgspec
import pytest

from baltoro.foundation.settings import RunSettings, Settings
from tests.api.k6_client.conftest import TIMED_OUT, Client, error_of


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Limits that a test can wait for."""
    return msgspec.structs.replace(settings, runs=RunSettings(first_push_limit_s=1, silence_limit_s=1))


@pytest.mark.promise("R4")
@pytest.mark.parametrize("pushes", [0, 1])
async def test_point_20_the_server_ends_dead_runs_itself(k6: Client, pushes: int) -> None:
    run_id = await k6.start()
    for _ in range(pushes):
        assert (await k6.count(run_id)).is_success

    async def ended() -> None:
        while not (await k6.run(run_id)).is_final:
            await k6.http.get("/healthz")

    await asyncio.wait_for(ended(), 10)
    run = await k6.until_processed(run_id)
    assert run.status is TIMED_OUT
    assert run.error_detail
    assert run.error_detail in error_of(await k6.count(run_id), 403, 4)["message"]
    await k6.finish(run_id)
    assert (await k6.run(run_id)).status is TIMED_OUT
    assert (await k6.progress(run_id))["result_status"] == 1
