"""Booking again: a page filled with what was booked before, and one press once a day is chosen."""

import re
from datetime import timedelta

from sqlalchemy import update

from app.bookings import lifecycle
from app.bookings.models import Booking, BookingState
from app.kernel.access import Role
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db, transaction
from tests.bookings.test_cars_portal import PERSON, dates, held_by
from tests.bookings.visitor import book, bookings, value_of
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_car

ANNA = "anna@example.se"


def fields(page: str) -> dict[str, object]:
    """What the form on the page would send."""
    form = page[page.index('<form method="post" action="/book/') :]
    form = form[: form.index("</form>")]
    sent: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name is None or (kind and kind[1] in ("radio", "checkbox") and " checked" not in tag):
            continue
        if name[1] == "extras":
            sent.setdefault("extras", []).append(value[1])  # type: ignore[union-attr, attr-defined]  # a list
        else:
            sent[name[1]] = value[1] if value else ""
    return sent


def signed_in(visitor: Browser) -> None:
    make_member(ANNA, Role.CUSTOMER, "Anna Lindqvist")
    visitor.sign_in(ANNA)


def done(booking_id: int) -> None:
    """As it is when the crew has gone home."""
    with transaction():
        db.session.execute(
            update(Booking).where(Booking.id == booking_id).values(
                state=BookingState.DONE, starts_at=Booking.starts_at - timedelta(days=60),
                ends_at=Booking.ends_at - timedelta(days=60),
            )
        )  # fmt: skip


def test_the_second_press_books_the_same_on_another_day(visitor: Browser) -> None:
    signed_in(visitor)
    book(visitor, volume="20", floor="3", lift="no")
    first = bookings()[0]
    done(first.id)
    page = visitor.get("/dashboard").text
    assert f"/booking/{first.reference}/again" in page
    sent = fields(visitor.get(f"/booking/{first.reference}/again").text)
    assert sent["from_address"] == "Linnégatan 12, 413 04 Göteborg"
    assert not sent.get("date")
    wanted = a_day_ahead(14).isoformat()
    answer = visitor.post("/book/move", sent | {"date": wanted, "time": "08:00"})
    assert answer.status_code == 303, answer.text
    again = bookings()[1]
    for name in ("size", "extras", "from_address", "to_address", "details", "contact_name", "contact_phone"):
        assert getattr(again, name) == getattr(first, name), name
    assert again.notes == "", "what was to be known then need not be so now"
    assert again.booked_by == first.booked_by


def test_without_a_day_nothing_is_booked_and_nothing_lost(visitor: Browser) -> None:
    link = book(visitor)
    reference, _query, secret = link.partition("/booking/")[2].partition("?")
    sent = fields(visitor.get(f"/booking/{reference}/again?{secret}").text)
    answer = visitor.post("/book/move", sent | {"date": ""})
    assert answer.status_code == 422
    assert "Choose a day." in answer.text
    assert "Linnégatan 12" in answer.text
    assert len(bookings()) == 1


def test_nobody_elses_booking_is_filled_in(visitor: Browser) -> None:
    book(visitor)
    reference = bookings()[0].reference
    signed_in(visitor)
    for path in (f"/booking/{reference}/again", f"/booking/{reference}/again?t=wrong"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "Linnégatan" not in answer.text


def test_what_was_stands_below_what_comes_each_in_words(visitor: Browser) -> None:
    signed_in(visitor)
    for number in range(3):
        book(visitor, _once=f"key-{number}")
    coming, over, called_off = bookings()
    done(over.id)
    lifecycle.cancel(called_off.id)
    page = visitor.get("/bookings").text
    ahead, _heading, behind = page.partition('id="past-h"')
    assert coming.reference in ahead
    assert over.reference in behind
    assert called_off.reference in behind
    assert "Done" in behind
    assert "Cancelled" in behind
    assert behind.count("Book again") == 2
    assert coming.reference not in visitor.get("/bookings?page=2").text


def copies(booking_id: int, count: int) -> None:
    """As many again of that booking."""
    own = ("id", "public_id", "reference", "version")
    names = [column.key for column in Booking.__mapper__.column_attrs if column.key not in own]
    with transaction():
        row = db.session.get(Booking, booking_id)
        said = {name: getattr(row, name) for name in names}
        for _each in range(count):
            db.session.add(Booking(**said))


def test_long_lists_come_page_by_page(visitor: Browser) -> None:
    signed_in(visitor)
    book(visitor)
    first = bookings()[0]
    done(first.id)
    copies(first.id, 27)
    assert visitor.get("/bookings").text.count('id="mine-') == 25
    assert visitor.get("/bookings?page=2").text.count('id="mine-') == 3


def test_all_that_comes_is_reached_page_by_page_beside_what_was(visitor: Browser) -> None:
    signed_in(visitor)
    for number in range(2):
        book(visitor, _once=f"key-{number}")
    coming, over = bookings()
    done(over.id)
    copies(coming.id, 59)
    found: list[str] = []
    page = visitor.get("/bookings").text
    for number in (2, 3, 4):
        ahead, _heading, behind = page.partition('id="past-h"')
        found += re.findall(r'id="mine-([^"]+)"', ahead)
        assert over.reference in behind
        if number < 4:
            assert f'href="/bookings?coming={number}"' in ahead
            page = visitor.get(f"/bookings?coming={number}").text
    assert len(found) == len(set(found)) == 60
    assert "coming=4" not in page
    emptied = visitor.get("/bookings?coming=4").text
    assert emptied.count('id="mine-') == 26, "what a page showed is gone: the first one is shown"


def test_the_last_car_is_kept_for_new_dates_with_the_form_filled(visitor: Browser) -> None:
    with transaction():
        db.session.execute(update(Business).values(services=["car"]))
    forget_believed()
    car = make_car("Volvo V90")
    signed_in(visitor)
    kept = held_by(visitor, car.public_id)
    assert visitor.post("/book/car/confirm", PERSON | {"hold_id": kept}).status_code == 303
    first = bookings()[0]
    page = visitor.get(f"/booking/{first.reference}/again").text
    assert "Volvo V90" in page
    assert f'value="{car.public_id}"' in page
    later = a_day_ahead(20).isoformat()
    again = visitor.post("/book/car", dates(car=car.public_id, again=first.reference) | {"from": later, "to": later})
    form = visitor.get(again.headers["Location"]).text
    assert value_of(form, "phone") == PERSON["phone"]
    assert value_of(form, "email") == PERSON["email"]
