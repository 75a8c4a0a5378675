"""Every page that links lead to, as each kind of visitor: no fault of browser, policy, axe or width."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.faults.processes import ROOT, Deployment
from tools.servers import Valkey

PASSWORD = "try-kontor-today"
MOST_PAGES = 70
#: One address of each kind is enough: references, ids and numbers look alike to the crawler.
_PARTS = re.compile(r"/(?:[A-Z0-9]{4}-[A-Z0-9]{4}|[0-9a-z]{20}|\d+)(?=/|$)")
#: Files, and doors that end the visit.
_LEFT_OUT = re.compile(r"\.(?:ics|csv|json|txt|webmanifest)$|^/(?:static|api|logout)|/export|/body$|/files/|\.csv")


@pytest.fixture
def demo(new_database: Callable[[str], str], own_valkey: Valkey, tmp_path: Path) -> Iterator[Deployment]:
    """The demo, served."""
    with Deployment(tmp_path, new_database("crawl"), own_valkey.url()) as deployment:
        seeding = [sys.executable, "-m", "flask", "--app", "wsgi", "seed", "--demo"]
        ended = subprocess.run(
            seeding, cwd=ROOT, env=deployment.environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        deployment.start_web()
        yield deployment


@contextmanager
def listening(page: Page, faults: list[str]) -> Iterator[None]:
    """Writes down what the browser complains of."""

    def hear(words: object) -> None:
        text = getattr(words, "text", str(words))
        if getattr(words, "type", "error") in ("error", "warning") and "ERR_" not in text:
            faults.append(f"{page.url}: {text}")

    page.on("console", hear)
    page.on("pageerror", hear)
    yield


def crawl(page: Page, origin: str, start: list[str]) -> tuple[int, list[str]]:
    """Open page after page; how many, and what is wrong with them."""
    waiting, seen, faults, opened = list(start), set[str](), list[str](), 0
    with listening(page, faults):
        while waiting and opened < MOST_PAGES:
            path = waiting.pop(0)
            kind = _PARTS.sub("/*", urlsplit(path).path)
            if kind in seen or _LEFT_OUT.search(kind):
                continue
            seen.add(kind)
            answer = page.goto(origin + path, wait_until="load")
            opened += 1
            faults += looked_at(page, path, answer.status if answer else 0)
            links = page.eval_on_selector_all("a[href^='/']", "found => found.map(link => link.getAttribute('href'))")
            waiting += [link for link in links if link not in waiting]
    return opened, faults


def looked_at(page: Page, path: str, status: int) -> list[str]:
    """What is wrong with the page that is open."""
    found = [] if status < 400 else [f"{path}: {status}"]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        found.append(f"{path}: {width} px wide")
    broken = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response["violations"]
    found += [f"{path}: {fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in broken]
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("host", "who", "start", "least"),
    [
        ("majorna", None, ["/", "/book/move", "/book/cleaning", "/login", "/register", "/privacy"], 6),
        ("majorna", "owner@majorna.example", ["/admin", "/admin/queue", "/admin/emails", "/admin/bookings"], 20),
        ("majorna", "customer@majorna.example", ["/dashboard", "/bookings", "/account"], 4),
        ("biler", None, ["/", "/search"], 3),
        ("biler", "driver@biler.example", ["/driver", "/account"], 2),
    ],
)
def test_every_page_is_without_fault(
    demo: Deployment,
    browser: object,
    window: Callable[..., Page],
    host: str,
    who: str | None,
    start: list[str],
    least: int,
) -> None:
    demo.do("update businesses set hostname = 'majorna.localhost' where slug like 'majorna%%'")
    origin = f"http://{host}.localhost:{demo.port}"
    page = window(PHONE)
    if who is not None:
        page.goto(f"{origin}/login")
        page.locator("#email").fill(who)
        page.locator("#password").fill(PASSWORD)
        page.locator("form .btn-primary").click()
        page.wait_for_url(lambda address: "/login" not in address)
    opened, faults = crawl(page, origin, start)
    assert faults == [], "\n".join(faults)
    assert opened >= least
