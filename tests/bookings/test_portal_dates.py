"""The page by which customers change the dates of a rented car, and cancelling it from the mail."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings import lifecycle, links
from app.bookings.models import Booking
from app.fleet import queries
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.events import Event
from tests.bookings.hiring import hire, now, spans
from tests.bookings.test_cars_portal import held_by
from tests.bookings.test_cars_portal import hire as lets_cars  # noqa: F401  # a fixture
from tests.bookings.visitor import HTMX, bookings, event_in, value_of
from tests.fleet.test_holds import at
from tests.identity.people import HOST, Browser, make_member
from tests.make import a_day_ahead, make_booking, make_car


@pytest.fixture
def visitor(client: FlaskClient, business: Business) -> Browser:
    """Somebody without an account."""
    return Browser(client)


def page_of(booking: Booking, act: str = "/dates") -> str:
    """The page of that act, as the mail's link opens it."""
    return f"/booking/{booking.reference}{act}?t={links.token_of(booking.public_id)}"


def typed(day: int, first_at: str = "10:00", last_at: str = "14:00", days: int = 0, **more: Any) -> dict[str, Any]:
    """What stands in the form."""
    return {
        "first": a_day_ahead(day).isoformat(), "first_at": first_at, "last": a_day_ahead(day + days).isoformat(),
        "last_at": last_at,
    } | more  # fmt: skip


def seen(visitor: Browser, booking: Booking, form: dict[str, Any]) -> dict[str, Any]:
    """The form once its price was seen, with what the page sends along."""
    shown = visitor.post(page_of(booking, "/dates/price"), form, headers=HTMX)
    assert shown.status_code == 200
    return form | {name: value_of(shown.text, name) for name in ("seen", "version")}


def test_the_price_is_seen_before_the_new_dates_are_taken(visitor: Browser) -> None:
    booking = hire(make_car())
    first = event_in(visitor.get(page_of(booking, "/calendar.ics")).data)
    page = visitor.get(page_of(booking)).text
    assert f'value="{a_day_ahead(7)}"' in page
    assert "These are your dates now." in page
    assert "Take these dates" not in page
    form = seen(visitor, booking, typed(8, days=1))
    shown = visitor.post(page_of(booking, "/dates/price"), form, headers=HTMX).text
    assert "<html" not in shown
    assert re.search(r"It costs 900\s.?kr more|It costs SEK\s?900 more|It costs .*900.* more", shown)
    assert now(booking).starts_at == at(10)
    answer = visitor.post(page_of(booking), form)
    assert answer.status_code == 303
    assert "1,800" in visitor.get(answer.headers["Location"]).text.replace("\xa0", ",").replace(" ", ",")
    assert (now(booking).starts_at, now(booking).ends_at) == (at(10, 8), at(14, 9))
    event = event_in(visitor.get(page_of(booking, "/calendar.ics")).data)
    assert event["uid"] == first["uid"]
    assert event["sequence"] == first["sequence"] + 1


def test_pressed_twice_it_is_changed_once(visitor: Browser) -> None:
    booking = hire(make_car())
    form = seen(visitor, booking, typed(8))
    for _press in range(2):
        assert visitor.post(page_of(booking), form).status_code == 303
    assert len(db.session.scalars(select(Event).where(Event.name == "booking.changed")).all()) == 1


def test_without_scripts_the_first_press_shows_the_price(visitor: Browser) -> None:
    booking = hire(make_car())
    shown = visitor.post(page_of(booking), typed(8))
    assert shown.status_code == 200
    assert "Take these dates" in shown.text
    assert now(booking).starts_at == at(10)
    form = typed(8) | {name: value_of(shown.text, name) for name in ("seen", "version")}
    assert visitor.post(page_of(booking), form).status_code == 303
    assert now(booking).starts_at == at(10, 8)


def test_a_price_that_was_seen_for_other_dates_takes_none(visitor: Browser) -> None:
    booking = hire(make_car())
    form = seen(visitor, booking, typed(8)) | typed(8, days=2)
    answer = visitor.post(page_of(booking), form)
    assert answer.status_code == 409
    assert "The price has just changed." in answer.text
    assert value_of(answer.text, "seen").startswith("2700")
    assert now(booking).starts_at == at(10)


def test_taken_dates_name_others_and_other_cars_and_nobody_else(visitor: Browser) -> None:
    car = make_car()
    make_car("Kia Niro")
    booking = hire(car)
    form = seen(visitor, booking, typed(9))
    rival = hire(car, day=9)
    answer = visitor.post(page_of(booking), form)
    assert answer.status_code == 409
    assert "Volvo V90 is already taken then." in answer.text
    assert "Your old dates are still yours." in answer.text
    assert "Kia Niro" in answer.text
    assert rival.reference not in answer.text
    assert "Take these dates" not in answer.text
    near = re.findall(r'href="(/booking/[^"]+first=[^"]+)"', answer.text)
    assert len(near) == 3
    assert now(booking).starts_at == at(10)
    other = visitor.get(near[0].replace("&amp;", "&"))
    assert "Take these dates" in other.text


def test_what_the_car_does_not_allow_is_said_at_the_field(visitor: Browser) -> None:
    booking = hire(make_car(opens="08:00", closes="18:00"))
    page = visitor.get(page_of(booking)).text
    assert 'value="08:00"' in page
    assert 'value="07:30"' not in page
    form = {"version": str(now(booking).version), "seen": "900"}
    answer = visitor.post(page_of(booking), typed(8, last_at="20:00") | form)
    assert answer.status_code == 422
    assert "handed out and taken back between 08:00 and 18:00" in answer.text
    live = visitor.post(page_of(booking, "/dates/price"), typed(8, last_at="09:00"), headers=HTMX).text
    assert "The end must be after the start." in live
    assert "data-focus" not in live  # whoever is still choosing keeps the focus in the field
    for wrong in ({"first": "soon"}, {"first": "2020-01-01"}, {"first_at": "25:99"}, {"last": ""}, {"seen": "free"}):
        assert visitor.post(page_of(booking), typed(8) | form | wrong).status_code == 422
    assert now(booking).starts_at == at(10)


def test_what_the_office_changed_meanwhile_is_shown_first(visitor: Browser) -> None:
    booking = hire(make_car())
    form = seen(visitor, booking, typed(8))
    lifecycle.edit(booking.id, {"starts_at": at(11), "ends_at": at(15)})
    answer = visitor.post(page_of(booking), form)
    assert answer.status_code == 409
    assert "This booking has changed in the meantime." in answer.text
    assert "11:00" in answer.text
    assert now(booking).starts_at == at(11)


def test_too_late_the_phone_number_stands_there(visitor: Browser, clock: Any) -> None:
    booking = hire(make_car())
    form = seen(visitor, booking, typed(8))
    clock.forward(seconds=(at(10) - clock.now()).total_seconds() - 3_600)
    assert "031-12 45 80" in visitor.get(page_of(booking)).text
    assert visitor.post(page_of(booking), form).status_code == 409
    assert now(booking).starts_at == booking.starts_at


def test_the_bookings_page_leads_there_and_the_old_address_too_and_moves_have_none(visitor: Browser) -> None:
    booking = hire(make_car())
    page = visitor.get(page_of(booking, "")).text
    assert f"/booking/{booking.reference}/dates?t=" in page
    assert "Change the dates" in page
    sent_on = visitor.get(page_of(booking, "/change"))
    assert sent_on.status_code == 303
    assert sent_on.headers["Location"] == page_of(booking)
    assert visitor.post(page_of(booking, "/change"), {"date": "2030-01-01", "time": "08:00"}).status_code == 404
    assert visitor.get(page_of(make_booking())).status_code == 404
    assert visitor.get(f"/booking/{booking.reference}/dates?t=wrong").status_code == 404


def test_robots_that_open_every_link_of_a_rental_change_nothing(visitor: Browser) -> None:
    booking = hire(make_car())
    before = (now(booking).version, spans(booking))
    todo, seen_pages = [page_of(booking, "")], set()
    while todo:
        page = todo.pop()
        seen_pages.add(page)
        visitor.client.head(page, base_url=HOST)
        answer = visitor.get(page)
        assert answer.status_code == 200
        found = re.findall(r'href="(/booking/[^"#]+)', answer.text) if "html" in answer.content_type else []
        todo += [one for one in (link.replace("&amp;", "&") for link in found) if one not in seen_pages]
    assert page_of(booking) in seen_pages
    assert (now(booking).version, spans(booking)) == before


def test_the_page_is_kept_by_nobody(visitor: Browser) -> None:
    booking = hire(make_car())
    answer = visitor.get(page_of(booking))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Erik" not in answer.text


@pytest.mark.usefixtures("lets_cars")
def test_customers_who_are_signed_in_change_their_own_without_a_link(visitor: Browser) -> None:
    make_member("erik@example.dk", Role.CUSTOMER, "Erik Holm")
    visitor.sign_in("erik@example.dk")
    car = make_car()
    person = {"name": "Erik Holm", "email": "erik@example.dk", "phone": "0701234567"}
    sent = visitor.post("/book/car/confirm", {"hold_id": held_by(visitor, car.public_id), **person})
    assert sent.status_code == 303
    [booking] = bookings()
    stranger = hire(make_car(), day=9)
    at_own = f"/booking/{booking.reference}/dates"
    assert at_own in visitor.get(f"/booking/{booking.reference}").text
    shown = visitor.post(f"{at_own}/price", typed(8), headers=HTMX).text
    form = typed(8) | {name: value_of(shown, name) for name in ("seen", "version")}
    assert visitor.post(at_own, form).status_code == 303
    assert now(booking).starts_at == at(10, 8)
    assert visitor.post(f"/booking/{stranger.reference}/dates", form).status_code == 404


def test_a_car_is_cancelled_from_the_mail_once_and_free_at_once(visitor: Browser) -> None:
    car = make_car()
    booking = hire(car)
    assert not queries.is_free(car, at(10), at(14))
    assert visitor.get(page_of(booking, "/cancel")).status_code == 200
    for _press in range(2):
        assert visitor.post(page_of(booking, "/cancel"), {"reason": "We stay home"}).status_code == 303
    assert (now(booking).state, now(booking).cancelled_reason) == ("cancelled", "We stay home")
    assert spans(booking) == {}
    assert queries.is_free(car, at(10), at(14))
    assert len(db.session.scalars(select(Event).where(Event.name == "booking.cancelled")).all()) == 1
    assert visitor.get(page_of(booking)).status_code == 200
    assert "This booking is not changed any more." in visitor.get(page_of(booking)).text
