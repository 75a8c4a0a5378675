"""`POST /api/v1/booking` and what comes of it."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.customers.models import Customer
from app.jobs.models import Job
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.events import Event
from app.messaging.models import EmailLog
from tests.make import move_body


def test_a_booking_writes_customer_booking_mail_job_and_fact_in_one_go(client: FlaskClient, business: Business) -> None:
    answer = client.post("/api/v1/booking", json=move_body())
    assert answer.status_code == 201, answer.json
    assert answer.json is not None
    assert answer.json["status"] == "received"
    assert answer.headers["Location"] == f"/api/v1/bookings/{answer.json['bookingId']}"
    assert len(answer.headers["X-Request-Id"]) == 16
    for model in (Customer, Booking, EmailLog, Job):
        assert db.session.scalar(select(func.count()).select_from(model)) == 1
    assert set(db.session.scalars(select(Event.name))) == {"customer.created", "booking.created", "email.queued"}
    assert db.session.scalar(select(Job.request_id)) == answer.headers["X-Request-Id"]


def test_the_confirmation_is_made_and_sent(
    client: FlaskClient, business: Business, run_jobs: Callable[..., int]
) -> None:
    client.post("/api/v1/booking", json=move_body())
    assert run_jobs() == 2
    email = db.session.scalars(select(EmailLog)).one()
    assert email.state == "sent"
    assert email.made_with["text"] == "built_in"
    assert "Kungälv" in email.text_body
