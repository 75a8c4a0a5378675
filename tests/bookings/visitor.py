"""What a visitor types in and what a browser does with it, for the tests of the pages."""

import re
from typing import Any

from icalendar import Calendar
from sqlalchemy import select

from app.bookings.models import Booking
from app.kernel.db import db
from tests.identity.people import Browser
from tests.make import a_day_ahead

HTMX = {"HX-Request": "true"}


def typed(**more: Any) -> dict[str, Any]:
    """Everything a visitor types in, on the last step."""
    return {
        "step": "3", "size": "3 rooms", "extras": ["Piano"], "notes": "Narrow stair",
        "from_address": "Linnégatan 12, 413 04 Göteborg", "to_address": "Strandvägen 4, 442 31 Kungälv",
        "date": a_day_ahead().isoformat(), "time": "08:00",
        "name": "Anna Lindqvist", "email": "anna@example.se", "phone": "070-123 45 67", "_once": "key-1",
    } | more  # fmt: skip


def value_of(page: str, name: str) -> str:
    """What an input of that name holds on the page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no {name} on the page"
    return found[1]


def bookings() -> list[Booking]:
    """All bookings there are."""
    db.session.rollback()
    return list(db.session.scalars(select(Booking).order_by(Booking.id)))


def book(visitor: Browser, **more: Any) -> str:
    """Book on the page; the address of the booking's own page."""
    answer = visitor.post("/book/move", typed(**more))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def event_in(calendar: bytes) -> Any:
    """The one event of a calendar file."""
    return Calendar.from_ical(calendar).walk("VEVENT")[0]
