"""axe finds nothing serious on any page, light and dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_main_job import browser, served, sign_in
from tests.fault.pusher import create_run
from tests.people import Person
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
__all__ = ["browser", "served"]

AXE = Path(__file__).parent.parent.parent / "frontend/node_modules/axe-core/axe.min.js"


def serious(page: Page) -> list[str]:
    """Serious and critical violations of the page as it stands."""
    page.evaluate(AXE.read_text() + "; null")
    found = page.evaluate(
        "axe.run().then(result => result.violations.filter(v => ['serious', 'critical'].includes(v.impact)))"
    )
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, served: tuple[ServerProcess, Person], scheme: str) -> None:
    server, ada = served
    run_id = create_run(server.url, ada, name="seen.js", thresholds={"checks": ["rate>0.9"]})
    test_id = server.get(f"/loadtests/v2/runs/{run_id}", ada).json()["k6-run"]["test_id"]
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}/account/login")
    trouble = {"/account/login": serious(page)}
    sign_in(page, server.url, ada)
    for path in (
        f"/projects/{ada.project_id}",
        f"/tests/{test_id}",
        f"/runs/{run_id}",
        "/account/api-token",
        "/connect",
    ):
        page.goto(server.url + path)
        trouble[path] = serious(page)
    context.close()
    assert {path: found for path, found in trouble.items() if found} == {}
