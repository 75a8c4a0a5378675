"""The pages of a car hire: search, hold against the clock, book as a guest, too late, and once more."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.bookings.models import Booking
from app.customers.models import Customer
from app.fleet import holds
from app.fleet.models import Hold
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db, transaction
from tests.fleet.test_holds import at
from tests.identity.people import Browser
from tests.make import a_day_ahead, make_car

HTMX = {"HX-Request": "true"}
PERSON = {"name": "Erik Holm", "email": "erik@example.dk", "phone": "0701234567"}


@pytest.fixture
def hire(business: Business) -> Business:
    """The business lets cars."""
    with transaction():
        db.session.execute(update(Business).values(services=["car"]))
    forget_believed()
    return business


@pytest.fixture
def visitor(client: FlaskClient, hire: Business) -> Browser:
    """Somebody without an account."""
    return Browser(client)


def dates(**more: str) -> dict[str, str]:
    day = a_day_ahead().isoformat()
    return {"from": day, "from_time": "10:00", "to": day, "to_time": "14:00"} | more


def choose(visitor: Browser, car_id: str, **more: str) -> TestResponse:
    visitor.get("/search")
    return visitor.post("/book/car", dates(car=car_id, **more))


def held_by(visitor: Browser, car_id: str, **more: str) -> str:
    """The hold that choosing the car gave."""
    answer = choose(visitor, car_id, **more)
    assert answer.status_code == 303, answer.text
    found = re.search(r"hold=(\w+)", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


def test_a_car_hire_opens_with_the_search(visitor: Browser) -> None:
    page = visitor.get("/")
    assert 'action="/search"' in page.text
    assert visitor.get("/book").headers["Location"].endswith("/search")


def test_who_lets_no_cars_has_no_search(client: FlaskClient, business: Business) -> None:
    assert Browser(client).get("/search").status_code == 404


def test_the_list_says_what_is_free_for_the_whole_time_and_what_it_costs(visitor: Browser) -> None:
    make_car("Volvo V90", price_day="900")
    make_car("Kia Niro", category="suv", price_day="545", seats=7)
    make_car("Booked", price_day="100")
    page = visitor.get("/search", query_string=dates(category="suv"))
    assert "1 car is free" in page.text
    assert "Kia Niro" in page.text
    assert "Volvo V90" not in page.text
    both = visitor.get("/search", query_string=dates(), headers=HTMX)
    assert "<html" not in both.text
    assert both.text.index("Booked") < both.text.index("Kia Niro") < both.text.index("Volvo V90")
    assert f"from={dates()['from']}" in both.headers["HX-Push-Url"]


@pytest.mark.parametrize("wrong", [{"to_time": "09:00"}, {"from": "2020-01-01"}, {"from": "x"}, {"to": "2099-01-01"}])
def test_dates_that_make_no_sense_are_said(visitor: Browser, wrong: dict[str, str]) -> None:
    make_car()
    page = visitor.get("/search", query_string=dates(**wrong))
    assert page.status_code == 200
    assert "Choose other dates" in page.text


def test_a_car_that_went_while_the_page_was_open_stays_in_sight_with_words(visitor: Browser) -> None:
    car = make_car()
    make_car("Another")
    first = visitor.get("/search", query_string=dates(), headers=HTMX)
    polled = re.search(r'hx-get="([^"]+)" hx-trigger="every', first.text)
    assert polled
    holds.hold(car.id, at(10), at(14), client="user:99")
    again = visitor.get(polled[1].replace("&amp;", "&"), headers=HTMX)
    assert "HX-Push-Url" not in again.headers
    assert "Just taken" in again.text
    assert "1 car is free" in again.text


def test_where_nothing_is_free_other_dates_are_named_that_are(visitor: Browser) -> None:
    car = make_car(category="suv", price_day="545")
    holds.hold(car.id, at(9), at(34), client="user:99")  # until the next day
    page = visitor.get("/search", query_string=dates(category="suv"))
    assert "No car is free then" in page.text
    near = page.text[page.text.index('id="near"') :]
    days = re.findall(r'href="/search\?from=([\d-]+)[^"]*category=suv"', near.replace("&amp;", "&"))
    assert days == [a_day_ahead(number).isoformat() for number in (5, 6, 9)]
    assert "1 car from" in near
    other = visitor.get("/search", query_string=dates(**{"from": days[1], "to": days[1]}))
    assert "1 car is free" in other.text
    assert 'id="near"' not in other.text


def test_book_as_a_guest(visitor: Browser) -> None:
    car = make_car()
    hold_id = held_by(visitor, car.public_id)
    page = visitor.get(f"/book/car?hold={hold_id}")
    deadline, now = (int(re.search(rf'data-{name}="(\d+)"', page.text)[1]) for name in ("deadline", "now"))  # type: ignore[index]  # both are there
    assert 595_000 <= deadline - now <= 600_000
    wrong = visitor.post("/book/car/confirm", {"hold_id": hold_id, **PERSON, "email": "nobody"})
    assert wrong.status_code == 422
    assert 'value="Erik Holm"' in wrong.text
    booked = visitor.post("/book/car/confirm", {"hold_id": hold_id, **PERSON})
    assert booked.status_code == 303
    again = visitor.post("/book/car/confirm", {"hold_id": hold_id, **PERSON})
    assert again.headers["Location"] == booked.headers["Location"]
    shown = visitor.get(booked.headers["Location"])
    assert "Thank you, Erik." in shown.text
    assert "erik@example.dk" in shown.text
    assert "Volvo V90" in shown.text
    price = db.session.scalars(select(Booking.price)).one()
    assert re.search(rf">{price:.0f}\s\w+<", shown.text)
    assert visitor.get(f"/book/car?hold={hold_id}").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_choosing_again_leads_to_the_same_hold_and_reloading_adds_nothing(visitor: Browser) -> None:
    car = make_car()
    first = held_by(visitor, car.public_id)
    before = db.session.scalar(select(Hold.expires_at))
    assert held_by(visitor, car.public_id) == first
    visitor.get(f"/book/car?hold={first}")
    db.session.rollback()
    assert db.session.scalars(select(Hold.expires_at)).all() == [before]


def test_somebody_elses_hold_opens_nothing(visitor: Browser, client: FlaskClient, clean: Any) -> None:
    hold_id = held_by(visitor, make_car().public_id)
    stranger = Browser(clean.test_client())
    stranger.get("/search")
    assert stranger.get(f"/book/car?hold={hold_id}").status_code == 404
    assert stranger.post("/book/car/confirm", {"hold_id": hold_id, **PERSON}).status_code == 404


def test_who_comes_second_is_led_to_what_is_free(visitor: Browser) -> None:
    car = make_car()
    make_car("Another")
    holds.hold(car.id, at(10), at(14), client="user:99")
    answer = choose(visitor, car.public_id)
    assert answer.status_code == 303
    page = visitor.get(answer.headers["Location"])
    assert "Volvo V90 has just been taken." in page.text
    assert "Another" in page.text


def test_extend_once_by_a_press(visitor: Browser) -> None:
    hold_id = held_by(visitor, make_car().public_id)
    assert visitor.post("/book/car/extend", {"hold": hold_id}).status_code == 303
    page = visitor.get(f"/book/car?hold={hold_id}")
    assert "5 minutes" not in page.text
    assert visitor.post("/book/car/extend", {"hold": hold_id}).status_code == 409


def test_given_up_the_car_is_free_at_once(visitor: Browser) -> None:
    car = make_car()
    hold_id = held_by(visitor, car.public_id)
    left = visitor.post("/book/car/release", {"hold": hold_id})
    assert left.status_code == 303
    assert "1 car is free" in visitor.get(left.headers["Location"]).text


def test_too_late_keeps_what_was_typed_and_one_press_holds_it_again(visitor: Browser, clock: Any) -> None:
    hold_id = held_by(visitor, make_car().public_id)
    clock.forward(minutes=10, seconds=1)
    bar = visitor.get(f"/book/car?hold={hold_id}", headers=HTMX)
    assert "The time is over." in bar.text
    assert "Hold it again" in bar.text
    late = visitor.post("/book/car/confirm", {"hold_id": hold_id, **PERSON})
    assert late.status_code == 410
    assert 'value="Erik Holm"' in late.text
    again = visitor.post("/book/car/again", {"hold_id": hold_id, **PERSON})
    assert again.status_code == 200
    assert 'value="Erik Holm"' in again.text
    fresh = re.search(r'name="hold_id" value="(\w+)"', again.text)
    assert fresh
    assert fresh[1] != hold_id
    assert visitor.post("/book/car/confirm", {"hold_id": fresh[1], **PERSON}).status_code == 303


def test_too_late_and_taken_says_so_and_names_others(visitor: Browser, clock: Any) -> None:
    car = make_car()
    make_car("Another")
    hold_id = held_by(visitor, car.public_id)
    clock.forward(minutes=10, seconds=1)
    holds.hold(car.id, at(10), at(14), client="user:99")
    late = visitor.post("/book/car/again", {"hold_id": hold_id, **PERSON})
    assert late.status_code == 409
    assert "has been taken by somebody else" in late.text
    assert "Another" in late.text
    assert "Hold it again" not in late.text


def test_a_slip_in_the_address_is_asked_about_once_and_then_taken(visitor: Browser) -> None:
    held = held_by(visitor, make_car().public_id)
    slip, meant = "erik@gmial.com", "erik@gmail.com"
    typed = PERSON | {"hold_id": held, "email": slip}
    assert f"Did you mean {meant}?" in visitor.post("/book/car/check?check=email", typed, headers=HTMX).text
    asked = visitor.post("/book/car/confirm", typed)
    assert (asked.status_code, db.session.scalar(select(func.count()).select_from(Booking))) == (200, 0)
    assert f"Did you mean {meant}?" in asked.text
    taken = visitor.post("/book/car/confirm", typed | {"take": meant})
    assert f'value="{meant}"' in taken.text
    assert visitor.post("/book/car/confirm", typed | {"asked": slip}).status_code == 303
    assert db.session.scalars(select(Customer.email)).one() == slip


def test_a_field_that_is_left_keeps_its_words(visitor: Browser) -> None:
    held = held_by(visitor, make_car().public_id)
    fields = {"hold_id": held, "pickup_address": "Linnégatan"}
    shown = visitor.post("/book/car/check?check=pickup_address", fields, headers=HTMX).text
    assert "Where do you fetch it" in shown
    assert "(optional)" in shown
    assert "We see no postcode like 413 04" in shown
