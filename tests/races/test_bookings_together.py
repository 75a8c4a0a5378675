"""Bookings that come at the same moment: written together, each answered with its own, whatever stands beside it."""

import threading
from typing import Any

from apiflask import APIFlask
from flask import g
from sqlalchemy import func, select

from app.bookings import moves, rows
from app.bookings.models import Booking
from app.customers.models import Customer
from app.jobs.models import Job
from app.kernel.access import Actor, acting_as
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.events import Event
from app.kernel.trace import traced
from tests.make import make_order
from tests.races.test_claims import at_once

CROWD = 12


def test_each_of_a_crowd_gets_its_own_booking(clean: APIFlask, business: Business, monkeypatch: Any) -> None:
    """Three people book often, so that customers meet; one booking holds what PostgreSQL refuses."""
    plain, sizes, lock = rows.write, [], threading.Lock()

    def counted(orders: Any) -> Any:
        with lock:
            sizes.append(len(orders))
        return plain(orders)

    monkeypatch.setattr(rows, "write", counted)
    with clean.test_request_context():
        g.business = business
        orders = [make_order(email=f"anna{number % 4}@example.se", notes=f"no {number}") for number in range(CROWD)]
    orders[5].size = "x" * 100_000  # passes no form, and breaks the column's length

    def book(number: int) -> tuple[int, str]:
        with clean.test_request_context(), traced(f"request-{number}"), acting_as(Actor("visitor", name=f"{number}")):
            g.business = business
            try:
                return number, moves.book_move(orders[number], language="sv").public_id
            except Exception as error:
                return number, type(error).__name__

    answers = dict(at_once(clean, business, book, crowd=CROWD))
    assert answers.pop(5) == "DataError"
    found = {row.public_id: row.notes for row in db.session.execute(select(Booking.public_id, Booking.notes))}
    assert {public_id: f"no {number}" for number, public_id in answers.items()} == found
    assert db.session.scalar(select(func.count(Customer.id))) == 4
    assert max(sizes) > 1
    for number, public_id in answers.items():
        fact = db.session.scalars(
            select(Event).where(Event.name == "booking.created", Event.detail["id"].astext == public_id)
        ).one()
        assert (fact.request_id, fact.actor_name) == (f"request-{number}", f"{number}")
        booking_id = db.session.scalar(select(Booking.id).where(Booking.public_id == public_id))
        job = db.session.scalars(select(Job).where(Job.about.contains([f"booking:{booking_id}"]))).one()
        assert job.request_id == f"request-{number}"
