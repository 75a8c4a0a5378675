"""What drivers hear of their jobs by text message: once, in their language, nothing of the customer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings import assignment, lifecycle
from app.bookings.models import Booking
from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging.plan_models import InviteMonth
from app.messaging.sms_models import Sms
from tests.bookings.test_assignment import rent
from tests.identity.people import Browser, make_member
from tests.make import make_driver
from tests.messaging.texting import noon

Run = Callable[..., int]
ALI, SARA = "+46701740601", "+46701740602"


@pytest.fixture(autouse=True)
def by_day(business: Business, clock: Any) -> None:
    """It is noon."""
    noon()


def told() -> list[tuple[str, str]]:
    """(what, to whom) for each message to a driver."""
    db.session.rollback()
    rows = select(Sms.kind, Sms.to_number).where(Sms.kind.startswith("driver_")).order_by(Sms.id)
    return [(row.kind.removeprefix("driver_"), row.to_number) for row in db.session.execute(rows)]


def later(booking: Booking, **by: float) -> None:
    """The office moves it."""
    db.session.rollback()
    now = db.session.get_one(Booking, booking.id)
    lifecycle.edit(booking.id, {"starts_at": now.starts_at + timedelta(**by), "ends_at": now.ends_at + timedelta(**by)})


def test_a_driver_who_is_asked_hears_time_place_and_link_and_nothing_of_the_customer(
    business: Business, run_jobs: Run
) -> None:
    make_driver("Ali", phone=ALI)
    rent()
    run_jobs()
    assert told() == [("offered", ALI)]
    sms = db.session.scalars(select(Sms)).one()
    assert "Linnégatan 12" in sms.body
    assert "/driver" in sms.body
    assert "Erik" not in sms.body
    assert "0701234567" not in sms.body
    assert sms.state != "held"
    assert sms.counted_month is None
    assert db.session.scalars(select(InviteMonth)).all() == []


def test_a_driver_without_a_telephone_is_not_told(business: Business, run_jobs: Run) -> None:
    make_driver("Ali")
    rent()
    run_jobs()
    assert told() == []


def test_who_says_yes_hears_no_more_until_something_changes(business: Business, run_jobs: Run) -> None:
    driver = make_driver("Ali", phone=ALI)
    booking = rent()
    run_jobs()
    assignment.accept(booking.id, driver.id)
    run_jobs()
    assert told() == [("offered", ALI)]


def test_two_quick_changes_are_one_message(business: Business, run_jobs: Run, clock: Any) -> None:
    make_driver("Ali", phone=ALI)
    booking = rent()
    run_jobs()
    later(booking, minutes=15)
    later(booking, minutes=15)
    clock.forward(minutes=6)
    run_jobs()
    assert told() == [("offered", ALI), ("changed", ALI)]


def test_both_hear_when_a_job_goes_from_one_to_the_other_by_hand(business: Business, run_jobs: Run) -> None:
    make_driver("Ali", phone=ALI)
    sara = make_driver("Sara", phone=SARA)
    booking = rent()
    run_jobs()
    assignment.give_by_hand(booking.id, sara.id)
    run_jobs()
    assert sorted(told()) == [("given", SARA), ("offered", ALI), ("taken", ALI)]


def test_who_has_it_hears_that_it_is_cancelled(business: Business, run_jobs: Run) -> None:
    make_driver("Ali", phone=ALI)
    booking = rent()
    run_jobs()
    lifecycle.cancel(booking.id)
    run_jobs()
    assert told() == [("offered", ALI), ("cancelled", ALI)]


def test_an_offer_that_was_cancelled_before_the_message_left_is_not_told(business: Business, run_jobs: Run) -> None:
    driver = make_driver("Ali", phone=ALI)
    booking = rent()
    assignment.give_by_hand(booking.id, driver.id)
    lifecycle.cancel(booking.id)
    run_jobs()
    assert ("given", ALI) not in told()


def test_the_office_sees_what_drivers_were_told(client: FlaskClient, business: Business, run_jobs: Run) -> None:
    make_driver("Ali", phone=ALI)
    rent()
    run_jobs()
    make_member()
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    sms = db.session.scalars(select(Sms)).one()
    assert "Ali" in browser.get("/admin/sms").text
    assert "Linnégatan 12" in browser.get(f"/admin/sms/{sms.public_id}").text
