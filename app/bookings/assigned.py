"""The rentals of somebody who drives: those asked for and those taken."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.bookings.models import Booking, BookingState, DriverState, Rental
from app.fleet.models import Driver
from app.kernel import clock
from app.kernel.db import db


def drivers_of(user_id: int | None) -> Sequence[int]:
    """The drivers whose log-in that is."""
    return db.session.scalars(select(Driver.id).where(Driver.user_id == user_id)).all() if user_id is not None else []


def rentals_of(user_id: int) -> Sequence[Rental]:
    """The rentals still to come that this driver was asked for or has taken, the first one first."""
    rows = select(Rental).join(Booking, Booking.id == Rental.booking_id).options(contains_eager(Rental.booking))
    rows = rows.where(
        Rental.driver_id.in_(drivers_of(user_id)),
        Rental.driver_state.in_((DriverState.OFFERED, DriverState.ACCEPTED)),
        Booking.state == BookingState.ASSIGNED,
        Booking.ends_at > clock.now(),
    )
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id).limit(50)).all()
