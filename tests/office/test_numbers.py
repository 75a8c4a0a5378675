"""The owner's page of numbers: each by its definition, each with exactly the rows of its list."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from app.bookings import numbers, use
from app.bookings.models import Booking, BookingClaim, BookingState
from app.bookings.numbers import MEASURES
from app.bookings.periods import Period, chosen, own
from app.fleet import claims
from app.fleet.models import Claim, ClaimKind, Hold, HoldEnd
from app.fleet.queries import hold_counts
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.db import add, db, transaction
from app.kernel.tenancy import within
from tests.make import make_booking, make_business, make_car, make_crew
from tests.office.desk import at_desk, make_job

ZONE = "Europe/Stockholm"
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """That hour of the firm's clocks."""
    return the_clock.wall_time(day, hour, minute, ZONE)


@pytest.fixture
def many(business) -> list[Booking]:
    """Bookings of a year and a half by chance: any service, state and price, also at the very edges of days."""
    chance = Random(40)
    made = [make_booking() for _number in range(60)]
    rows = list(db.session.scalars(select(Booking).where(Booking.id.in_([one.id for one in made]))))
    with transaction():
        for row in rows:
            day = date(2025, 3, 1) + timedelta(days=chance.randrange(500))
            edge = chance.choice(
                [at(day), at(day, 0), at(day, 23, 59), at(chance.choice([MARCH.first, MARCH.last]), 0)]
            )
            row.starts_at, row.ends_at = edge, edge + timedelta(hours=2)
            row.created_at = edge - timedelta(hours=chance.randrange(1, 900))
            row.state = chance.choice(list(BookingState))
            row.service = chance.choice(["move", "cleaning", "car"])
            row.price = chance.choice([None, Decimal(chance.randrange(100, 9000)) / 100])
            row.price_low = chance.choice([None, Decimal(500)])
            row.cancelled_late = row.state == "cancelled" and chance.random() < 0.5
    return rows


#: Each number once more, slowly and in plain words, over all rows.
SLOW: dict[str, Callable[[Booking], bool]] = {
    "came": lambda one: True,
    "came_cancelled": lambda one: one.state == "cancelled",
    "lead": lambda one: True,
    "jobs": lambda one: True,
    **{name: (lambda one, name=name: one.service == name) for name in ("move", "cleaning", "car")},
    **{
        name: (lambda one, name=name: one.state == name)
        for name in ("received", "confirmed", "assigned", "in_progress", "done", "expired", "cancelled", "no_show")
    },
    "late": lambda one: one.state == "cancelled" and one.cancelled_late,
    "income": lambda one: one.state == "done" and one.price is not None,
    "promised": lambda one: one.is_open and (one.price is not None or one.price_low is not None),
    "unpriced": lambda one: one.state == "done" and one.price is None,
}


def slowly(key: str, rows: list[Booking], period: Period) -> list[Booking]:
    """What counts, one by one."""
    begin, end = at(period.first, 0), at(period.last + timedelta(days=1), 0)
    when = "created_at" if MEASURES[key].day == "came" else "starts_at"
    return [one for one in rows if begin <= getattr(one, when) < end and SLOW[key](one)]


def amount_slowly(key: str, found: list[Booking]) -> Decimal | None:
    """What is said of them, one by one."""
    match MEASURES[key].says:
        case "price":
            return sum((one.price for one in found), Decimal())
        case "agreed":
            return sum((one.price if one.price is not None else one.price_low for one in found), Decimal())
        case "lead":
            seconds = [Decimal((one.starts_at - one.created_at).total_seconds()) for one in found]
            return round(sum(seconds) / len(seconds) / 86_400, 2) if seconds else None
    return Decimal(len(found))


@pytest.mark.parametrize("key", MEASURES)
def test_a_number_equals_a_slow_count_and_the_rows_of_its_list(many, key: str) -> None:
    for period in (
        MARCH,
        MARCH.moved(-12),
        Period(date(2026, 2, 28), date(2026, 2, 28)),
        own(date(2025, 1, 1), date(2026, 12, 1)).now,
    ):
        found = slowly(key, many, period)
        value = numbers.values([period])[0][key]
        assert (value.count, value.amount) == (len(found), amount_slowly(key, found))
        assert {one.id for one in db.session.scalars(MEASURES[key].rows(period))} == {one.id for one in found}


def test_several_periods_are_counted_at_once(many) -> None:
    periods = [MARCH, MARCH.moved(-1), MARCH.moved(-12)]
    assert numbers.values(periods) == [numbers.values([one])[0] for one in periods]


def test_every_state_has_its_number() -> None:
    assert {str(state) for state in BookingState} <= MEASURES.keys() == SLOW.keys()


def test_another_business_counts_nothing_of_ours(many) -> None:
    with within(make_business("other").id):
        assert all(not value.count for value in numbers.values([MARCH])[0].values())
        assert use.used([MARCH]) == []


def test_the_periods_are_the_same_days_before() -> None:
    today = date(2026, 3, 31)
    month = chosen("month", today)
    assert (month.now, month.before, month.year) == (
        MARCH, Period(date(2026, 2, 1), date(2026, 2, 28)), Period(date(2025, 3, 1), date(2025, 3, 31)),
    )  # fmt: skip
    assert chosen("last_month", today).now == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert chosen("last_month", today).before == Period(date(2026, 1, 1), date(2026, 1, 31))
    assert chosen("year", today).now == Period(date(2026, 1, 1), date(2026, 12, 31))
    assert chosen("to_today", today).all == [
        Period(date(2026, 1, 1), today), Period(date(2025, 1, 1), date(2025, 3, 31)),
    ]  # fmt: skip
    year = chosen("twelve_months", today)
    assert (year.now.days, year.before.last + timedelta(days=1)) == (365, year.now.first)
    assert own(date(2026, 3, 5), date(2026, 3, 1)).now == Period(date(2026, 3, 5), date(2026, 3, 5))
    assert own(date(2026, 3, 1), date(2026, 3, 7)).before == Period(date(2026, 2, 22), date(2026, 2, 28))
    assert chosen("year", date(2028, 2, 29)).before == Period(date(2027, 1, 1), date(2027, 12, 31))


def test_a_day_of_the_clock_change_has_its_own_length(business) -> None:
    car = make_car(buffer_minutes=0)
    claims.claim(car.id, claims.period(at(date(2026, 3, 29), 0), at(date(2026, 3, 30), 0)), ClaimKind.BOOKING)
    found = use.used([Period(date(2026, 3, 29), date(2026, 3, 29))])[0].used[0]
    assert (found.hours, found.available, found.per_cent) == (23.0, 23.0, 100)


def test_turnaround_and_time_off_the_road_are_not_idle(business) -> None:
    car = make_car()
    day = date(2026, 3, 10)
    claims.claim(car.id, claims.period(at(day, 0), at(day, 6)), ClaimKind.BOOKING)
    assert use.used([Period(day, day)])[0].used[0].per_cent == 25
    claims.claim(car.id, claims.period(at(day, 6), at(day, 8)), ClaimKind.BUFFER)
    claims.claim(car.id, claims.period(at(day, 14), at(day, 18)), ClaimKind.BLOCK)
    found = use.used([Period(day, day)])[0].used[0]
    assert (found.hours, found.available, found.per_cent) == (6.0, 18.0, 33)


def test_a_crews_day_off_counts_as_a_days_work_and_a_weekend_as_none(business) -> None:
    crew = make_crew()
    week = Period(date(2026, 3, 9), date(2026, 3, 15))
    assert use.used([week])[0].used[0].available == 40
    claims.claim(crew.id, claims.period(at(date(2026, 3, 12), 0), at(date(2026, 3, 15), 12)), ClaimKind.BLOCK)
    claims.claim(crew.id, claims.period(at(date(2026, 3, 9), 8), at(date(2026, 3, 9), 10)), ClaimKind.BLOCK)
    assert use.used([week])[0].used[0].available == 40 - 2 * 8 - 2


def test_use_counts_exactly_the_bookings_of_its_list(business) -> None:
    chance, crews = Random(7), [make_crew(f"Crew {number}") for number in range(3)]
    for number in range(25):
        day = date(2026, 2, 26) + timedelta(days=number % 12)
        crew, state = crews[number % 3], chance.choice(["", "in_progress", "done", "cancelled"])
        make_job(at(day, 6 + 5 * (number // 12)), crew, state, hours=chance.choice([2, 4]))
    night = make_job(at(date(2026, 2, 28), 21), make_crew("Crew 9"), hours=6)
    for row in use.used([MARCH, MARCH.moved(-1)]):
        for period, used in zip([MARCH, MARCH.moved(-1)], row.used, strict=True):
            listed = db.session.scalars(use.bookings_of(row.resource, period)).all()
            begin, end = period.span
            slow = [
                link for link in db.session.scalars(select(BookingClaim))
                if link.claim.resource_id == row.resource.id and link.claim.released_at is None
                and link.claim.during.lower < end and link.claim.during.upper > begin
            ]  # fmt: skip
            assert used.bookings == len(listed) == len(slow)
            assert {one.id for one in listed} == {link.booking_id for link in slow}
            hours = sum(
                (min(link.claim.during.upper, end) - max(link.claim.during.lower, begin) for link in slow), timedelta()
            )
            assert used.hours == pytest.approx(hours / timedelta(hours=1))
    assert night.id in {one.id for one in db.session.scalars(use.bookings_of(night_crew(night), MARCH))}


def night_crew(booking: Booking) -> Any:
    """Who has it."""
    link = db.session.scalars(select(BookingClaim).where(BookingClaim.booking_id == booking.id)).one()
    return db.session.get(Claim, link.claim_id).resource


def test_holds_are_counted_by_the_day_they_were_made(business) -> None:
    car, day = make_car(), date(2026, 3, 10)
    with transaction():
        for number, how in enumerate(["confirmed", "confirmed", "expired", "given_up", ""]):
            begins = at(day + timedelta(days=number * 3))
            claim = add(
                Claim(resource_id=car.id, kind="hold", during=claims.period(begins, begins + timedelta(hours=2)))
            )
            add(
                Hold(
                    client="visitor:x", car_id=car.id, claim_id=claim.id, starts_at=begins,
                    ends_at=begins + timedelta(hours=2), price=Decimal(900), currency="SEK", expires_at=begins,
                    ended_how=HoldEnd(how) if how else "", created_at=at(day, number),
                )
            )  # fmt: skip
    assert hold_counts([MARCH.span, MARCH.moved(1).span]) == [(5, 2), (0, 0)]


@pytest.fixture
def march(business):
    """A firm with jobs of this March, the month before and the year before, of which some were cancelled late."""
    crew = make_crew()
    for number, (day, state) in enumerate(
        [(date(2026, 3, 2), "done"), (date(2026, 3, 3), "cancelled"), (date(2026, 3, 4), "cancelled"),
         (date(2026, 2, 3), "cancelled"), (date(2025, 3, 5), "cancelled"), (date(2026, 3, 5), "")]
    ):  # fmt: skip
        job = make_job(at(day, 8), crew if state == "done" else None, state)
        with transaction():
            late = {"cancelled_late": True, "cancelled_reason": f"=Reason {number}"} if state == "cancelled" else {}
            db.session.execute(update(Booking).where(Booking.id == job.id).values(price=1000 + number, **late))
    return business


OF_MARCH = "from=2026-03-01&to=2026-03-28"


def test_each_number_of_the_page_opens_a_list_with_so_many_rows(client, march) -> None:
    owner = at_desk(client, Role.OWNER)
    page = owner.get(f"/admin/numbers?{OF_MARCH}").text
    links = re.findall(r'href="(/admin/numbers/[^"]+)"[^>]*aria-label="([^"]+)"', page)
    assert len(links) > 10
    for address, label in links:
        listed = owner.get(address.replace("&amp;", "&")).text
        said = re.search(r'id="list-count">([^<]+)<', listed)
        assert said is not None
        assert int(said[1]) == listed.count('<tr id="row-') > 0, label
    late = owner.get(f"/admin/numbers/late?{OF_MARCH}").text
    assert late.count("=Reason") == late.count("Anna Lindqvist</a>") == 2


def test_the_table_says_the_same_as_the_page(client, march) -> None:
    owner = at_desk(client, Role.OWNER)
    page = owner.get(f"/admin/numbers?{OF_MARCH}").text
    text = owner.get(f"/admin/numbers/table.csv?{OF_MARCH}").text.removeprefix("\ufeff")
    heads, *rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    shown = re.findall(r'<tr id="number-[^"]+">(.*?)</tr>', page, re.S)
    assert len(rows) == len(shown) > 10
    for row, line in zip(rows, shown, strict=True):
        title = re.search(r'id="title-[^"]+">([^<]+)<', line)
        assert title is not None
        assert row[1] == title[1]
        cells = re.findall(r'<td class="r[^>]*>(?:<a[^>]*>|<span[^>]*>)([^<]*)<', line)
        assert [figures(cell) for cell in cells] == [figures(cell) for cell in row[2 : len(heads) - 1]]


def figures(text: str) -> str:
    """A number without what only people need."""
    found = "".join(character for character in text if character.isdigit() or character in ".,").replace(",", "")
    return found.rstrip("0").rstrip(".") if "." in found else found


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.DRIVER, Role.CUSTOMER])
def test_only_owners_and_accountants_see_the_numbers(client, business, role: Role) -> None:
    somebody = at_desk(client, role)
    for address in ("", "/table.csv", "/late"):
        assert somebody.get(f"/admin/numbers{address}").status_code == 403


def test_accountants_see_the_numbers(client, business) -> None:
    reader = at_desk(client, Role.ACCOUNTANT)
    assert reader.get("/admin/numbers").status_code == 200
    assert 'href="/admin/numbers"' in reader.get("/admin").text
    assert reader.get("/admin/numbers/nothing").status_code == 404
    for odd in ("from=2026-13-01", "to=0001-01-01", "period=nonsense", "from=2100-12-31&to=1900-01-01"):
        assert reader.get(f"/admin/numbers?{odd}").status_code == 200
