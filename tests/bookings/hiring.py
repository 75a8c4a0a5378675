"""Rented cars for the tests of their dates."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.bookings import own_dates, rentals
from app.bookings.models import Booking, BookingClaim
from app.bookings.rentals import RentalOrder
from app.fleet import holds
from app.fleet.models import Car, Claim
from app.kernel.db import db
from tests.fleet.test_holds import at


def hire(car: Car, first: int = 10, last: int = 14, day: int = 7, **more: Any) -> Booking:
    """That car, booked for some hours of a day ahead."""
    client = f"visitor:{day}:{first}"
    held = holds.hold(car.id, at(first, day), at(last, day), client=client, **more)
    order = RentalOrder(
        hold_id=held.public_id, name="Erik Holm", email="erik@example.dk", phone="0701234567",
        pickup_address="Linnégatan 12, 413 04 Göteborg",
    )  # fmt: skip
    return rentals.confirm(order, {client}, language="en")


def now(booking: Booking) -> Booking:
    """The booking as it is now."""
    db.session.rollback()
    return db.session.scalars(
        select(Booking).where(Booking.id == booking.id).execution_options(populate_existing=True)
    ).one()


def cost(booking: Booking, starts_at: datetime, ends_at: datetime) -> Decimal:
    """What those dates would cost."""
    total = own_dates.hire_of(now(booking)).quote(starts_at, ends_at).total
    assert total is not None
    return total


def change(booking: Booking, starts_at: datetime, ends_at: datetime, **more: Any) -> Booking:
    """The customer takes those dates, having seen their price."""
    seen = more.pop("seen", None) or cost(booking, starts_at, ends_at)
    return own_dates.change(booking.id, starts_at, ends_at, seen=seen, **more)


def spans(booking: Booking) -> dict[str, tuple[datetime, datetime]]:
    """The time that the booking has, by kind and resource's kind."""
    db.session.rollback()
    rows = (
        select(Claim)
        .join(BookingClaim, BookingClaim.claim_id == Claim.id)
        .where(BookingClaim.booking_id == booking.id, Claim.released_at.is_(None))
    )
    found = db.session.scalars(rows).all()
    assert all(claim.during.lower and claim.during.upper for claim in found)
    return {f"{one.resource.kind} {one.kind}": (one.during.lower, one.during.upper) for one in found}  # type: ignore[misc]  # both are there
