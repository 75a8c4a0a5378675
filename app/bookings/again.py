"""Booking the same once more: what an earlier booking said, for a form that lacks no more than a day."""

from typing import Any

from sqlalchemy import select

from app.bookings.choices import EXTRAS, SIZES, WITH_DRIVER
from app.bookings.models import Booking, Rental
from app.customers.models import Customer
from app.fleet.models import Car
from app.fleet.queries import cars
from app.kernel.db import db

_DETAILS = {"volume": "volume", "floor": "floor", "toFloor": "to_floor", "distance": "distance"}
_LIFTS = {"lift": "lift", "toLift": "to_lift"}


def filled(booking: Booking) -> dict[str, Any]:
    """The fields of the booking form as they were; what is no longer offered is left out."""
    said = booking.details or {}
    given = person(booking) | {
        "size": booking.size if booking.size in SIZES.get(booking.service, {}) else None,
        "extras": [words for words in booking.extras if words in EXTRAS.get(booking.service, {})],
        "from_address": booking.from_address,
        "to_address": booking.to_address,
    }
    given |= {field: said[name] for name, field in _DETAILS.items() if isinstance(said.get(name), int)}
    return given | {field: "yes" if said[name] else "no" for name, field in _LIFTS.items() if name in said}


def person(booking: Booking) -> dict[str, Any]:
    """Who booked, and how they want to hear of it."""
    customer = db.session.get(Customer, booking.customer_id)
    return {
        "name": booking.contact_name,
        "email": customer.email if customer is not None else "",
        "phone": booking.contact_phone,
        "channel": booking.channel,
    }


def car_of(booking: Booking) -> Car | None:
    """The car it had, where it is still let."""
    mine = select(Rental.car_id).where(Rental.booking_id == booking.id)
    return db.session.scalar(cars().where(Car.id.in_(mine)))


def has_driver(booking: Booking) -> bool:
    """Whether a driver came with the car."""
    return any(words in WITH_DRIVER for words in booking.extras)
