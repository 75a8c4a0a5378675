"""The outbox: a person plays the provider where there is none."""

import pytest
from sqlalchemy import select

from app.bookings.models import Booking
from app.kernel.access import Role
from app.kernel.config import settings
from app.kernel.db import db
from app.messaging.models import EmailLog, EmailState
from tests.office.desk import at_desk, booked, confirmation_of, fresh, make_mail, put


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def play(desk, mail: EmailLog, act: str) -> int:
    return desk.post(f"/admin/outbox/{mail.public_id}/{act}").status_code


@pytest.mark.parametrize(
    ("act", "state"),
    [("deliver", "delivered"), ("open", "opened"), ("bounce", "bounced"), ("complain", "complained")],
)
def test_each_button_says_what_a_provider_would(desk, act: str, state: str) -> None:
    mail = make_mail(EmailState.SENT)
    assert play(desk, mail, act) == 303
    assert fresh(EmailLog, mail.id).state == state


def test_a_bounce_reddens_the_booking_and_asks_a_person(desk) -> None:
    booking = booked()
    mail = confirmation_of(booking)
    put(mail, EmailState.SENT)
    play(desk, mail, "bounce")
    assert fresh(Booking, booking.id).mail_trouble == "bounced"
    assert "bounced" in desk.get("/admin").text
    assert "A mail bounced." in desk.get(f"/admin/bookings/{booking.reference}").text


def test_a_mail_fails_twice_and_then_arrives(desk, run_jobs, clock) -> None:
    mail = confirmation_of(booked())
    put(mail, EmailState.SENT)
    assert play(desk, mail, "fail_twice") == 303
    db.session.rollback()
    for _ in range(3):
        run_jobs()
        clock.forward(minutes=16)
    again = db.session.scalar(select(EmailLog).where(EmailLog.resend_of_id == mail.id))
    db.session.refresh(again)
    assert (again.state, again.attempts) == (EmailState.SENT, 3)


def test_only_known_acts_are_played(desk) -> None:
    assert play(desk, make_mail(EmailState.SENT), "explode") == 404


def test_a_mail_on_its_way_cannot_be_judged(desk) -> None:
    assert play(desk, make_mail(EmailState.QUEUED), "deliver") == 409


def test_an_accountant_only_looks(client, business) -> None:
    mail = make_mail(EmailState.SENT)
    books = at_desk(client, Role.ACCOUNTANT)
    page = books.get("/admin/outbox")
    assert page.status_code == 200
    assert "/bounce" not in page.text
    assert play(books, mail, "bounce") == 403


def test_with_a_real_provider_there_is_no_outbox(desk, monkeypatch) -> None:
    mail = make_mail(EmailState.SENT)
    monkeypatch.setattr(settings(), "resend_api_key", "re_key")
    assert desk.get("/admin/outbox").status_code == 404
    assert play(desk, mail, "bounce") == 404
    assert fresh(EmailLog, mail.id).state == EmailState.SENT
