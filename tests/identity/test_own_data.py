"""Customers see, take along and erase what is held about them, by themselves."""

import json

import pytest
from sqlalchemy import func, select, update

from app.bookings import lifecycle
from app.bookings.models import Booking
from app.customers.models import Customer
from app.identity.models import Membership, User
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from tests.customers.test_erasure import holding
from tests.identity.people import PASSWORD, Browser, make_member
from tests.identity.test_sign_in_links import mailed
from tests.make import make_booking

LOTTE = "lotte@example.dk"
PAGE = "/account/data"
NEEDLES = ("Lotte Ravnsborg", LOTTE, "+4520123456", "Qvarnbygatan")


@pytest.fixture
def tab(client, business) -> Browser:
    return Browser(client)


def by_link(tab: Browser) -> None:
    tab.post("/login/link", {"email": LOTTE, "next": PAGE})
    assert tab.post(mailed()).location == PAGE


def booked() -> Booking:
    return make_booking(
        name="Lotte Ravnsborg", email=LOTTE, phone="+45 20 12 34 56", fromAddress="Qvarnbygatan 9, Göteborg"
    )


def over(made: Booking) -> None:
    lifecycle.cancel(made.id)


def test_one_sees_and_takes_along_all_that_is_held(tab, clock):
    made = booked()
    by_link(tab)
    assert "What Majorna" in tab.get(PAGE).text
    copy = tab.post(PAGE, {"as": "json"})
    assert copy.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    told = json.loads(copy.text)
    assert [row["reference"] for row in told["held"]["bookings"]] == [made.reference]
    assert told["held"]["accounts"][0]["email"] == LOTTE
    assert "password_hash" not in copy.text
    assert "Qvarnbygatan 9" in tab.post(PAGE, {"as": "html"}).text
    clock.forward(minutes=11)
    assert tab.post(PAGE, {"as": "json"}).status_code == 403, "a browser left open gives no copy"


def test_an_unproved_address_shows_nothing(tab):
    booked()
    make_member(LOTTE, Role.CUSTOMER, "Somebody")
    tab.sign_in(LOTTE)
    page = tab.get(PAGE).text
    assert "Mail me a link" in page
    assert "Erase my data" not in page
    assert tab.post(PAGE, {"as": "json"}).status_code == 403
    assert tab.post(f"{PAGE}/erase", {"sure": "yes"}).status_code == 403
    with transaction():
        db.session.execute(update(User).values(email_proved_at=func.now()))
    assert tab.post(PAGE, {"as": "json"}).status_code == 200


def test_what_is_coming_is_in_the_way(tab):
    booked()
    by_link(tab)
    assert "Something is still coming up." in tab.get(PAGE).text
    assert tab.post(f"{PAGE}/erase", {"sure": "yes"}).status_code == 409
    assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_erased_by_oneself_no_table_holds_the_person(tab):
    made = booked()
    by_link(tab)
    over(made)
    page = tab.get(PAGE).text
    assert "7 years" in page
    assert tab.post(f"{PAGE}/erase").status_code == 422
    assert all(holding(needle) for needle in NEEDLES)
    answer = tab.post(f"{PAGE}/erase", {"sure": "yes"})
    assert answer.location == "/"
    assert "What the books need stays" in tab.get("/").text
    assert not tab.is_signed_in()
    assert {needle: holding(needle) for needle in NEEDLES} == {needle: set() for needle in NEEDLES}
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1
    assert tab.sign_in(LOTTE).status_code == 422


def test_a_browser_left_open_erases_nobody(tab, clock):
    over(booked())
    by_link(tab)
    clock.forward(minutes=11)
    asked = tab.post(f"{PAGE}/erase", {"sure": "yes"})
    assert asked.status_code == 403
    assert "Mail me a link" in asked.text
    assert db.session.scalar(select(Customer.erased_at)) is None


def test_whoever_never_booked_takes_along_and_ends_the_account(tab):
    make_member(LOTTE, Role.CUSTOMER, "Lotte Ravnsborg")
    make_booking()
    by_link(tab)
    told = json.loads(tab.post(PAGE, {"as": "json"}).text)
    assert {name for name, rows in told["held"].items() if rows} >= {"accounts", "sessions", "login_links", "mails"}
    assert tab.post(f"{PAGE}/erase", {"sure": "yes"}).location == "/"
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 0
    assert holding("Anna Lindqvist"), "nobody else's is touched"
    assert holding("Lotte Ravnsborg") | holding(LOTTE) == set()


def test_only_customers_have_that_page(tab, business: Business):
    make_member()
    tab.sign_in(password=PASSWORD)
    assert tab.get(PAGE).status_code == 403
