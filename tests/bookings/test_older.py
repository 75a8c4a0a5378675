"""Older bookings join an account by a mailed link, and by nothing else."""

from sqlalchemy import update

from app.bookings import lifecycle, older
from app.bookings.models import Booking
from app.customers import erasure, merging
from app.customers.models import Customer
from app.kernel.access import Role
from app.kernel.db import db, transaction
from tests.bookings.visitor import bookings
from tests.identity.people import Browser, make_member
from tests.identity.test_sign_in_links import mailed
from tests.make import make_booking

LOTTE = "lotte@example.dk"


def customer_of(made: Booking) -> Customer:
    db.session.rollback()
    return db.session.get(Customer, db.session.get(Booking, made.id).customer_id)


def owners() -> dict[str, int | None]:
    return {booking.reference: booking.booked_by for booking in bookings()}


def test_they_show_up_once_the_link_was_pressed(visitor: Browser) -> None:
    made, of_another = make_booking(email=LOTTE), make_booking(email="karl@example.se")
    make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")
    visitor.sign_in(LOTTE)
    assert made.reference not in visitor.get("/bookings").text
    assert "Missing older bookings?" in visitor.get("/bookings").text
    visitor.post("/account/link", {"next": "/bookings"})
    path = mailed()
    visitor.get(path)
    assert made.reference not in visitor.get("/bookings").text, "opening the link is not pressing it"
    assert visitor.post(path).location == "/bookings"
    page = visitor.get("/bookings").text
    assert made.reference in page
    assert of_another.reference not in page
    assert visitor.get(f"/booking/{made.reference}").status_code == 200
    assert "Missing older bookings?" not in page, "nothing is missing any more"


def test_a_guest_finds_everything_after_the_first_link(visitor: Browser) -> None:
    first, second = make_booking(email=LOTTE), make_booking(email=LOTTE.upper())
    visitor.post("/login/link", {"email": LOTTE, "next": "/bookings"})
    assert visitor.post(mailed()).location == "/bookings"
    page = visitor.get("/bookings").text
    assert first.reference in page
    assert second.reference in page


def test_what_belongs_to_another_account_stays_there(business: object) -> None:
    made, taken = make_booking(email=LOTTE), make_booking(email=LOTTE)
    karl = make_member("karl@example.se", Role.CUSTOMER, "Karl")
    lotte = make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")
    give(taken.id, karl.user_id)
    assert older.join(lotte.user_id, "x", LOTTE) == 1
    assert older.join(lotte.user_id, "x", LOTTE) == 0
    assert {name for name, owner in owners().items() if owner == karl.user_id} == {taken.reference}
    assert owners()[made.reference] == lotte.user_id


def give(booking_id: int, user_id: int) -> None:
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking_id).values(booked_by=user_id))


def test_what_was_merged_from_another_address_stays_with_that_address(business: object) -> None:
    hers, works = make_booking(email=LOTTE), make_booking(email="lotte@works.example")
    merging.merge(customer_of(hers).id, customer_of(works).id)
    lotte = make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")
    assert older.join(lotte.user_id, "x", LOTTE) == 1
    assert owners() == {hers.reference: lotte.user_id, works.reference: None}
    assert older.guest_of("lotte@works.example") is not None
    at_work = make_member("lotte@works.example", Role.CUSTOMER, "Lotte Holm")
    assert older.join(at_work.user_id, "x", "lotte@works.example") == 1
    assert owners() == {hers.reference: lotte.user_id, works.reference: at_work.user_id}


def test_who_was_erased_has_nothing_to_join_and_gets_no_link(visitor: Browser) -> None:
    made = make_booking(email=LOTTE)
    lifecycle.cancel(made.id)
    erasure.erase(customer_of(made).id)
    assert older.guest_of(LOTTE) is None
    visitor.post("/login/link", {"email": LOTTE})
    lotte = make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")
    assert older.join(lotte.user_id, "x", LOTTE) == 0
