"""Who drives: the one who suits best is asked, then the next, and where nobody is left a person has to see to it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings import assignment, lifecycle, rentals, standing
from app.bookings.models import Booking, Rental
from app.bookings.rentals import RentalOrder
from app.fleet import claims, holds
from app.fleet.models import Claim, Driver
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.events import Event
from tests.fleet.test_holds import at
from tests.identity.people import Browser, make_member
from tests.make import make_car, make_driver

Run = Callable[..., int]


def rent(first: int = 10, last: int = 14, pickup: str = "Linnégatan 12, 413 04 Göteborg", **more: Any) -> Booking:
    """A car with a driver, booked."""
    car = make_car(price_driver="1800", **more)
    held = holds.hold(car.id, at(first), at(last), client="visitor:a", with_driver=True)
    order = RentalOrder(
        hold_id=held.public_id, name="Erik", email="e@example.se", phone="0701234567", pickup_address=pickup
    )
    return rentals.confirm(order, {"visitor:a"}, language="en")


def who_drives(booking: Booking) -> tuple[str, str, str]:
    """(how far it is, who, the booking's state) as it is now."""
    db.session.rollback()
    db.session.expire_all()
    row = db.session.scalars(select(Rental).where(Rental.booking_id == booking.id)).one()
    driver = db.session.get(Driver, row.driver_id) if row.driver_id is not None else None
    state = db.session.scalar(select(Booking.state).where(Booking.id == booking.id))
    return row.driver_state, driver.name if driver is not None else "", str(state)


def test_the_least_loaded_is_asked_and_it_says_why(business: Business, run_jobs: Run) -> None:
    make_driver("Ali")
    make_driver("Sara")
    first, second = rent(), rent(20, 22)
    run_jobs()
    assert who_drives(first) == ("offered", "Ali", "assigned")
    assert who_drives(second) == ("offered", "Sara", "assigned")
    fact = db.session.scalars(select(Event).where(Event.name == "booking.assigned").order_by(Event.id)).all()[1]
    assert fact.detail["after"] == {"state": "assigned", "driver": "Sara", "why": {"hours": 0, "near": False}}


def test_among_equals_the_nearest_is_asked(business: Business, run_jobs: Run) -> None:
    make_driver("Far", home_area="Stockholm")
    make_driver("Near", home_area="Göteborg")
    booking = rent()
    run_jobs()
    assert who_drives(booking)[1] == "Near"


@pytest.mark.parametrize(
    "unfit",
    [
        {"licences": ["C1"]},
        {"shifts": [None] * 7},
        {"shifts": [["11:00", "20:00"]] * 7},
        {"shifts": [["06:00", "13:00"]] * 7},
    ],
)
def test_who_is_off_shift_or_without_the_licence_is_not_asked(
    business: Business, run_jobs: Run, unfit: dict[str, Any]
) -> None:
    make_driver("Unfit", **unfit)
    booking = rent()
    run_jobs()
    assert who_drives(booking) == ("nobody", "", "confirmed")


def test_there_is_time_to_travel_between_two_jobs(business: Business, run_jobs: Run) -> None:
    make_driver()
    first, close, later = rent(10, 14), rent(14, 16), rent(17, 19)
    run_jobs()
    assert who_drives(first)[0] == "offered"
    assert who_drives(close) == ("nobody", "", "confirmed")
    assert who_drives(later)[0] == "offered"


def test_no_and_no_answer_go_to_the_next_and_then_to_a_person(business: Business, run_jobs: Run, clock: Any) -> None:
    make_driver("Ali")
    make_driver("Sara")
    booking = rent()
    run_jobs()
    [ali] = db.session.scalars(select(Rental.driver_id)).all()
    assignment.decline(booking.id, ali or 0)
    run_jobs()
    assert who_drives(booking) == ("offered", "Sara", "assigned")
    clock.forward(minutes=15, seconds=1)
    run_jobs()
    assert who_drives(booking) == ("nobody", "", "confirmed")
    live = db.session.scalars(select(Claim.resource_id).where(Claim.released_at.is_(None))).all()
    assert len(live) == 2  # the car and its buffer
    assignment.look_again(booking.id)
    run_jobs()
    assert who_drives(booking) == ("offered", "Ali", "assigned")


def test_a_late_reminder_changes_nothing_once_the_answer_is_yes(business: Business, run_jobs: Run, clock: Any) -> None:
    driver = make_driver()
    booking = rent()
    run_jobs()
    assignment.accept(booking.id, driver.id)
    assignment.accept(booking.id, driver.id)
    clock.forward(minutes=16)
    run_jobs()
    assert who_drives(booking) == ("accepted", "Sara Lauridsen", "assigned")
    fresh = db.session.scalars(select(Booking).where(Booking.id == booking.id)).one()
    assert "Sara drives you" in [step.title for step in standing.of(fresh).steps]


def test_by_hand_whatever_the_shift_but_never_twice(business: Business, run_jobs: Run) -> None:
    off = make_driver("Off", shifts=[None] * 7)
    first, second = rent(), rent()
    run_jobs()
    assignment.give_by_hand(first.id, off.id)
    assert who_drives(first) == ("accepted", "Off", "assigned")
    with pytest.raises(claims.Taken):
        assignment.give_by_hand(second.id, off.id)
    assert who_drives(second) == ("nobody", "", "confirmed")


def test_cancelled_or_taken_back_the_driver_is_free_and_the_car_only_when_cancelled(
    business: Business, run_jobs: Run
) -> None:
    make_driver()
    booking = rent()
    run_jobs()
    lifecycle.move(booking.id, lifecycle.BookingState.CONFIRMED)
    assert who_drives(booking) == ("none", "", "confirmed")
    assert len(db.session.scalars(select(Claim.id).where(Claim.released_at.is_(None))).all()) == 2
    lifecycle.cancel(booking.id)
    assert db.session.scalars(select(Claim.id).where(Claim.released_at.is_(None))).all() == []


def test_the_driver_answers_on_the_page(business: Business, client: FlaskClient, run_jobs: Run) -> None:
    make_member("sara@majorna.example", Role.DRIVER, "Sara")
    make_member("ali@majorna.example", Role.DRIVER, "Ali")
    make_driver("Sara", email="sara@majorna.example")
    booking = rent()
    run_jobs()
    sara, ali = Browser(client), Browser(client.application.test_client())  # type: ignore[arg-type]  # Apart
    sara.sign_in("sara@majorna.example")
    ali.sign_in("ali@majorna.example")
    assert "Can you drive?" in sara.get("/driver").text
    assert booking.reference not in ali.get("/driver").text
    assert ali.post(f"/driver/{booking.reference}/accept").status_code == 404
    assert sara.post(f"/driver/{booking.reference}/accept").status_code == 303
    page = sara.get("/driver").text
    assert "Can you drive?" not in page
    assert booking.reference in page or "Coming" in page
    assert sara.post(f"/driver/{booking.reference}/decline").status_code == 303
    run_jobs()
    assert who_drives(booking) == ("nobody", "", "confirmed")


def test_the_dispatcher_sees_who_is_missing_in_red_and_chooses(
    business: Business, client: FlaskClient, run_jobs: Run
) -> None:
    make_member("ada@majorna.example", Role.DISPATCHER)
    off = make_driver("Off", shifts=[None] * 7)
    booking = rent()
    run_jobs()
    desk = Browser(client)
    desk.sign_in()
    assert "No driver for Erik" in desk.get("/admin").text
    page = desk.get(f"/admin/bookings/{booking.reference}").text
    assert "No driver is free." in page
    assert "Off: off or busy then" in page
    chosen = desk.post(f"/admin/bookings/{booking.reference}/driver", {"driver": off.public_id})
    assert chosen.status_code == 303
    assert "Chosen by hand." in desk.get(f"/admin/bookings/{booking.reference}").text
    assert "No driver for Erik" not in desk.get("/admin").text
    assert who_drives(booking)[:2] == ("accepted", "Off")
