"""How long the server takes for a page with about fifty rows, warm, one request after the other."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx2

from app.cli.load import percentile
from app.cli.seed import DEMO_PASSWORD
from benchmarks.figures import Figure
from benchmarks.ground import ground, settle

ROUNDS = 60
PUBLIC = ("/", "/book/move", "/login")
OFFICE = (
    "/admin", "/admin/bookings?view=all&perPage=50", "/admin/bookings?view=all&q=berg&perPage=50",
    "/admin/emails?perPage=50", "/admin/queue", "/admin/audit",
)  # fmt: skip


def measure() -> Iterator[Figure]:
    """Each page's p95, then the slowest of them against the goal."""
    with ground(demo=True) as made, made.web() as (origin, _number):
        settle()
        worst = 0.0
        with httpx2.Client(base_url=origin, timeout=30) as browser:
            for path in PUBLIC:
                found = _timed(browser, path)
                worst = max(worst, found.value or 0.0)
                yield found
            sign_in(browser, "owner@majorna.example", DEMO_PASSWORD)
            for path in OFFICE:
                found = _timed(browser, path)
                worst = max(worst, found.value or 0.0)
                yield found
    yield Figure("the slowest of these pages: p95", worst, "ms", goal=60, aim=25, smaller=True)


def _timed(browser: httpx2.Client, path: str) -> Figure:
    spent, size = [], 0
    for number in range(ROUNDS + 10):
        began = time.monotonic()
        answer = browser.get(path)
        if number >= 10:  # the first ones warm both processes
            spent.append(time.monotonic() - began)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        size = len(answer.content)
    return Figure(
        f"GET {path}: p95", percentile(spent, 95), "ms", note=f"p50 {percentile(spent, 50):.0f} ms, {size:,} bytes"
    )


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
