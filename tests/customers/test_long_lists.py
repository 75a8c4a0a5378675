"""A customer with much behind them: every booking and mail is reached page by page, and the timeline goes on."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings.models import Booking
from app.customers import people
from app.customers.models import Customer
from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging.models import EmailState
from app.web import timeline
from tests.bookings.test_again import copies
from tests.customers.test_pages import a_customer, path
from tests.office.desk import at_desk, make_mail


def links(page: str, kind: str) -> set[str]:
    """What the page's list leads to."""
    return set(re.findall(rf'href="/admin/{kind}/([^"/?]+)"', page))


def with_much() -> Customer:
    customer = a_customer()
    booking = db.session.scalars(select(Booking).where(Booking.customer_id == customer.id)).one()
    copies(booking.id, 44)
    for _each in range(25):
        make_mail(EmailState.SENT, customer_id=customer.id)
    return customer


def test_each_booking_and_each_mail_is_reached(business: Business, client: FlaskClient) -> None:
    customer, desk = with_much(), at_desk(client)
    first = desk.get(path(customer)).text
    assert "1–20 of 45" in first
    found: set[str] = set()
    for number in (1, 2, 3):
        found |= links(desk.get(path(customer, f"?bookings={number}")).text, "bookings")
    assert found >= set(db.session.scalars(select(Booking.reference)))
    mails: set[str] = set()
    for number in (1, 2):
        mails |= links(desk.get(path(customer, f"?mails={number}")).text, "emails")
    assert len(mails) == 26, "25, and the confirmation"
    assert "1–20 of 45" in desk.get(path(customer, "?bookings=9")).text, "beyond the end the first page is shown"


def test_what_changes_meanwhile_leaves_the_reader_on_the_page(business: Business, client: FlaskClient) -> None:
    customer, desk = with_much(), at_desk(client)
    page = desk.get(path(customer, "?bookings=2")).text
    assert f'hx-get="{path(customer)}?bookings=2"' in page
    answer = desk.post(path(customer, "/notes"), {"note": "Rings twice"}, headers={"HX-Request": "true"})
    assert f'hx-get="{path(customer)}"' in answer.text


def test_the_timeline_goes_on_below_what_is_shown(business: Business, client: FlaskClient) -> None:
    customer, desk = a_customer(), at_desk(client)
    for number in range(timeline.MOST + 3):
        people.add_note(customer.id, f"Note {number:03}")
    page = desk.get(path(customer)).text
    assert "Note 003" in page
    assert "Note 002" not in page
    below = re.search(r"\?before=\d+", page)
    assert below is not None
    before = desk.get(path(customer, below[0])).text
    assert "Note 002" in before
    assert "Became a customer" in before
    assert "Note 003" not in before
    assert "What was before" not in before
