"""What other systems are told: the thing as it is when it is sent, so that a late try never brings old values back."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.bookings.models import Booking
from app.crm.models import Push
from app.customers.models import Customer
from app.kernel.businesses import get_business
from app.kernel.db import db
from app.kernel.money import Money
from app.kernel.tenancy import current_business_id


def said_about(subject: str, event: str, target: str) -> dict[str, Any] | None:
    """The body for that thing; None when it is gone or was erased, but for the news that it was."""
    kind, _colon, number = subject.partition(":")
    if kind == "booking":
        rows = select(Booking).where(Booking.id == int(number)).options(joinedload(Booking.customer))
        booking = db.session.scalar(rows.execution_options(populate_existing=True))
        if booking is None or booking.customer.erased_at is not None:
            return None
        return {"booking": _booking(booking), "customer": _customer(booking.customer)}
    customer = db.session.scalar(
        select(Customer).where(Customer.id == int(number)).execution_options(populate_existing=True)
    )
    if customer is None:
        return None
    if event == "customer.erased":
        return {"customer": {"id": customer.public_id}} | _to_forget(customer, target)
    return None if customer.erased_at is not None else {"customer": _customer(customer)}


def _to_forget(customer: Customer, target: str) -> dict[str, Any]:
    """What the other system calls the person and their bookings, as far as it ever said so."""
    bookings = db.session.scalars(select(Booking.id).where(Booking.customer_id == customer.id)).all()
    found = {}
    for name, subjects in (("contacts", [customer.marker]), ("deals", [f"booking:{one}" for one in bookings])):
        rows = select(Push.outside_id).where(Push.target == target, Push.subject.in_(subjects), Push.outside_id != "")
        found[name] = sorted(set(db.session.scalars(rows)))
    return {"forget": found} if any(found.values()) else {}


def _customer(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.public_id,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone_number or customer.phone,
        "language": customer.language,
        "tags": list(customer.tags),
    }


def _booking(booking: Booking) -> dict[str, Any]:
    zone = ZoneInfo(get_business(current_business_id()).time_zone)
    return {
        "id": booking.public_id,
        "reference": booking.reference,
        "status": booking.state,
        "serviceType": booking.service,
        "startsAt": booking.starts_at.astimezone(zone).isoformat(),
        "endsAt": booking.ends_at.astimezone(zone).isoformat(),
        "fromAddress": booking.from_address,
        "toAddress": booking.to_address,
        "price": Money(booking.price, booking.currency).as_json() if booking.price is not None else None,
    }
