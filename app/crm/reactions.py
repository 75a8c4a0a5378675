"""What other systems hear of: each new or changed booking and customer. Only rows are written here."""

from sqlalchemy import select

from app.bookings.events import (
    BookingAssigned,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingExpired,
    BookingFact,
    BookingReceived,
)
from app.crm import pushes
from app.crm.providers import choice
from app.customers.events import (
    AddressCorrected,
    CustomerChanged,
    CustomerCreated,
    CustomerErased,
    CustomerFact,
    CustomersMerged,
    CustomersParted,
)
from app.customers.models import Customer
from app.kernel.db import db
from app.kernel.events import on


def tell_of_booking(fact: BookingFact) -> None:
    """A booking is new or another than before."""
    pushes.note(fact.name, f"booking:{fact.booking_id}", fact.public_id)


def tell_of_customer(fact: CustomerFact) -> None:
    """The same for a customer."""
    if choice.targets():
        public_id = db.session.scalar(select(Customer.public_id).where(Customer.id == fact.customer_id))
        pushes.note(fact.name, f"customer:{fact.customer_id}", public_id or "")


for _fact in (BookingReceived, BookingConfirmed, BookingAssigned, BookingChanged, BookingCancelled, BookingExpired):
    on(_fact)(tell_of_booking)
for _told in (
    CustomerCreated, CustomerChanged, AddressCorrected, CustomersMerged, CustomersParted, CustomerErased,
):  # fmt: skip
    on(_told)(tell_of_customer)
