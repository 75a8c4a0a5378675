"""Older bookings of an address: they join its account once a mailed link was pressed, for that proves the address.

What the office merged from a customer with another address is not of this one: whoever has that address may take it,
and merges can be undone.
"""

from collections.abc import Sequence

from sqlalchemy import func, or_, select, update

from app.bookings.models import Booking
from app.customers.models import Customer, Merge
from app.identity.models import User
from app.identity.sign_in_links import Guest, knows_guests
from app.kernel import audit
from app.kernel.db import change, db, transaction


def join(user_id: int, public_id: str, email: str) -> int:
    """Give the account what was booked with its address and belongs to nobody's account yet; how many."""
    with transaction():
        found = [booking.id for booking in _of(email) if booking.booked_by is None]
        if not found:
            return 0
        joined = change(
            update(Booking)
            .where(Booking.id.in_(found), Booking.booked_by.is_(None))
            .values(booked_by=user_id)
            .execution_options(synchronize_session="fetch")
        )
        audit.record("bookings.joined", f"user:{public_id}", after={"count": joined})
    return joined


def may_be_missing(user: User) -> bool:
    """Whether a mailed link may bring older bookings; nobody learns whether there are any before the first one."""
    return user.email_proved_at is None or any(booking.booked_by is None for booking in _of(user.email))


def guest_of(email: str) -> Guest | None:
    """Who has booked with that address."""
    found = _of(email)
    if not found:
        return None
    last = max(found, key=lambda booking: booking.id)
    return Guest(last.contact_name, last.contact_phone, last.language, f"customer:{last.customer_id}")


def _of(email: str) -> Sequence[Booking]:
    """All bookings that were made with that address."""
    small = email.lower()
    said = func.lower(Merge.other["email"].astext)
    own = select(Customer.id).where(func.lower(Customer.email) == small, Customer.erased_at.is_(None))
    merged = select(Merge.customer_id).where(said == small)
    rows = select(Booking, func.lower(Customer.email).label("email")).join(Customer, Customer.id == Booking.customer_id)
    rows = rows.where(or_(Booking.customer_id.in_(own), Booking.customer_id.in_(merged)), Customer.erased_at.is_(None))
    found = db.session.execute(rows.order_by(Booking.id)).all()
    came_with: dict[int, str] = {}
    # The earliest merge of a booking knows whose it was at first, so it is read last.
    merges = select(Merge).where(Merge.customer_id.in_({row.Booking.customer_id for row in found}))
    for merge in db.session.scalars(merges.order_by(Merge.id.desc())):
        came_with.update(dict.fromkeys(merge.moved.get("bookings", []), (merge.other.get("email") or "").lower()))
    return [row.Booking for row in found if came_with.get(row.Booking.id, row.email) == small]


knows_guests(guest_of)
