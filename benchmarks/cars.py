"""Five hundred cars with a million bookings: how long search, hold and board take."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2

from app.cli.load import percentile
from app.cli.seed import DEMO_PASSWORD
from benchmarks.crowd import measure_crowd
from benchmarks.figures import Figure
from benchmarks.ground import Ground, ground, settle
from benchmarks.pages import sign_in

CARS, EACH = 500, 2_000
ROUNDS = 80
#: From four years back to a year and a half ahead: each rental a day or less, with a gap and a buffer behind it.
FLEET = f"""
insert into resources (business_id, public_id, kind, name, label, created_at)
  select b.id, 'bench-car-' || n, 'car', 'Bench ' || n, 'BEN ' || n, now()
  from businesses b, generate_series(1, {CARS}) n where b.slug = 'biler';
insert into cars (id, business_id, category, seats, transmission, fuel, plate, licence, odometer, price_day,
    buffer_minutes, notice_minutes, shortest_minutes, version, updated_at)
  select r.id, r.business_id, (array['city', 'estate', 'van'])[1 + r.id % 3], 2 + r.id % 6,
    (array['automatic', 'manual'])[1 + r.id % 2], 'petrol', r.label, 'B', 0, 400 + r.id % 500, 30, 0, 60, 1, now()
  from resources r where r.label like 'BEN %';
insert into customers (business_id, public_id, name, name_key, email, phone, phone_number, language, email_trouble,
    notes, search, version, created_at, updated_at)
  select id, 'bench-customer', 'Bench', 'bench', 'bench@post.example', '', '', 'sv', '', '', '{{}}', 1, now(), now()
  from businesses where slug = 'biler';
create temporary table rides as
  select nextval('bookings_id_seq') as booking_id, nextval('claims_id_seq') as claim_id, r.id as car_id, r.business_id,
    c.id as customer_id, b.begins, b.begins + interval '12 hours' + (n.n % 9) * interval '1 hour' as ends
  from resources r cross join generate_series(1, {EACH}) n(n)
  join customers c on c.public_id = 'bench-customer' and c.business_id = r.business_id
  cross join lateral (select date_trunc('day', now()) - interval '4 years' + n.n * interval '1 day'
    + (r.id % 24) * interval '1 hour' as begins) b
  where r.label like 'BEN %';
insert into bookings (id, business_id, public_id, reference, customer_id, service, state, starts_at, ends_at, has_time,
    contact_name, contact_phone, from_address, to_address, size, extras, notes, language, currency, search,
    mail_trouble, sequence, version, created_at, updated_at, cancelled_reason)
  select booking_id, business_id, 'bench-' || booking_id, 'B' || booking_id, customer_id, 'car',
    case when ends < now() then 'done' else 'confirmed' end, begins, ends, true, 'Bench', '', '', '', '', '{{}}', '',
    'sv', 'SEK', '{{}}', '', 0, 1, begins - interval '9 days', now(), '' from rides;
insert into claims (id, business_id, resource_id, kind, during, reason, created_at)
  select claim_id, business_id, car_id, 'booking', tstzrange(begins, ends), '', now() from rides;
insert into booking_claims (business_id, booking_id, claim_id) select business_id, booking_id, claim_id from rides;
"""
TAKEN = """
explain (analyze, timing off, format json)
select resource_id, min(lower(during)), min(expires_at) from claims
where business_id = %(business)s and released_at is null and (expires_at is null or expires_at > now())
  and during && tstzrange(%(begins)s, %(ends)s) group by resource_id
"""


def measure() -> Iterator[Figure]:
    """The look into the database alone, then pages and API as a visitor and a dispatcher have them."""
    with ground(demo=True) as made:
        business = _fill(made)
        with made.web() as (origin, _number):
            settle()
            yield Figure("rentals there", float(CARS * EACH), "", note=f"of {CARS} cars, {EACH:,} each")
            yield _in_the_database(made, business)
            host = f"http://biler.localhost:{origin.rpartition(':')[2]}"
            with httpx2.Client(base_url=origin, headers={"Host": host[7:]}, timeout=60) as visitor:
                yield _timed("GET /api/v1/cars", lambda: _get(visitor, "/api/v1/cars"), goal=50, aim=20)
                yield _timed("GET /search", lambda: _get(visitor, "/search"), goal=50, aim=20)
                yield _hold(visitor)
            with httpx2.Client(base_url=origin, timeout=60) as desk:
                sign_in(desk, "owner@biler.example", DEMO_PASSWORD)
                yield _timed("GET /admin/board, cars", lambda: _board(desk))
            yield from measure_crowd(host)


def _fill(made: Ground) -> int:
    with made.line() as line:
        line.execute("set statement_timeout = 0")
        for statement in FLEET.strip().rstrip(";").split(";\n"):
            line.execute(statement)
        for table in ("resources", "cars", "bookings", "claims", "booking_claims"):
            line.execute(f"vacuum analyze {table}")
        found = line.execute("select id from businesses where slug = 'biler'").fetchone()
        assert found is not None
        return int(found[0])


def _period() -> tuple[datetime, datetime]:
    """A time of one to five days in the coming year; drawn by lot, so that no answer is remembered from before."""
    day = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=random.randint(1, 360))
    begins = day + timedelta(minutes=random.randrange(0, 480, 5))
    return begins, begins + timedelta(days=random.randint(1, 5))


def _in_the_database(made: Ground, business: int) -> Figure:
    spent = []
    with made.line() as line:
        for _round in range(ROUNDS * 3):
            begins, ends = _period()
            given = {"business": business, "begins": begins, "ends": ends + timedelta(days=1)}
            plan = line.execute(TAKEN, given).fetchone()
            assert plan is not None
            spent.append(float(plan[0][0]["Execution Time"]) / 1000)
    return Figure(
        "what is taken in a period: p95 in the database", percentile(spent, 95), "ms", goal=5, aim=2, smaller=True,
        note=f"p50 {percentile(spent, 50):.1f} ms",
    )  # fmt: skip


def _get(browser: httpx2.Client, path: str) -> None:
    begins, ends = _period()
    answer = browser.get(path, params={"from": begins.isoformat(), "to": ends.isoformat()})
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}: {answer.text[:300]}")


def _board(browser: httpx2.Client) -> None:
    day = (datetime.now(UTC) + timedelta(days=random.randint(1, 300))).date()
    answer = browser.get("/admin/board", params={"of": "car", "day": day.isoformat()})
    if answer.status_code != 200:
        raise SystemExit(f"the board answered {answer.status_code}")


def _timed(what: str, ask: Callable[[], None], *, goal: float | None = None, aim: float | None = None) -> Figure:
    spent = []
    for number in range(ROUNDS + 10):
        began = time.monotonic()
        ask()
        if number >= 10:  # the first ones warm both processes
            spent.append(time.monotonic() - began)
    note = f"p50 {percentile(spent, 50):.0f} ms, one after the other"
    return Figure(f"{what}: p95", percentile(spent, 95), "ms", goal=goal, aim=aim, smaller=True, note=note)


def _hold(browser: httpx2.Client) -> Figure:
    """Takes cars that the search has just found free, and gives them up again."""
    spent: list[float] = []
    while len(spent) < ROUNDS:
        begins, _ends = _period()
        wanted = {"from": begins.isoformat(), "to": (begins + timedelta(hours=2)).isoformat()}
        found = browser.get("/api/v1/cars", params=wanted).json()["items"]
        if not found:
            continue
        body = json.dumps(wanted | {"carId": random.choice(found)["id"]})
        began = time.monotonic()
        answer = browser.post("/api/v1/bookings/precheck", content=body, headers={"Content-Type": "application/json"})
        if answer.status_code != 201:
            raise SystemExit(f"a hold answered {answer.status_code}: {answer.text[:300]}")
        spent.append(time.monotonic() - began)
        browser.delete(f"/api/v1/bookings/precheck/{answer.json()['holdId']}")
    note = f"p50 {percentile(spent, 50):.0f} ms"
    return Figure("POST /api/v1/bookings/precheck: p95", percentile(spent, 95), "ms", smaller=True, note=note)
