"""The office's views of bookings, their counts, filters and order."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.bookings import lifecycle, queries
from app.bookings.models import Booking, BookingState
from app.bookings.queries import Filters
from app.kernel import clock as the_clock
from app.kernel.access import Actor, Role, acting_as
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.web.days import business_today, day_span
from tests.make import a_day_ahead, make_booking, make_business, make_crew
from tests.office.desk import make_job


def names(**filters) -> list[str]:
    """Who stands in the list."""
    return [booking.contact_name for booking in db.session.scalars(queries.listed(Filters(**filters)))]


def today_at(hour: int):
    return the_clock.wall_time(business_today(), hour, 0, "Europe/Stockholm")


@pytest.fixture
def week(business):
    """One of each kind."""
    crew = make_crew()
    make_job(today_at(0) + timedelta(days=1, hours=9), name="Received Tomorrow")
    make_job(today_at(0) + timedelta(days=2, hours=9), crew, name="Assigned Later")
    make_job(today_at(9), crew, "done", name="Done Today")
    make_job(today_at(0) + timedelta(days=3, hours=9), state="cancelled", name="Cancelled Later")
    cleaning = make_job(today_at(12), name="Cleaning Today", serviceType="cleaning", toAddress="")
    lifecycle.move(cleaning.id, BookingState.CONFIRMED)
    return crew


def test_the_views_hold_what_they_say(week) -> None:
    assert set(names(view="coming")) >= {"Received Tomorrow", "Assigned Later"}
    assert "Done Today" not in names(view="coming")
    assert "Cancelled Later" not in names(view="coming")
    assert set(names(view="today")) == {"Done Today", "Cleaning Today"}
    assert set(names(view="no_crew")) == {"Received Tomorrow", "Cleaning Today"}
    assert names(view="done") == ["Done Today"]
    assert len(names(view="all")) == 5


def test_the_counts_agree_with_the_views(week) -> None:
    counts = queries.view_counts()
    assert counts == {view: len(names(view=view)) for view in ("coming", "today", "no_crew", "attention")}


def test_attention_is_for_returned_mail_long_waits_and_todays_jobs_without_a_crew(week, clock) -> None:
    assert names(view="attention") == ["Cleaning Today"]
    booking = make_booking(name="Mail Trouble")
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(mail_trouble="bounced"))
    assert set(names(view="attention")) == {"Cleaning Today", "Mail Trouble"}
    clock.forward(hours=25)
    assert "Received Tomorrow" in names(view="attention")


def test_filters_narrow_and_join(week) -> None:
    assert names(view="all", service="cleaning") == ["Cleaning Today"]
    assert names(view="all", state="cancelled") == ["Cancelled Later"]
    assert set(names(view="all", crew=week.public_id)) == {"Done Today", "Assigned Later"}
    tomorrow = business_today() + timedelta(days=1)
    assert names(view="all", since=tomorrow, until=tomorrow) == ["Received Tomorrow"]
    assert names(view="all", service="cleaning", state="done") == []


def test_a_crew_that_gave_its_time_back_no_longer_has_the_booking(week) -> None:
    booking = db.session.scalars(queries.listed(Filters(view="all", crew=week.public_id, state="assigned"))).one()
    lifecycle.cancel(booking.id)
    assert names(view="all", crew=week.public_id) == ["Done Today"]
    again = db.session.scalars(queries.booking_by_reference(booking.reference)).one()
    assert queries.crew_of(again) is None


def test_the_order_is_as_asked(week) -> None:
    assert names(view="all", sort="when")[0] == "Done Today"
    assert names(view="all")[0] == "Cancelled Later"
    assert names(view="all", sort="came")[0] == "Received Tomorrow"
    assert names(view="all", sort="name") == sorted(names(view="all"))
    with transaction():
        db.session.execute(update(Booking).where(Booking.contact_name == "Done Today").values(price=100))
    assert names(view="all", sort="price")[0] == names(view="all", sort="-price")[0] == "Done Today"


def test_swedish_letters_come_after_z(business) -> None:
    for name in ("Örjan", "Zara", "Åke", "Ärla", "Adam"):
        make_booking(name=name)
    assert names(view="all", sort="name") == ["Adam", "Zara", "Åke", "Ärla", "Örjan"]


def test_who_sees_which_bookings(week) -> None:
    mine = make_booking(name="Mine")
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == mine.id).values(booked_by=77))
    with acting_as(Actor("user", 77, Role.CUSTOMER)):
        assert names(view="all") == ["Mine"]
    with acting_as(Actor("visitor")):
        assert "Mine" not in names(view="all")
    with acting_as(Actor("user", 1, Role.ACCOUNTANT)):
        assert len(names(view="all")) == 6


def test_another_business_sees_none_of_it(week) -> None:
    other = make_business("other")
    with within(other.id):
        assert names(view="all") == []
        assert queries.view_counts() == {"coming": 0, "today": 0, "no_crew": 0, "attention": 0}
        assert db.session.scalar(queries.waiting_count()) == 0
        assert queries.longest_waiting(3) == ([], 0)
        assert queries.crews() == []


def test_a_day_has_its_own_length_when_the_clocks_change(business) -> None:
    begin, end = day_span(date(2026, 3, 29))
    assert end - begin == timedelta(hours=23)
    begin, end = day_span(date(2026, 10, 25))
    assert end - begin == timedelta(hours=25)


def test_an_export_goes_on_where_it_stopped(business) -> None:
    for number in range(5):
        make_booking(name=f"Number {number}", date=a_day_ahead(7 + number % 2).isoformat())
    seen, last = [], None
    while rows := db.session.scalars(queries.listed_after(Filters(view="all"), None, last, 2)).all():
        seen += [row.id for row in rows]
        last = rows[-1]
    assert len(seen) == len(set(seen)) == 5
