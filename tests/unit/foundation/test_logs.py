import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from baltoro.foundation.logs import configure_logging, get_logger, mask


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The captured standard error is closed after the test: nobody may go on writing to it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


TOKEN = "bltu_0000000000000000000000000000000iH3MI"


def test_a_token_in_a_text_is_masked() -> None:
    assert mask(f"got {TOKEN}!") == "got bltu_[masked]!"


def test_no_secret_reaches_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    get_logger().info("x.happened", password="hunter2", Authorization="Token abc", text=f"with {TOKEN}", run_id=7)
    line = capsys.readouterr().err
    assert json.loads(line)["run_id"] == 7
    for secret in ("hunter2", "abc", TOKEN):
        assert secret not in line
