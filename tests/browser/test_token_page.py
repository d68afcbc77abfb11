"""The account token page, by what a person sees: find it, see the token, hide it, replace it."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import browser, page, served
from tests.people import Person
from tests.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
__all__ = ["browser", "page", "served"]


def test_the_token_is_found_seen_hidden_and_regenerated(page: Page, served: tuple[ServerProcess, Person]) -> None:
    server, ada = served
    profile = page.get_by_role("button", name=re.compile("profile and settings"))
    place = profile.bounding_box()
    assert place is not None
    assert place["x"] > 1280 - 100
    assert place["y"] < 60
    profile.click()
    expect(page.get_by_text("Account settings")).to_be_visible()
    page.locator("[popover]").get_by_role("link", name="API token").first.click()
    page.wait_for_url("**/account/api-token")
    assert ada.token not in page.content()
    field = page.get_by_label("Your token")
    expect(field).not_to_have_value(ada.token)
    page.get_by_role("button", name="See the token").click()
    expect(field).to_have_value(ada.token)
    page.get_by_role("button", name=re.compile("Hide the token|See the token")).click()
    expect(field).not_to_have_value(ada.token)
    page.get_by_role("button", name="Regenerate API token").click()
    page.get_by_role("dialog").get_by_role("button", name="Regenerate", exact=True).click()
    expect(page.get_by_text(re.compile("old one|new token", re.IGNORECASE)).first).to_be_visible()

    def status() -> int:
        return httpx.get(f"{server.url}/v3/organizations", headers=ada.headers, timeout=10).status_code

    for _ in range(20):
        if status() == httpx.codes.UNAUTHORIZED:
            break
        page.wait_for_timeout(100)
    assert status() == httpx.codes.UNAUTHORIZED
    page.get_by_role("button", name="See the token").click()
    expect(field).to_have_value(re.compile("^bltu_[0-9A-Za-z]{36}$"))
    fresh = field.input_value()
    assert fresh != ada.token
    answer = httpx.get(f"{server.url}/v3/organizations", headers={"Authorization": f"Bearer {fresh}"}, timeout=10)
    assert answer.status_code == httpx.codes.OK
