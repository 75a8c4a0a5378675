"""Customers change the dates of a rented car: time, price and driver in one commit, or everything stays as it was."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app.bookings import assignment, lifecycle, offers, own_dates, telling
from app.bookings.models import Booking
from app.bookings.own_changes import TooLate
from app.bookings.own_dates import CostsOtherwise, DatesTaken
from app.crm.models import Push
from app.fleet import cars, seasons
from app.fleet.seasons import SeasonOrder
from app.kernel import clock as program_clock
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.db import add, db, transaction
from app.kernel.errors import Invalid, NotFound
from app.kernel.events import Event
from app.messaging.models import EmailLog, EmailPart
from app.messaging.sms_models import Sms
from tests.bookings.hiring import change, cost, hire, now, spans
from tests.bookings.test_assignment import who_drives
from tests.fleet.test_holds import at
from tests.make import make_booking, make_car, make_driver
from tests.messaging.texting import STOCKHOLM, move_clock_to, noon

Run = Callable[..., int]
HALF_AN_HOUR = timedelta(minutes=30)


def facts(name: str = "booking.changed") -> list[Event]:
    db.session.rollback()
    return list(db.session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def test_the_time_the_buffer_and_the_price_move_together_and_the_old_time_is_free(business: Business) -> None:
    car = make_car()
    booking = hire(car)
    assert cost(booking, at(10, 8), at(34, 8)) == 900
    reference, sequence = booking.reference, booking.sequence
    change(booking, at(10, 8), at(34, 9))
    moved = now(booking)
    assert (moved.reference, moved.starts_at, moved.ends_at) == (reference, at(10, 8), at(34, 9))
    assert (moved.price, moved.sequence, moved.state) == (Decimal(1_800), sequence + 1, "confirmed")
    assert spans(booking) == {
        "car booking": (at(10, 8), at(34, 9)),
        "car buffer": (at(34, 9), at(34, 9) + HALF_AN_HOUR),
    }
    [fact] = facts()
    assert fact.detail["before"]["price"] == "900.00"
    assert fact.detail["after"]["price"] == "1800"
    assert hire(car).starts_at == at(10)


def test_its_own_time_is_in_nobodys_way(business: Business) -> None:
    booking = hire(make_car())
    change(booking, at(12), at(16))
    assert spans(booking)["car booking"] == (at(12), at(16))


def test_where_somebody_else_has_the_car_or_its_buffer_everything_stays(business: Business) -> None:
    car = make_car()
    booking = hire(car)
    hire(car, day=8)
    before = (now(booking).version, spans(booking), facts())
    for first, last in ((12, 13), (6, 10), (14, 18)):  # in it; its buffer in it; in the other's buffer
        with pytest.raises(DatesTaken):
            change(booking, at(first, 8), at(last, 8), seen=Decimal(900))
    assert (now(booking).version, spans(booking), facts()) == before


def test_nearest_dates_keep_their_hours_and_other_cars_are_named(business: Business) -> None:
    car = make_car()
    make_car("Kia Niro")
    booking = hire(car)
    hire(car, day=9)
    found = own_dates.hire_of(now(booking))
    wanted = found.quote(at(10, 9), at(14, 9))
    assert not wanted.is_free
    assert [near.starts_at for near in found.nearest(wanted)] == [at(10, 8), at(10, 10), at(10, 11)]
    assert [offer.car.name for offer in found.instead(wanted)] == ["Kia Niro"]


def test_the_cars_own_rules_hold_but_not_against_a_start_that_stays(business: Business, clock: Any) -> None:
    booking = hire(make_car(opens="08:00", closes="18:00", shortest_minutes=120, notice_minutes=60 * 24 * 6))
    for first, last, field in ((7, 12, "from"), (10, 19, "to"), (10, 11, "to"), (10, 9, "to")):
        with pytest.raises(Invalid) as refused:
            change(booking, at(first), at(last), seen=Decimal(900))
        assert field in [fault[0] for fault in refused.value.errors]
    with pytest.raises(Invalid):
        change(booking, at(10, 3), at(14, 3), seen=Decimal(900))
    clock.forward(days=2)
    day = 5
    assert at(10, day) == booking.starts_at
    change(booking, at(10, day), at(16, day))
    assert now(booking).ends_at == at(16, day)


def test_asked_twice_it_is_done_once(business: Business) -> None:
    booking = hire(make_car())
    version, sequence = booking.version, booking.sequence
    for _press in range(2):
        change(booking, at(10, 8), at(14, 8), version=version)
    assert len(facts()) == 1
    assert now(booking).sequence == sequence + 1


def test_who_saw_another_price_or_another_version_is_asked_again(business: Business) -> None:
    booking = hire(make_car())
    version = now(booking).version
    seen = cost(booking, at(10, 8), at(14, 8))
    day = at(10, 8).date()
    seasons.add_season(SeasonOrder(name="Fair", first=day, last=day, percent=50))
    with pytest.raises(CostsOtherwise):
        change(booking, at(10, 8), at(14, 8), seen=seen)
    lifecycle.edit(booking.id, {"notes": "A child seat"})
    with pytest.raises(lifecycle.Stale):
        change(booking, at(10, 8), at(14, 8), version=version)
    assert now(booking).starts_at == at(10)
    change(booking, at(10, 8), at(14, 8))
    assert now(booking).price == Decimal(1_350)


def test_by_the_firms_rule_it_is_too_late_and_what_is_no_rental_has_no_such_dates(
    business: Business, clock: Any
) -> None:
    booking = hire(make_car())
    move = make_booking()
    with pytest.raises(NotFound):
        own_dates.change(move.id, at(10, 8), at(14, 8), seen=Decimal(0))
    clock.forward(seconds=(booking.starts_at - program_clock.now() - timedelta(hours=23)).total_seconds())
    with pytest.raises(TooLate):
        own_dates.change(booking.id, booking.starts_at, booking.ends_at + HALF_AN_HOUR, seen=Decimal(900))
    assert now(booking).ends_at == booking.ends_at


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2027, 3, 27), 47), (date(2027, 10, 30), 49)], ids=["an hour less", "an hour more"]
)
def test_over_a_change_of_the_clock_two_days_are_two_days(business: Business, first: date, hours: int) -> None:
    def noon_of(day: date) -> datetime:
        return program_clock.wall_time(day, 12, 0, "Europe/Stockholm")

    move_clock_to(noon_of(first - timedelta(days=20)))
    booking = hire(make_car())
    change(booking, noon_of(first), noon_of(first + timedelta(days=2)))
    moved = now(booking)
    assert moved.ends_at - moved.starts_at == timedelta(hours=hours)
    assert moved.price == Decimal(1_800)
    found = own_dates.hire_of(moved)
    near = found.nearest(found.quote(noon_of(first - timedelta(days=1)), noon_of(first)))
    assert {(one.starts_at.astimezone(STOCKHOLM).hour, one.ends_at.astimezone(STOCKHOLM).hour) for one in near} == {
        (12, 12)
    }


def driven(run_jobs: Run, *, says_yes: bool = True, **more: Any) -> tuple[Booking, int]:
    """A rental whose driver was found, and that driver's id."""
    driver = make_driver("Ali", phone="+46701740601", **more)
    booking = hire(make_car(price_driver="1800"), with_driver=True)
    run_jobs()
    if says_yes:
        assignment.accept(booking.id, driver.id)
    return booking, driver.id


def test_a_driver_who_can_come_then_stays_and_is_told(business: Business, run_jobs: Run, clock: Any) -> None:
    noon()
    booking, _driver = driven(run_jobs)
    change(booking, at(12), at(36))
    assert who_drives(booking) == ("accepted", "Ali", "assigned")
    assert spans(booking)["driver booking"] == (at(12), at(36))
    assert now(booking).price == Decimal(2_700)
    clock.forward(minutes=6)
    run_jobs()
    assert "driver_changed" in db.session.scalars(select(Sms.kind)).all()


def test_a_driver_who_has_something_else_gives_it_back_and_another_is_asked(business: Business, run_jobs: Run) -> None:
    noon()
    booking, driver_id = driven(run_jobs)
    cars.block(driver_id, at(13, 8), at(14, 8), reason="Dentist")
    make_driver("Sara")
    change(booking, at(10, 8), at(12, 8) + HALF_AN_HOUR)  # there is no time left for the way
    assert who_drives(booking) == ("wanted", "", "confirmed")
    run_jobs()
    assert who_drives(booking) == ("offered", "Sara", "assigned")
    assert spans(booking)["driver booking"] == (at(10, 8), at(12, 8) + HALF_AN_HOUR)
    told = db.session.scalars(select(Sms).where(Sms.kind == "driver_moved")).one()
    assert "är inte längre ditt" in told.body  # in the language of the firm


def test_who_was_only_asked_is_asked_anew_for_the_new_dates(business: Business, run_jobs: Run) -> None:
    booking, _driver = driven(run_jobs, says_yes=False)
    change(booking, at(10, 8), at(14, 8))
    assert who_drives(booking)[0] == "wanted"
    run_jobs()
    assert who_drives(booking) == ("offered", "Ali", "assigned")


def test_off_shift_is_not_free_and_who_said_no_to_other_dates_is_asked_again(business: Business, run_jobs: Run) -> None:
    booking, driver_id = driven(run_jobs, shifts=[["08:00", "16:00"]] * 7)
    change(booking, at(10), at(18))
    run_jobs()
    assert who_drives(booking) == ("nobody", "", "confirmed")
    change(booking, at(10), at(15))
    run_jobs()
    assignment.decline(booking.id, driver_id)
    run_jobs()
    assert who_drives(booking)[0] == "nobody"
    change(booking, at(10, 9), at(15, 9))
    run_jobs()
    assert who_drives(booking) == ("offered", "Ali", "assigned")


def test_a_driver_who_is_lost_between_looking_and_writing_gives_it_back(
    business: Business, run_jobs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, driver_id = driven(run_jobs)
    cars.block(driver_id, at(10, 8), at(14, 8), reason="Dentist")
    monkeypatch.setattr(assignment, "can_come", lambda *_given: True)  # as it was a moment before
    change(booking, at(10, 8), at(14, 8))
    assert who_drives(booking) == ("wanted", "", "confirmed")
    assert set(spans(booking)) == {"car booking", "car buffer"}


def test_several_changes_are_one_mail_with_the_price_and_the_reminder_moves_along(
    business: Business, run_jobs: Run, clock: Any
) -> None:
    noon()
    booking = hire(make_car())
    old_day = booking.starts_at.astimezone(STOCKHOLM)
    run_jobs()
    for number in range(2):
        change(booking, at(10, 8 + number), at(34, 8 + number))
        clock.forward(minutes=1)
        run_jobs()
    clock.forward(minutes=5)
    run_jobs()
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "booking_changed")).one()
    assert "900" in mail.text_body
    part = db.session.scalars(select(EmailPart).where(EmailPart.email_id == mail.id)).one()
    assert f"UID:{booking.public_id}@kontor".encode() in part.content
    assert b"SEQUENCE:2" in part.content
    new_day = now(booking).starts_at.astimezone(STOCKHOLM)
    reminders = select(func.count()).select_from(EmailLog).where(EmailLog.kind == "booking_reminder")
    for day, sent in ((old_day, 0), (new_day, 1)):
        move_clock_to((day - timedelta(days=1)).replace(hour=17, minute=1))
        telling.remind()
        run_jobs()
        db.session.rollback()
        assert db.session.scalar(reminders) == sent


def test_the_confirmation_says_until_when_they_change_it_by_themselves_and_else_to_ask(
    business: Business, run_jobs: Run
) -> None:
    hire(make_car())
    run_jobs()
    with transaction():
        add(offers.Offer(kind="car", minutes=0, notice_hours=1_440))
    hire(make_car("Kia Niro"), first=11)
    run_jobs()
    rows = select(EmailLog).where(EmailLog.kind == "car_confirmed").order_by(EmailLog.id)
    first, late = db.session.scalars(rows).all()
    assert "you can change the dates or cancel by yourself" not in late.text_body
    assert "To change the time or to cancel, answer this mail" in late.text_body
    assert "To change the time or to cancel, answer this mail" in late.html_body
    for words in (first.text_body, first.html_body):
        assert "you can change the dates or cancel by yourself" in words


def test_what_the_driver_would_do_is_known_before(business: Business, run_jobs: Run) -> None:
    booking, driver_id = driven(run_jobs, says_yes=False)
    found = own_dates.hire_of(now(booking))
    assert found.driver_then(found.quote(at(10, 8), at(14, 8))) is None
    assignment.accept(booking.id, driver_id)
    cars.block(driver_id, at(13, 9), at(14, 9), reason="Dentist")
    found = own_dates.hire_of(now(booking))
    assert found.driver_then(found.quote(at(10, 8), at(14, 8))) == ("Ali", True)
    assert found.driver_then(found.quote(at(10, 9), at(14, 9))) == ("Ali", False)


def test_other_systems_hear_of_it(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    booking = hire(make_car())
    monkeypatch.setattr(settings(), "crm_webhook_url", "http://127.0.0.1:9/")
    monkeypatch.setattr(settings(), "crm_webhook_secret", "a secret of some length")
    change(booking, at(10, 8), at(14, 8))
    db.session.rollback()
    push = db.session.scalars(select(Push)).one()
    assert (push.event, push.subject) == ("booking.changed", booking.marker)
