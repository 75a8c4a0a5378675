"""The office's figures: each number by its definition."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from app.bookings import figures, lifecycle
from app.bookings.models import Booking
from app.fleet import claims
from app.fleet.models import ClaimKind
from app.kernel import clock as the_clock
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.messaging import queries as mails
from app.messaging.models import EmailLog, EmailState
from app.web.days import business_today
from tests.make import make_business, make_crew
from tests.office.desk import booked, make_job, make_mail


def day_at(days: int, hour: int = 9):
    """That hour, so many days from today."""
    return the_clock.wall_time(business_today() + timedelta(days=days), hour, 0, "Europe/Stockholm")


def came(booking: Booking, days: int, **more) -> None:
    """Let it have come in that many days ago."""
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(created_at=day_at(-days, 12), **more))


def test_bookings_a_day_are_counted_by_the_day_they_came_and_by_service(business) -> None:
    came(booked(), 0)
    came(booked(), 29)
    came(booked(serviceType="cleaning", toAddress=""), 29)
    came(booked(), 30)
    came(booked(), 59)
    came(booked(), 60)
    found = figures.bookings_a_day()
    assert len(found.rows) == 30
    assert found.rows[-1] == (business_today(), (1, 0, 0))
    assert found.rows[0] == (business_today() - timedelta(days=29), (1, 1, 0))
    assert (found.total, found.before, found.change) == (3, 2, 50)
    assert found.total_of("cleaning") == 1


def test_a_booking_at_midnight_belongs_to_the_day_of_the_business(business) -> None:
    booking = booked()
    at = the_clock.wall_time(business_today() - timedelta(days=3), 0, 30, "Europe/Stockholm")
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(created_at=at))
    assert dict(figures.bookings_a_day().rows)[business_today() - timedelta(days=3)] == (1, 0, 0)


def test_revenue_counts_only_jobs_that_were_done(business) -> None:
    crew = make_crew()
    for state, price in (("done", "1000.50"), ("in_progress", "9000"), ("cancelled", "9000")):
        job = make_job(day_at(-2), crew if state != "cancelled" else None, state)
        with transaction():
            db.session.execute(update(Booking).where(Booking.id == job.id).values(price=Decimal(price)))
        if state == "done":
            crew = make_crew("Crew 2")
    found = figures.revenue_a_day()
    assert found.total == Decimal("1000.50")
    assert dict(found.rows)[business_today() - timedelta(days=2)] == (Decimal("1000.50"),)
    assert found.change is None


def test_crews_are_in_use_by_the_hours_of_their_jobs(business, clock) -> None:
    crew, idle = make_crew("Crew 1"), make_crew("Crew 2")
    make_job(day_at(-3), crew, "done", hours=8)
    make_job(day_at(-4), crew, hours=4)
    cancelled = make_job(day_at(-5), crew, hours=8)
    lifecycle.cancel(cancelled.id)
    first = business_today() - timedelta(days=29)
    weekdays = sum((first + timedelta(days=step)).weekday() < 5 for step in range(30))
    found = figures.resources_in_use()
    assert found.kind == "crew"
    assert [(row.name, row.per_cent) for row in found.rows] == [
        ("Crew 1", round(12 * 100 / (8 * weekdays))),
        ("Crew 2", 0),
    ]
    assert found.now == 0
    make_job(the_clock.now() - timedelta(hours=1), idle, hours=2)
    assert figures.resources_in_use().now == 1


def test_days_off_are_not_counted_against_a_crew(business) -> None:
    crew = make_crew()
    make_job(day_at(-3), crew, hours=8)
    before = figures.resources_in_use().rows[0].per_cent
    claims.claim(crew.id, claims.period(day_at(-20, 8), day_at(-20, 16) + timedelta(days=3)), ClaimKind.BLOCK)
    assert figures.resources_in_use().rows[0].per_cent > before


def test_mails_went_well_or_wrong(business) -> None:
    for state in EmailState:
        make_mail(state)
    old = make_mail(EmailState.SENT)
    with transaction():
        db.session.execute(update(EmailLog).where(EmailLog.id == old.id).values(created_at=day_at(-40)))
    found = mails.mails_a_day()
    assert (found.total_of("well"), found.total_of("wrong"), found.before) == (3, 3, 1)


def test_another_business_counts_nothing_of_ours(business) -> None:
    crew = make_crew()
    make_job(day_at(0), crew, "done")
    make_mail(EmailState.BOUNCED)
    with within(make_business("other").id):
        assert figures.bookings_a_day().total == figures.revenue_a_day().total == mails.mails_a_day().total == 0
        assert figures.resources_in_use().rows == ()
        assert figures.jobs_of(business_today()) == figures.newest_bookings(5) == []
        assert mails.trouble_counts() == (0, 0)


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_days_jobs_are_those_that_reach_into_it(business, hour: int) -> None:
    today = make_job(day_at(0, hour), hours=1)
    night = make_job(day_at(-1, 22), hours=4)
    make_job(day_at(-1, 20), hours=4)
    make_job(day_at(1, 0), hours=1)
    off = make_job(day_at(0, 10), hours=1)
    lifecycle.cancel(off.id)
    assert {job.id for job in figures.jobs_of(business_today())} == {today.id, night.id}
