"""How long the server takes for a page with about fifty rows, warm, one request after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2

from app.cli.seed import DEMO_PASSWORD
from benchmarks.figures import Figure
from benchmarks.ground import ground, settle
from benchmarks.timed import timed, watch

PUBLIC = ("/", "/book/move", "/login")
OFFICE = (
    "/admin", "/admin/bookings?view=all&perPage=50", "/admin/bookings?view=all&q=berg&perPage=50",
    "/admin/emails?perPage=50", "/admin/queue", "/admin/audit",
)  # fmt: skip


def measure() -> Iterator[Figure]:
    """Each page's p95, then the slowest of them against the goal."""
    with ground(demo=True) as made, made.web() as (origin, number):
        settle()
        seen = watch(made, number)
        worst = 0.0
        with httpx2.Client(base_url=origin, timeout=30) as browser:
            for path in PUBLIC:
                found = timed(browser, path, seen)
                worst = max(worst, found.value or 0.0)
                yield found
            sign_in(browser, "owner@majorna.example", DEMO_PASSWORD)
            for path in OFFICE:
                found = timed(browser, path, seen)
                worst = max(worst, found.value or 0.0)
                yield found
    yield Figure("the slowest of these pages: p95", worst, "ms", goal=60, aim=25, smaller=True)


def sign_in(browser: httpx2.Client, email: str, password: str) -> None:
    """Sign somebody in by the form."""
    form = browser.get("/login").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    if token is None:
        raise SystemExit("the log-in page has no form")
    given = {"csrf_token": token[1], "email": email, "password": password}
    origin = str(browser.base_url).rstrip("/")
    answer = browser.post("/login", data=given, headers={"Origin": origin}, follow_redirects=True)
    if answer.status_code != 200 or "/login" in str(answer.url):
        raise SystemExit(f"nobody could sign in: {answer.status_code} {answer.url}")
