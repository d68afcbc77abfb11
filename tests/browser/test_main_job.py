"""The main job in a real browser: sign in, watch a run live, see it finish without a reload; hostile names do nothing."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect, sync_playwright

from baltoro.foundation.settings import Settings
from tests.fault.pusher import create_run
from tests.k6.conftest import BINARIES, K6
from tests.people import Person
from tests.pushes import COUNTER, RATE, TREND, OneSeries, counter_value, rate_value, trend_value, v2_body
from tests.server_process import ServerProcess, seed
from tests.target import Target

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCRIPT = """
import http from 'k6/http';
import { check, sleep } from 'k6';
export const options = {
  scenarios: { browse: { executor: 'constant-vus', vus: 2, duration: '9s', gracefulStop: '2s' } },
  thresholds: { http_req_duration: ['p(95)<5000'], checks: ['rate>0.5'] },
};
export default function () { check(http.get(__ENV.TARGET), { 'is fine': (r) => r.status === 200 }); sleep(0.1); }
export function handleSummary(data) { return { stdout: 'REQUESTS=' + data.metrics.http_reqs.values.count + ';' }; }
"""
PAYLOADS = [
    "<img src=x onerror=document.body.dataset.pwn=1>",
    "<script>document.body.dataset.pwn=1</script>",
    '"><svg onload=document.body.dataset.pwn=1>',
    "javascript:document.body.dataset.pwn=1",
    "{{constructor.constructor('document.body.dataset.pwn=1')()}}",
    "${document.body.dataset.pwn=1}",
    "'-alert(1)-'",
    "</script><script>alert(1)</script>",
    "<iframe srcdoc='<script>parent.document.body.dataset.pwn=1</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "</title><script>alert(1)</script>",
    "<style>@import 'http://127.0.0.2/x'</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\u003cscript\\u003ealert(1)",
    "<math><mtext><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<body onload=alert(1)>",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser(served: tuple[ServerProcess, Person]) -> Iterator[Browser]:
    del served  # first: once Playwright runs, no other event loop can be started in this thread
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, Person]]:
    settings = Settings(data_dir=str(tmp_path_factory.mktemp("server") / "data"))
    ada = seed(settings)
    process = ServerProcess(settings)
    process.start()
    yield process, ada
    process.end()


def sign_in(page: Page, url: str, ada: Person) -> None:
    page.goto(f"{url}/account/login")
    page.fill("input[name=email]", ada.email)
    page.fill("input[name=password]", ada.password)
    page.click("button[type=submit]")
    page.wait_for_url("**/projects/**")


@pytest.fixture
def page(browser: Browser, served: tuple[ServerProcess, Person]) -> Iterator[Page]:
    """A signed-in page; at its end nothing was asked of another origin, and nothing was refused by the content policy."""
    server, ada = served
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    trouble: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            trouble.append(message.text)

    def on_dialog(dialog: Dialog) -> None:
        trouble.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def on_request(asked: Request) -> None:
        if not asked.url.startswith(server.url):
            trouble.append(asked.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", on_dialog)
    page.on("request", on_request)
    sign_in(page, server.url, ada)
    yield page
    context.close()
    assert trouble == []


def number_of(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


def requests_made(page: Page) -> int:
    return number_of(page.locator(".tile", has_text="Requests made").locator("dd.v").inner_text())


def test_a_run_is_watched_live_and_finishes_without_a_reload(
    page: Page, served: tuple[ServerProcess, Person], target: Target, tmp_path: Path
) -> None:
    server, ada = served
    k6 = K6("1.1.0", BINARIES["1.1.0"], tmp_path)
    k6.environment = {"K6_CLOUD_HOST": server.url, "K6_CLOUD_TOKEN": ada.token, "TARGET": target.url}
    k6.script("watched.js", SCRIPT)
    process = k6.start("run", "--address", "", "--quiet", "-o", "cloud", "watched.js")
    listed = server.wait_until(f"/loadtests/v2/runs?project_id={ada.project_id}", ada, "json['k6-runs']")
    run_id = listed.json()["k6-runs"][0]["id"]
    page.goto(f"{server.url}/projects/{ada.project_id}")
    expect(page.get_by_text("watched.js").first).to_be_visible()
    page.goto(f"{server.url}/runs/{run_id}")
    page.evaluate("window.notReloaded = true")
    seen: set[int] = set()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and page.get_by_text("Running").count():
        seen.add(requests_made(page))
        page.wait_for_timeout(200)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    expect(page.locator(".chip").first).to_contain_text(re.compile("Passed|Finished"), timeout=15_000)
    expected = number_of(re.search(r"REQUESTS=(\d+);", out).group(1))  # type: ignore[union-attr]
    page.wait_for_function(
        """count => [...document.querySelectorAll('.tile')].some(tile => tile.textContent.includes('Requests made')
            && tile.querySelector('dd.v').textContent.replace(/\\D/g, '') === String(count))""",
        arg=expected,
    )
    assert page.evaluate("window.notReloaded") is True
    assert len(seen) >= 4, f"the page showed only {seen}"
    assert sorted(seen) == list(dict.fromkeys(sorted(seen)))


@pytest.mark.promise("T5")
def test_hostile_names_do_nothing_and_are_shown_as_text(page: Page, served: tuple[ServerProcess, Person]) -> None:
    server, ada = served
    now = int(time.time())
    run_id = create_run(
        server.url,
        ada,
        name=PAYLOADS[0],
        thresholds={f"http_req_duration{{name:{PAYLOADS[1]}}}": ["p(95)<1"], PAYLOADS[2]: ["count>1"]},
    )
    series: list[OneSeries] = []
    for text in PAYLOADS:
        http = {
            "name": text, "url": text, "method": text, "status": "200", "scenario": text, "group": f"::{text}",
            "expected_response": "true", text: text,
        }  # fmt: skip
        series += [
            OneSeries("http_reqs", COUNTER, http, [counter_value(3, time=now)]),
            OneSeries("http_req_duration", TREND, http, [trend_value([1.5, 2.5, 9.0], time=now)]),
            OneSeries("http_req_failed", RATE, http, [rate_value(0, 3, time=now)]),
            OneSeries(
                "checks", RATE, {"check": text, "group": f"::{text}", "scenario": text}, [rate_value(1, 2, time=now)]
            ),
            OneSeries(text, COUNTER, {"scenario": text}, [counter_value(1, time=now)]),
        ]
    pushed = httpx.post(
        f"{server.url}/v2/metrics/{run_id}",
        content=v2_body(run_id, *series),
        headers={**ada.headers, "Content-Encoding": "snappy"},
    )
    assert pushed.is_success, pushed.text
    finished = httpx.post(
        f"{server.url}/v1/tests/{run_id}",
        json={"result_status": 1, "run_status": 3, "thresholds": {}},
        headers=ada.headers,
    )
    assert finished.is_success
    run = server.get(f"/loadtests/v2/runs/{run_id}", ada).json()["k6-run"]
    for path in (f"/projects/{ada.project_id}", f"/tests/{run['test_id']}", f"/runs/{run_id}"):
        page.goto(server.url + path)
        expect(page.get_by_text(PAYLOADS[0]).first).to_be_visible()
        assert page.evaluate("document.querySelectorAll('[data-pwn]').length") == 0
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert page.evaluate("document.querySelectorAll('[data-pwn]').length") == 0
    page.get_by_role("tab", name=re.compile("Checks")).click()
    expect(page.get_by_text(PAYLOADS[5]).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(
    browser: Browser, served: tuple[ServerProcess, Person], scheme: str
) -> None:
    server, ada = served
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, server.url, ada)
    run_id = create_run(server.url, ada, name="a-test-with-a-name-of-some-sixty-characters-that-must-not-widen-it.js")
    run = server.get(f"/loadtests/v2/runs/{run_id}", ada).json()["k6-run"]
    for path in (
        f"/projects/{ada.project_id}",
        f"/tests/{run['test_id']}",
        f"/runs/{run_id}",
        "/account/api-token",
        "/connect",
    ):
        page.goto(server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()
