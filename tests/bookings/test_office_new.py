"""The office books for somebody: once, with every field checked, and only what the business offers."""

import pytest
from sqlalchemy import select, update

from app.bookings.models import Booking
from app.kernel.access import Role
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db, transaction
from app.messaging.models import EmailLog
from tests.make import a_day_ahead
from tests.office.desk import at_desk

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def new_form(**more: str) -> dict[str, str]:
    return {
        "once": "key-1", "service_type": "move", "name": "Per Sandell", "email": "per@example.se",
        "phone": "070-123 45 67", "language": "sv",
        "from_address": "Vasagatan 1, Göteborg", "to_address": "Storgatan 2, Kungälv",
        "date": a_day_ahead().isoformat(), "time": "09:00", "load": "3 rooms", "extras": "Piano, Packing", "notes": "",
    } | more  # fmt: skip


def bookings() -> list[Booking]:
    db.session.rollback()
    return list(db.session.scalars(select(Booking).order_by(Booking.id)))


def test_the_office_books_for_somebody(desk) -> None:
    assert 'name="once"' in desk.get("/admin/bookings/new").text
    answer = desk.post("/admin/bookings/new", new_form())
    assert answer.status_code == 303
    [made] = bookings()
    assert answer.location.endswith(f"/admin/bookings/{made.reference}")
    assert (made.contact_name, made.size, made.extras, made.language) == (
        "Per Sandell",
        "3 rooms",
        ["Piano", "Packing"],
        "sv",
    )
    assert made.booked_by is None
    assert db.session.scalar(select(EmailLog.to_address)) == "per@example.se"
    assert "The dispatcher" in desk.get(f"/admin/bookings/{made.reference}").text


def test_pressed_twice_it_books_once_and_other_words_book_again(desk) -> None:
    first = desk.post("/admin/bookings/new", new_form())
    second = desk.post("/admin/bookings/new", new_form())
    assert first.location == second.location
    assert len(bookings()) == 1
    desk.post("/admin/bookings/new", new_form(date=a_day_ahead(9).isoformat()))
    assert len(bookings()) == 2


def test_a_wrong_booking_names_its_fields_and_keeps_the_rest(desk) -> None:
    answer = desk.post("/admin/bookings/new", new_form(email="nonsense", date="2020-01-01"))
    assert answer.status_code == 422
    assert "This day is over" in answer.text
    assert "does not look like an e-mail address" in answer.text
    assert 'value="Per Sandell"' in answer.text
    assert bookings() == []


def test_a_field_is_checked_when_it_is_left(desk) -> None:
    answer = desk.post("/admin/bookings/new?check=phone", new_form(phone="abc"), headers=HTMX)
    assert answer.status_code == 200
    assert "does not look like a phone number" in answer.text
    assert bookings() == []


def offer(services: list[str]) -> None:
    """Let the business offer these services."""
    with transaction():
        db.session.execute(update(Business).values(services=services))
    forget_believed()


def test_only_what_the_business_offers_can_be_booked(desk) -> None:
    offer(["cleaning", "car"])
    page = desk.get("/admin/bookings/new").text
    assert 'value="cleaning"' in page
    assert 'value="move"' not in page
    offer(["car"])
    assert desk.get("/admin/bookings/new").status_code == 404
    assert "/admin/bookings/new" not in desk.get("/admin/bookings").text


def test_an_accountant_books_nothing(client, business) -> None:
    books = at_desk(client, Role.ACCOUNTANT)
    assert books.post("/admin/bookings/new", new_form()).status_code == 403
    assert bookings() == []
