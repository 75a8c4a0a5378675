"""When messages go by themselves: the owner says it, what is planned follows, none twice and none lost."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from app.bookings import follow_up, lifecycle, telling
from app.bookings.jobs import FOLLOW_UP
from app.bookings.models import Booking, BookingState
from app.jobs.models import Job
from app.kernel import clock as program_clock
from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging.models import EmailLog
from app.settings import times
from app.settings.orders import TimesOrder
from tests.make import make_booking
from tests.messaging.texting import STOCKHOLM, move_clock_to, noon


@pytest.fixture
def by_day(business: Business, clock: Any) -> None:
    """It is noon."""
    noon()


def say(reminder: int | None = 17, follow_up_at: int | None = 10) -> None:
    """The owner says when: None for not at all."""
    db.session.rollback()
    order = TimesOrder(
        sends_reminders=reminder is not None, reminder_hour=17 if reminder is None else reminder,
        sends_follow_ups=follow_up_at is not None, follow_up_hour=10 if follow_up_at is None else follow_up_at,
    )  # fmt: skip
    times.set_times(order)


def a_booking(**more: Any) -> Booking:
    """A received booking, as its row."""
    made = make_booking(**more)
    return db.session.scalars(select(Booking).where(Booking.id == made.id)).one()


def mails(kind: str) -> list[EmailLog]:
    db.session.rollback()
    return list(db.session.scalars(select(EmailLog).where(EmailLog.kind == kind).order_by(EmailLog.id)))


def told(kind: str) -> list[str]:
    """The bookings whose customers got such a mail, each as often as they did."""
    return [marker for mail in mails(kind) for marker in mail.about if marker.startswith("booking:")]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return program_clock.wall_time(day, hour, minute, "Europe/Stockholm")


def go_to(day: date, hour: int, minute: int, run_jobs: Callable[..., int]) -> None:
    """That time comes, and the worker with it."""
    move_clock_to(at(day, hour, minute))
    db.session.rollback()
    telling.remind()
    run_jobs()


def tomorrow_is(booking: Booking) -> date:
    """The day before the booking."""
    return booking.starts_at.astimezone(STOCKHOLM).date() - timedelta(days=1)


def done_today(**more: Any) -> date:
    """A job is done this afternoon."""
    made = a_booking(**more)
    day = made.starts_at.astimezone(STOCKHOLM).date()
    move_clock_to(at(day, 15))
    for state in (BookingState.CONFIRMED, BookingState.IN_PROGRESS, BookingState.DONE):
        lifecycle.move(made.id, state)
    return day


def test_moved_to_an_earlier_hour_the_reminder_goes_then_and_not_again(by_day: None, run_jobs: Any) -> None:
    day = tomorrow_is(a_booking())
    say(reminder=15)
    go_to(day, 14, 59, run_jobs)
    assert mails("booking_reminder") == []
    for hour in (15, 17):
        go_to(day, hour, 1, run_jobs)
        assert len(mails("booking_reminder")) == 1


def test_moved_on_the_day_itself_nobody_is_lost_and_nobody_hears_twice(by_day: None, run_jobs: Any) -> None:
    early = a_booking()
    day = tomorrow_is(early)
    go_to(day, 15, 30, run_jobs)
    late = a_booking(date=(day + timedelta(days=1)).isoformat())
    go_to(day, 16, 0, run_jobs)
    say(reminder=15)
    go_to(day, 16, 1, run_jobs)
    assert told("booking_reminder") == [early.marker, late.marker], (
        "one waited for five o'clock and was too late for three"
    )
    say(reminder=19)
    go_to(day, 19, 1, run_jobs)
    assert len(mails("booking_reminder")) == 2


def test_moved_to_a_later_hour_it_waits_for_that(by_day: None, run_jobs: Any) -> None:
    day = tomorrow_is(a_booking())
    go_to(day, 16, 30, run_jobs)
    say(reminder=20)
    go_to(day, 17, 30, run_jobs)
    assert mails("booking_reminder") == []
    go_to(day, 20, 0, run_jobs)
    assert len(mails("booking_reminder")) == 1


def test_switched_off_none_goes_also_where_it_was_asked_for_already(by_day: None, run_jobs: Any) -> None:
    day = tomorrow_is(a_booking())
    move_clock_to(at(day, 17, 1))
    db.session.rollback()
    telling.remind()
    say(reminder=None)
    run_jobs()
    go_to(day, 18, 0, run_jobs)
    assert mails("booking_reminder") == []


def test_who_switches_them_on_in_the_evening_still_reaches_tomorrows_customers(by_day: None, run_jobs: Any) -> None:
    say(reminder=None)
    day = tomorrow_is(a_booking())
    go_to(day, 18, 0, run_jobs)
    assert mails("booking_reminder") == []
    say()
    go_to(day, 18, 10, run_jobs)
    assert len(mails("booking_reminder")) == 1


def test_a_reminder_that_is_late_or_of_another_day_says_nothing_of_tomorrow(by_day: None, run_jobs: Any) -> None:
    late, moved = a_booking(), a_booking()
    day = tomorrow_is(late)
    move_clock_to(at(day, 17, 1))
    db.session.rollback()
    telling.remind()
    days = {"starts_at": moved.starts_at + timedelta(days=3), "ends_at": moved.ends_at + timedelta(days=3)}
    lifecycle.edit(moved.id, days, tell=False)
    move_clock_to(at(day + timedelta(days=1), 0, 5))
    run_jobs()
    assert mails("booking_reminder") == []
    go_to(tomorrow_is(moved), 17, 5, run_jobs)
    assert told("booking_reminder") == [moved.marker]


@pytest.mark.parametrize("hour", [8, 19])
def test_the_mail_of_the_day_after_that_is_planned_goes_at_the_new_hour(by_day: None, run_jobs: Any, hour: int) -> None:
    day = done_today() + timedelta(days=1)
    say(follow_up_at=hour)
    go_to(day, hour - 1, 59, run_jobs)
    assert mails(follow_up.KIND) == []
    for later in (hour, 20, 21):
        go_to(day, later, 1, run_jobs)
        assert len(mails(follow_up.KIND)) == 1


def test_moved_to_an_hour_that_is_over_it_goes_at_once(by_day: None, run_jobs: Any) -> None:
    day = done_today() + timedelta(days=1)
    go_to(day, 9, 0, run_jobs)
    say(follow_up_at=8)
    run_jobs()
    assert len(mails(follow_up.KIND)) == 1


def test_switched_off_the_mail_of_the_day_after_stays_away_and_on_again_in_time_it_goes(
    by_day: None, run_jobs: Any
) -> None:
    day = done_today() + timedelta(days=1)
    say(follow_up_at=None)
    go_to(day, 9, 0, run_jobs)
    say()
    go_to(day, 10, 1, run_jobs)
    assert len(mails(follow_up.KIND)) == 1
    noon()
    day = done_today() + timedelta(days=1)
    say(follow_up_at=None)
    go_to(day, 10, 1, run_jobs)
    assert len(mails(follow_up.KIND)) == 1


def test_without_the_move_of_what_waits_it_would_go_at_the_old_hour(
    by_day: None, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_up, "keep_to", lambda _hour: None)
    day = done_today() + timedelta(days=1)
    say(follow_up_at=19)
    go_to(day, 10, 1, run_jobs)
    assert len(mails(follow_up.KIND)) == 1


def test_without_the_look_back_who_booked_between_the_hours_would_hear_nothing(
    by_day: None, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "keep_reminders", lambda _was, _hour: None)
    day = tomorrow_is(a_booking())
    go_to(day, 15, 30, run_jobs)
    a_booking(date=(day + timedelta(days=1)).isoformat())
    say(reminder=15)
    go_to(day, 17, 1, run_jobs)
    assert len(mails("booking_reminder")) == 1


@pytest.mark.parametrize("night", [date(2027, 3, 28), date(2027, 10, 31)])
@pytest.mark.parametrize("hour", [7, 21])
def test_the_hours_are_the_wall_clocks_also_when_clocks_change(
    business: Business, clock: Any, run_jobs: Any, night: date, hour: int
) -> None:
    move_clock_to(at(night - timedelta(days=5), 12))
    say(follow_up_at=17)
    move_clock_to(at(night - timedelta(days=1), 6))
    made = a_booking(date=(night + timedelta(days=1)).isoformat())
    other = a_booking(date=(night - timedelta(days=1)).isoformat())
    for state in (BookingState.CONFIRMED, BookingState.IN_PROGRESS, BookingState.DONE):
        lifecycle.move(other.id, state)
    say(reminder=hour, follow_up_at=hour)
    go_to(night, hour - 1, 59, run_jobs)
    assert mails("booking_reminder") == mails(follow_up.KIND) == []
    go_to(night, hour, 1, run_jobs)
    assert (told("booking_reminder"), told(follow_up.KIND)) == ([made.marker], [other.marker])


def test_only_what_waits_is_moved(by_day: None, run_jobs: Any) -> None:
    day = done_today() + timedelta(days=1)
    go_to(day, 10, 1, run_jobs)
    [job] = db.session.scalars(select(Job).where(Job.kind == FOLLOW_UP.name))
    was = job.run_at
    say(follow_up_at=12)
    db.session.rollback()
    assert db.session.get_one(Job, job.id).run_at == was
    go_to(day, 12, 1, run_jobs)
    assert len(mails(follow_up.KIND)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_however_often_the_owner_wavers_everybody_hears_once(
    business: Business, clock: Any, run_jobs: Any, seed: int
) -> None:
    draw = Random(seed)
    noon()
    first = a_booking()
    day = tomorrow_is(first)
    go_to(day - timedelta(days=1), 8, 0, run_jobs)
    done = a_booking(date=(day - timedelta(days=1)).isoformat(), time="09:00")
    for state in (BookingState.CONFIRMED, BookingState.IN_PROGRESS, BookingState.DONE):
        lifecycle.move(done.id, state)
    asked = {first.marker}
    for hour in range(7, 22):
        go_to(day, hour, 5, run_jobs)
        if draw.random() < 0.3 and not mails("booking_reminder"):
            asked.add(a_booking(date=(day + timedelta(days=1)).isoformat()).marker)
        program_clock.forward(minutes=draw.randint(1, 40))
        if draw.random() < 0.5 and hour < 20:
            say(reminder=draw.randint(7, 21), follow_up_at=draw.randint(7, 21))
        run_jobs()
    say(reminder=21, follow_up_at=21)
    go_to(day, 21, 59, run_jobs)
    assert Counter(told("booking_reminder")) == Counter(asked)
    assert len(mails(follow_up.KIND)) == 1
