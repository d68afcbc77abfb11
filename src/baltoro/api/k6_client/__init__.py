"""k6's own protocol, as k6 0.30 … 2.x speaks it to its cloud: log in, announce a run, push metrics, finish.

The facts about clients are in `docs/explanation/k6-protocol.md`. k6 prints refusals word for word: every message
here says what to do.
"""

from litestar import Router
from litestar.di import Provide

from baltoro.api.k6_client.asker import provide_k6_asker
from baltoro.api.k6_client.execution import upload_archive, validate_options
from baltoro.api.k6_client.login import log_in, validate_token
from baltoro.api.k6_client.metrics import PushDoor, push_v1, push_v2
from baltoro.api.k6_client.progress import stop_run, test_progress
from baltoro.api.k6_client.streaming import create_test, finish_test

__all__ = ["PushDoor", "routers"]


def routers() -> list[Router]:
    """Every route that k6 itself calls. Errors are answered by the application's one table."""
    return [
        Router(
            "/",
            route_handlers=[
                log_in,
                validate_token,
                create_test,
                finish_test,
                stop_run,
                test_progress,
                push_v1,
                push_v2,
                validate_options,
                upload_archive,
            ],
            dependencies={"k6_asker": Provide(provide_k6_asker)},
        )
    ]
