"""The mail of the day after: once, in the morning, in the customer's language, to nobody who does not want it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.bookings import follow_up, lifecycle, links
from app.bookings.models import Booking, BookingState
from app.customers import merging, register
from app.customers.models import Customer
from app.kernel import clock as program_clock
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.messaging import consent
from app.messaging.links import filled
from app.messaging.models import EmailLog
from app.messaging.own_texts import kind_of
from app.settings import texts
from tests.identity.people import Browser
from tests.make import make_booking
from tests.messaging.texting import STOCKHOLM, move_clock_to, noon


@pytest.fixture(autouse=True)
def by_day(business: Business, clock: Any) -> None:
    """It is noon."""
    noon()


def mails() -> list[EmailLog]:
    """The mails after jobs."""
    db.session.rollback()
    rows = select(EmailLog).where(EmailLog.kind == follow_up.KIND).order_by(EmailLog.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def a_job(**more: Any) -> Booking:
    """A booking whose time has come."""
    made = make_booking(**more)
    row = db.session.scalars(select(Booking).where(Booking.id == made.id)).one()
    move_clock_to(row.starts_at.astimezone(STOCKHOLM).replace(hour=15))
    return row


def do(booking: Booking) -> None:
    """The crew goes there, and goes home."""
    for state in (BookingState.CONFIRMED, BookingState.IN_PROGRESS, BookingState.DONE):
        lifecycle.move(booking.id, state)


def next_morning(hour: int = 10, minute: int = 1) -> None:
    now = program_clock.now().astimezone(STOCKHOLM)
    move_clock_to((now + timedelta(days=1)).replace(hour=hour, minute=minute))


def customer_of(booking: Booking) -> Customer:
    db.session.rollback()
    return db.session.get_one(Customer, booking.customer_id)


def test_it_comes_the_next_morning_in_the_customers_language_once(run_jobs: Callable[..., int]) -> None:
    booking = a_job(language="sv", toAddress="Storgatan 3, 442 31 Kungälv")
    do(booking)
    run_jobs()
    next_morning(9, 50)
    run_jobs()
    assert mails() == []
    next_morning_is_here = program_clock.now().astimezone(STOCKHOLM).replace(hour=10, minute=1)
    move_clock_to(next_morning_is_here)
    run_jobs()
    follow_up.write(booking.id)
    run_jobs()
    [mail] = mails()
    assert mail.subject == "Hur gick flytten?"
    assert "Kungälv" in mail.text_body
    assert mail.made_with["text"] == "built_in"
    assert links.token_of(booking.public_id) not in mail.text_body
    assert f"/booking/{booking.reference}/again?t={links.token_of(booking.public_id)}" in filled(mail.text_body)
    assert (mail.state, mail.customer_id) == ("sent", booking.customer_id)


def test_a_job_that_was_called_off_or_is_not_done_gets_none(run_jobs: Callable[..., int]) -> None:
    off, open_still = a_job(email="a@example.se"), a_job(email="b@example.se")
    lifecycle.move(off.id, BookingState.CONFIRMED)
    lifecycle.cancel(off.id)
    follow_up.write(off.id)
    follow_up.write(open_still.id)
    next_morning()
    run_jobs()
    assert mails() == []


def test_what_was_done_long_ago_is_not_written_about(run_jobs: Callable[..., int]) -> None:
    booking = a_job()
    program_clock.forward(days=20)
    do(booking)
    next_morning()
    run_jobs()
    assert mails() == []


@pytest.mark.parametrize("why", ["bounced", "stopped", "no", "merged"])
def test_nobody_hears_who_does_not_want_to(run_jobs: Callable[..., int], why: str) -> None:
    booking = a_job()
    customer = customer_of(booking)
    if why == "bounced":
        register.note_trouble(customer.id, "bounced")
    elif why == "stopped":
        consent.stop(customer.phone_number, source="sms")
    elif why == "no":
        follow_up.stop(booking)
    else:
        other = a_job(email="other@example.se")
        follow_up.stop(other)
        merging.merge(customer.id, customer_of(other).id)
    do(db.session.get_one(Booking, booking.id))
    next_morning()
    run_jobs()
    assert mails() == []
    with transaction():
        db.session.execute(update(Customer).values(email_trouble="", no_follow_up_at=None))
    if why in ("bounced", "no"):
        follow_up.write(booking.id)
        assert len(mails()) == 1, "it was that alone which kept it back"


def test_no_is_said_by_a_button(client: Any, run_jobs: Callable[..., int]) -> None:
    visitor, booking = Browser(client), a_job()
    page = f"/booking/{booking.reference}/no-more?t={links.token_of(booking.public_id)}"
    for _each in range(3):
        assert visitor.get(page).status_code == 200
    assert customer_of(booking).no_follow_up_at is None
    for _press in range(2):
        assert visitor.post(page).status_code == 303
    assert customer_of(booking).no_follow_up_at is not None
    assert visitor.post(f"/booking/{booking.reference}/no-more?t=wrong").status_code == 404


def test_the_owner_writes_it_anew_and_the_way_out_stays(run_jobs: Callable[..., int]) -> None:
    editable = kind_of(follow_up.KIND)
    assert editable is not None
    texts.write(editable, "en", {"subject": "Well, {first_name}?", "body": "{paragraph}\n\nYours, {firm}", "text": ""})
    booking = a_job(language="en")
    do(booking)
    next_morning()
    run_jobs()
    [mail] = mails()
    assert mail.subject == "Well, Anna?"
    for words in ("Yours, Majorna", "kontor-link:book_again:", "kontor-link:no_follow_up:"):
        assert words in mail.text_body
        assert words in mail.html_body
    assert "calendar" not in mail.html_body


def test_it_is_due_at_ten_also_when_the_clocks_change() -> None:
    saturday = datetime(2027, 3, 27, 15, tzinfo=STOCKHOLM)
    assert follow_up.due_at(saturday, "Europe/Stockholm").astimezone(STOCKHOLM).hour == follow_up.HOUR
