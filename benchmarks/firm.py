"""A big firm: 100,000 bookings, 40,000 customers, 200,000 mails and as many jobs; its lists, searches and figures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx2
import psycopg

from app.cli.load import percentile
from app.cli.seed import DEMO_PASSWORD
from benchmarks.browser import loads
from benchmarks.figures import Figure
from benchmarks.firm_rows import BOOKINGS, CREWS, ROUNDS_A_DAY, Firm
from benchmarks.ground import ground, settle
from benchmarks.pages import sign_in
from benchmarks.timed import ROUNDS, timed, watch

ALL = "/admin/bookings?view=all&perPage=50"
#: What the list of bookings says without the program: its first page, and how many there are.
BY_SQL = """
select * from bookings where business_id = %(business)s order by starts_at desc, id desc limit 50;
select count(*) from bookings where business_id = %(business)s
"""
#: Somebody of last year: name, phone, reference, street.
SOMEBODY = "select contact_name, contact_phone, reference, from_address from bookings where id = %s"


def measure() -> Iterator[Figure]:
    """The limit, then each page; at last the board and the figures."""
    with ground(demo=True) as made:
        with made.line() as line:
            firm = Firm(line, "majorna")
            firm.fill()
            yield Figure("bookings of the firm", float(BOOKINGS), "", note="of three years, and of 100 days to come")
            yield _by_sql(line, firm.business)
            row = line.execute(SOMEBODY, [firm.first_booking + BOOKINGS // 2]).fetchone()
            assert row is not None
        with made.web() as (origin, number), httpx2.Client(base_url=origin, timeout=60) as desk:
            settle()
            seen = watch(made, number)
            sign_in(desk, "owner@majorna.example", DEMO_PASSWORD)
            worst = 0.0
            for what, path in _lists(*map(str, row)).items():
                found = timed(desk, path, seen, what=what, goal=60, aim=25)
                worst = max(worst, found.value or 0.0)
                yield found
            yield Figure("the slowest of these: p95", worst, "ms", goal=60, aim=25, smaller=True)
            yield timed(desk, "/admin", seen, what="today", goal=60, aim=25)
            year = "/admin/numbers?period=to_today"
            yield timed(desk, year, seen, what="figures, 1 January to today", goal=1_000, aim=300)
            board = f"/admin/board?day={(datetime.now() + timedelta(days=7)).date().isoformat()}"  # noqa: DTZ005
            size = f"{CREWS} crews, {CREWS * ROUNDS_A_DAY} bookings a day"
            yield timed(desk, board, seen, what=f"board, a day, {size}", goal=300, aim=60)
            yield timed(desk, f"{board}&span=week", seen, what=f"board, a week, {size}", goal=300, aim=100)
            cookies = dict(desk.cookies)
            for what, path in (("a day", board), ("a week", f"{board}&span=week")):
                spent = loads(f"{origin}{path}", cookies)
                yield Figure(
                    f"board in a browser, {what}: p95", percentile(spent, 95), "ms", goal=1_000, aim=500, smaller=True,
                    note=f"p50 {percentile(spent, 50):.0f} ms, from the click to the end of loading, warm",
                )  # fmt: skip


def _lists(name: str, phone: str, reference: str, street: str) -> dict[str, str]:
    search = "/admin/bookings?perPage=50&q="
    return {
        "bookings, as they open": "/admin/bookings?perPage=50",
        "bookings, all": ALL,
        "bookings, page 1,000": f"{ALL}&page=1000",
        "bookings by price": f"{ALL}&sort=-price",
        "bookings by name": f"{ALL}&sort=name",
        "bookings, cancelled this year": f"{ALL}&state=cancelled&from={datetime.now().year}-01-01",  # noqa: DTZ005
        "bookings that need a person": "/admin/bookings?view=attention&perPage=50",
        "bookings, search by name": f"{search}{quote(name)}",
        "bookings, search by phone": f"{search}{quote(phone)}",
        "bookings, search by reference": f"{search}{reference}",
        "bookings, search by a part of a street": f"{search}{quote(street[:6])}",
        "bookings, search with a slip": f"{search}Bergstrum",
        "bookings, search without a hit": f"{search}zzqxv",
        "customers": "/admin/customers",
        "customers, page 1,000": "/admin/customers?page=1000",
        "customers, search by name": f"/admin/customers?q={quote(name)}",
        "customers, search with a slip": "/admin/customers?q=Bergstrum",
        "mails": "/admin/emails",
        "mails, page 1,000": "/admin/emails?page=1000",
        "mails of a kind": "/admin/emails?kind=booking_received",
        "mails, search by name": f"/admin/emails?q={quote(name)}",
        "mails, search without a hit": "/admin/emails?q=zzqxv",
        "search over everything": f"/admin/search?q={quote(name)}",
        "queue": "/admin/queue",
        "jobs that are done": "/admin/queue/jobs?state=done",
    }  # fmt: skip


def _by_sql(line: psycopg.Connection, business: int) -> Figure:
    spent = []
    for _round in range(ROUNDS):
        began = time.monotonic()
        for statement in BY_SQL.split(";"):
            line.execute(statement, {"business": business}).fetchall()  # type: ignore[arg-type]  # both written above
        spent.append(time.monotonic() - began)
    note = f"p50 {percentile(spent, 50):.0f} ms; the limit of a list: its first 50 rows and the count of all"
    return Figure("bookings, all, by SQL alone: p95", percentile(spent, 95), "ms", smaller=True, note=note)
