"""The office's desk for tests: people signed in, and bookings and mails in every state."""

from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update

from app.bookings import lifecycle
from app.bookings.models import Booking, BookingState
from app.fleet.models import Resource
from app.kernel.access import Role
from app.kernel.db import add, db, transaction
from app.messaging import emails
from app.messaging.models import EmailLog, EmailState
from tests.identity.people import Browser, make_member
from tests.make import make_booking


def at_desk(client: FlaskClient, role: Role = Role.DISPATCHER) -> Browser:
    """The browser of somebody in that role."""
    address = f"{role}@majorna.example"
    make_member(address, role, name=f"The {role}")
    browser = Browser(client)
    browser.sign_in(address)
    return browser


def booked(**more: Any) -> Booking:
    """A received booking, as its row."""
    return fresh(Booking, make_booking(**more).id)


def make_job(at: datetime, crew: Resource | None = None, state: str = "", hours: float = 2, **more: Any) -> Booking:
    """A booking at that time, given to the crew if there is one, brought into that state."""
    booking = make_booking(**more)
    with transaction():
        db.session.execute(
            update(Booking)
            .where(Booking.id == booking.id)
            .values(starts_at=at, ends_at=at + timedelta(hours=hours), has_time=True)
        )
    db.session.expire_all()
    if crew is not None:
        lifecycle.assign(booking.id, crew.id)
    for step in {"in_progress": ["in_progress"], "done": ["in_progress", "done"]}.get(state, [state] if state else []):
        lifecycle.move(booking.id, BookingState(step))
    return fresh(Booking, booking.id)


def make_mail(state: EmailState = EmailState.DELIVERED, **more: Any) -> EmailLog:
    """A mail in that state, with its content."""
    facts: dict[str, Any] = {
        "kind": "booking_received", "to_address": "anna@example.se", "to_name": "Anna Lindqvist",
        "subject": "It is booked", "text_body": "Hello",
        "html_body": "<html><head></head><body>Hello</body></html>", "sender": "a@b.example",
    } | more  # fmt: skip
    with transaction():
        mail = add(EmailLog(state=state, **facts))
        mail.prepared_at = mail.created_at
    return mail


def confirmation_of(booking: Booking) -> EmailLog:
    """The mail that a booking asked for, with some content in it."""
    mail = db.session.query(EmailLog).filter(EmailLog.about.contains([booking.marker])).one()
    emails.prepare(
        mail.id,
        sender="a@b.example",
        reply_to="",
        subject="It is booked",
        text="Hello kontor-link:manage:x-y",
        html="<html><head></head><body><a href='kontor-link:manage:x-y'>See it</a></body></html>",
    )
    return mail


def put(mail: EmailLog, state: EmailState) -> None:
    """Bring a mail into a state, as a provider's word would."""
    with transaction():
        db.session.execute(update(EmailLog).where(EmailLog.id == mail.id).values(state=state))
    db.session.expire_all()


def fresh(model: type[Any], row_id: int) -> Any:
    """The row as it is now."""
    db.session.rollback()
    return db.session.get(model, row_id, populate_existing=True)
