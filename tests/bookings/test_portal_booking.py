"""Booking on the page: once, whatever is pressed, and nothing that was typed is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import select

from app.customers.models import Customer
from app.kernel.config import settings
from app.kernel.db import db
from app.web.idempotency import Answered
from tests.bookings.visitor import HTMX, book, bookings, typed, value_of
from tests.identity.people import HOST, Browser


def test_a_booking_is_made_as_typed_and_leads_to_its_page(visitor: Browser) -> None:
    where = book(visitor)
    made = bookings()[0]
    assert (made.state, made.size, made.extras, made.notes) == ("received", "3 rooms", ["Piano"], "Narrow stair")
    assert urlsplit(where).path == f"/booking/{made.reference}"
    assert set(parse_qs(urlsplit(where).query)) == {"t", "new"}
    page = visitor.get(where).text
    for words in (
        "Thank you, Anna.",
        made.reference,
        "anna@example.se",
        "Linnégatan 12",
        "Strandvägen 4",
        "3 rooms, Piano",
    ):
        assert words in page
    assert 'data-kept="book-move"' in page


def test_a_day_without_a_time_is_booked_as_such(visitor: Browser) -> None:
    page = visitor.get(book(visitor, time=""))
    assert bookings()[0].has_time is False
    assert "The time is not set yet" in page.text


def test_pressed_twice_it_books_once_and_thanks_twice(visitor: Browser) -> None:
    assert book(visitor) == book(visitor)
    assert len(bookings()) == 1


def test_sent_again_with_other_words_it_leads_to_what_was_booked(visitor: Browser) -> None:
    first, again = book(visitor), book(visitor, notes="Something else")
    assert "again=1" in again
    assert urlsplit(first).path == urlsplit(again).path
    page = visitor.get(again).text
    assert "This was already booked." in page
    assert "Book another" in page
    assert len(bookings()) == 1


def press_at_once(visitor: Browser, forms: list[dict[str, Any]]) -> list[str]:
    """Where each of the forms leads, all sent at the same moment by one browser."""
    visitor.get("/book/move")
    token = visitor.token()
    cookie = visitor.client.get_cookie("kontor", domain="majorna.localhost")
    assert cookie is not None
    app = visitor.client.application

    def press(form: dict[str, Any]) -> str:
        client = app.test_client()
        client.set_cookie("kontor", cookie.value, domain="majorna.localhost")
        answer = client.post("/book/move", base_url=HOST, data=form | {"csrf_token": token})
        return str(answer.headers.get("Location", answer.status_code))

    db.session.rollback()
    with ThreadPoolExecutor(len(forms)) as crowd:
        return list(crowd.map(press, forms))


def test_pressed_eight_times_at_once_it_books_once(visitor: Browser) -> None:
    places = set(press_at_once(visitor, [typed()] * 8))
    assert len(places) == len(bookings()) == 1
    assert places.pop().startswith("/booking/")


def test_eight_first_bookings_of_one_address_at_once_make_one_customer(visitor: Browser) -> None:
    places = press_at_once(visitor, [typed(_once=f"key-{number}") for number in range(8)])
    assert all(place.startswith("/booking/") for place in places), places
    assert len(bookings()) == len(set(places)) == 8
    assert len({made.customer_id for made in bookings()}) == 1


def test_all_tabs_of_a_browser_share_a_key_until_it_is_used(visitor: Browser) -> None:
    first, second = (value_of(visitor.get("/book/move").text, "_once") for _tab in range(2))
    assert first == second
    book(visitor, _once=first)
    page = visitor.get("/book/move").text
    assert value_of(page, "_once") != first
    assert "You booked here a short while ago." in page
    assert "again=1" in book(visitor, _once=second, name="Anna L")
    assert len(bookings()) == 1


def test_another_browser_may_use_the_same_key(visitor: Browser) -> None:
    visitor.get("/book/move")
    book(visitor)
    other = Browser(visitor.client.application.test_client())
    other.get("/book/move")
    book(other)
    assert len(bookings()) == 2


def test_booking_leaves_the_cookie_alone_so_that_back_finds_the_form(visitor: Browser) -> None:
    visitor.get("/book/move")
    answer = visitor.post("/book/move", typed())
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" not in visitor.get(answer.headers["Location"]).headers


def test_what_is_stored_of_the_answer_opens_nothing(visitor: Browser) -> None:
    token = parse_qs(urlsplit(book(visitor)).query)["t"][0]
    kept = db.session.scalars(select(Answered)).one()
    assert token.encode() not in kept.body
    assert token not in str(kept.headers)


def test_a_stale_form_comes_back_as_typed_and_books_nothing(visitor: Browser) -> None:
    page = visitor.post("/book/move", typed(csrf_token="stale", name="Åsa Öberg"))
    assert page.status_code == 422
    assert "Please send it once more" in page.text
    assert value_of(page.text, "name") == "Åsa Öberg"
    assert value_of(page.text, "_once") == "key-1"
    assert bookings() == []
    assert visitor.post("/book/move", typed(csrf_token=value_of(page.text, "csrf_token"))).status_code == 303


def test_a_crowd_is_told_to_wait_with_the_form_as_typed(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "rate_limit_booking", "1/hour")
    for step in "123":
        answer = visitor.post("/book/move", typed(step=step, _once="a"))
    assert answer.status_code == 303  # steps on the way do not count
    page = visitor.post("/book/move", typed(_once="b", name="Åsa Öberg"))
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert "What you typed is kept." in page.text
    assert value_of(page.text, "name") == "Åsa Öberg"
    assert visitor.post("/book/move", typed(_once="b"), headers=HTMX).status_code == 429
    assert len(bookings()) == 1


def test_a_database_at_its_limit_gives_the_form_back_as_typed(visitor: Browser) -> None:
    token = visitor.token()
    address = str(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    with psycopg.connect(address) as line:
        line.execute("lock table bookings in access exclusive mode")
        page = visitor.client.post("/book/move", base_url=HOST, data=typed(csrf_token=token, name="Åsa Öberg"))
    assert page.status_code == 503
    assert "Not booked yet." in page.text
    assert value_of(page.text, "name") == "Åsa Öberg"
    assert book(visitor)
    assert len(bookings()) == 1


def test_a_slip_in_the_address_is_asked_about_once(visitor: Browser) -> None:
    slip = "anna@gmial.com"
    page = visitor.post("/book/move", typed(email=slip))
    assert page.status_code == 200
    assert "Did you mean anna@gmail.com?" in page.text
    assert bookings() == []
    taken = visitor.post("/book/move", typed(email=slip, asked=slip, take="anna@gmail.com"))
    assert value_of(taken.text, "email") == "anna@gmail.com"
    assert visitor.post("/book/move", typed(email=slip, take="evil@example.com")).status_code == 200
    assert bookings() == []
    assert visitor.post("/book/move", typed(email=slip, asked=slip)).status_code == 303
    assert db.session.scalar(select(Customer.email)) == slip


def test_the_slip_can_be_taken_back_in_place(visitor: Browser) -> None:
    sent = typed(email="anna@gmial.com", take="anna@gmail.com")
    answer = visitor.post("/book/move/check?check=email", sent, headers=HTMX)
    assert value_of(answer.text, "email") == "anna@gmail.com"
    assert "Did you mean" not in answer.text
