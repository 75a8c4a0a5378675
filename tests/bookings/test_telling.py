"""What customers hear of their bookings: once, when it has settled, by the way they chose, in their language."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings import lifecycle, telling
from app.bookings.events import BookingOnTheWay
from app.bookings.models import Booking
from app.customers import register
from app.kernel import clock as program_clock
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.events import announce
from app.messaging import consent
from app.messaging.models import EmailLog, EmailPart
from app.messaging.plan_models import InviteMonth
from app.messaging.sms_models import Sms
from tests.make import make_booking, move_body
from tests.messaging.texting import STOCKHOLM, move_clock_to, noon

NUMBER = "+46701740605"


@pytest.fixture(autouse=True)
def by_day(business: Business, clock: Any) -> None:
    """It is noon."""
    noon()


def kinds() -> list[str]:
    """The mails but the confirmation, in the order they were asked for."""
    db.session.rollback()
    rows = select(EmailLog.kind).where(EmailLog.kind != "booking_received").order_by(EmailLog.id)
    return list(db.session.scalars(rows))


def texts() -> list[Sms]:
    db.session.rollback()
    return list(db.session.scalars(select(Sms).order_by(Sms.id).execution_options(populate_existing=True)))


def a_booking(**more: Any) -> Booking:
    """A received booking, as its row."""
    made = make_booking(**more)
    return db.session.scalars(select(Booking).where(Booking.id == made.id)).one()


def later(booking: Booking, **by: float) -> None:
    """The office moves it."""
    db.session.rollback()
    now = db.session.get_one(Booking, booking.id)
    lifecycle.edit(booking.id, {"starts_at": now.starts_at + timedelta(**by), "ends_at": now.ends_at + timedelta(**by)})


def test_three_quick_changes_become_one_mail_that_says_how_it_is_then(
    client: FlaskClient, run_jobs: Callable[..., int], clock: Any
) -> None:
    booking = a_booking()
    run_jobs()
    for _ in range(3):
        later(booking, hours=1)
        clock.forward(minutes=1)
        run_jobs()
    assert kinds() == []
    clock.forward(minutes=5)
    run_jobs()
    assert kinds() == ["booking_changed"]
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "booking_changed")).one()
    assert mail.state == "sent"
    assert "11:00" in mail.text_body
    part = db.session.scalars(select(EmailPart).where(EmailPart.email_id == mail.id)).one()
    assert b"SEQUENCE:3" in part.content


def test_changed_and_then_cancelled_only_the_end_is_told(run_jobs: Callable[..., int], clock: Any) -> None:
    booking = a_booking()
    run_jobs()
    later(booking, hours=1)
    lifecycle.cancel(booking.id)
    clock.forward(minutes=6)
    run_jobs()
    assert kinds() == ["booking_cancelled"]
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "booking_cancelled")).one()
    part = db.session.scalars(select(EmailPart).where(EmailPart.email_id == mail.id)).one()
    assert b"STATUS:CANCELLED" in part.content
    assert f"UID:{booking.public_id}@kontor".encode() in part.content


def test_what_the_customer_does_not_care_about_is_not_told(run_jobs: Callable[..., int], clock: Any) -> None:
    booking = a_booking()
    lifecycle.edit(booking.id, {"notes": "The key is with the neighbour."})
    clock.forward(minutes=6)
    run_jobs()
    assert kinds() == []


def test_a_booking_by_text_message_is_told_by_mail_and_text(
    client: FlaskClient, run_jobs: Callable[..., int], clock: Any
) -> None:
    body = move_body(phone=NUMBER, channel="sms", language="sv")
    assert client.post("/api/v1/booking", json=body).status_code == 201
    run_jobs()
    [sms] = texts()
    assert (sms.kind, sms.channel, sms.to_number, sms.parts, sms.state) == (
        "booking_received",
        "sms",
        NUMBER,
        1,
        "sent",
    )
    assert "din bokning" in sms.body
    assert "?t=" not in sms.body, "the secret link stands in the mail alone"
    booking = db.session.scalars(select(Booking)).one()
    lifecycle.cancel(booking.id)
    run_jobs()
    assert [one.kind for one in texts()] == ["booking_received", "booking_cancelled"]
    assert kinds() == ["booking_cancelled"]


def test_texts_about_bookings_cost_no_invite_and_go_at_night_and_after_stop(
    client: FlaskClient, run_jobs: Callable[..., int], clock: Any
) -> None:
    consent.stop(NUMBER, source="sms")
    now = program_clock.now().astimezone(STOCKHOLM)
    move_clock_to(now.replace(hour=23))
    client.post("/api/v1/booking", json=move_body(phone=NUMBER, channel="whatsapp"))
    run_jobs()
    [sms] = texts()
    assert (sms.channel, sms.state, sms.counted_month) == ("whatsapp", "sent", None)
    assert db.session.scalars(select(InviteMonth.used)).all() == []


def test_a_number_that_takes_no_texts_leaves_the_mail_alone(client: FlaskClient, run_jobs: Callable[..., int]) -> None:
    client.post("/api/v1/booking", json=move_body(phone="031-12 45 80", channel="sms"))
    run_jobs()
    assert texts() == []


def test_by_mail_alone_nothing_is_texted(client: FlaskClient, run_jobs: Callable[..., int]) -> None:
    client.post("/api/v1/booking", json=move_body(phone=NUMBER))
    run_jobs()
    assert texts() == []


def test_the_reminder_comes_the_afternoon_before_once(run_jobs: Callable[..., int], clock: Any) -> None:
    booking = a_booking()
    day = booking.starts_at.astimezone(STOCKHOLM)
    move_clock_to((day - timedelta(days=1)).replace(hour=16, minute=59))
    telling.remind()
    run_jobs()
    assert kinds() == []
    clock.forward(minutes=2)
    telling.remind()
    telling.remind()
    run_jobs()
    assert kinds() == ["booking_reminder"]


def test_moved_the_reminder_moves_along_and_cancelled_it_stays_away(run_jobs: Callable[..., int], clock: Any) -> None:
    moved, cancelled = a_booking(), a_booking()
    day = moved.starts_at.astimezone(STOCKHOLM)
    later(moved, days=2)
    lifecycle.cancel(cancelled.id)
    for offset in (-1, 1):
        move_clock_to((day + timedelta(days=offset)).replace(hour=17, minute=1))
        telling.remind()
        run_jobs()
    assert kinds().count("booking_reminder") == 1
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "booking_reminder")).one()
    assert f"booking:{moved.id}" in mail.about


def test_booked_after_the_hour_nobody_is_reminded_of_what_they_just_did(run_jobs: Callable[..., int]) -> None:
    tomorrow = (program_clock.now().astimezone(STOCKHOLM) + timedelta(days=1)).date().isoformat()
    move_clock_to(program_clock.now().astimezone(STOCKHOLM).replace(hour=18))
    make_booking(date=tomorrow)
    telling.remind()
    run_jobs()
    assert kinds() == []


@pytest.mark.parametrize(
    ("starts", "reminded"),
    [
        (datetime(2027, 3, 28, 9, tzinfo=STOCKHOLM), datetime(2027, 3, 27, 17, tzinfo=STOCKHOLM)),
        (datetime(2027, 3, 29, 9, tzinfo=STOCKHOLM), datetime(2027, 3, 28, 17, tzinfo=STOCKHOLM)),
        (datetime(2027, 10, 31, 9, tzinfo=STOCKHOLM), datetime(2027, 10, 30, 17, tzinfo=STOCKHOLM)),
        (datetime(2027, 11, 1, 9, tzinfo=STOCKHOLM), datetime(2027, 10, 31, 17, tzinfo=STOCKHOLM)),
    ],
)
def test_the_hour_is_the_wall_clocks_also_when_clocks_change(starts: datetime, reminded: datetime) -> None:
    assert telling.reminder_at(starts, "Europe/Stockholm") == reminded


def test_a_bounced_address_gets_no_further_automatic_mail(run_jobs: Callable[..., int], clock: Any) -> None:
    booking = a_booking()
    run_jobs()
    register.note_trouble(booking.customer_id, "bounced")
    lifecycle.cancel(booking.id)
    run_jobs()
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "booking_cancelled")).one()
    assert mail.state == "held"


def test_on_our_way_is_texted_once_however_often_it_is_said(
    client: FlaskClient, run_jobs: Callable[..., int], clock: Any
) -> None:
    by_text, by_mail = a_booking(phone=NUMBER, channel="sms"), a_booking(phone=NUMBER)
    run_jobs()
    for booking in (by_text, by_mail) * 2:
        with transaction():
            announce(BookingOnTheWay.of(booking))
    run_jobs()
    [sms] = [one for one in texts() if one.kind == "booking_on_the_way"]
    assert "on our way" in sms.body
    assert f"booking:{by_text.id}" in sms.about
    assert kinds() == []
