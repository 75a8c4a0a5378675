"""Booking a move or a cleaning: one commit for customer, booking, mail and job."""

from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from app.bookings import links
from app.bookings.events import BookingReceived
from app.bookings.jobs import WRITE_CONFIRMATION
from app.bookings.models import Booking
from app.bookings.orders import MoveOrder
from app.bookings.search import search_words
from app.customers import register
from app.customers.orders import Person
from app.jobs.queue import enqueue
from app.kernel import ids
from app.kernel.businesses import get_business
from app.kernel.db import add, transaction
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id
from app.messaging import emails

UNIQUE_VIOLATION = "23505"


def book_move(order: MoveOrder, *, language: str) -> Booking:
    """The new booking, received; its confirmation is on the way. Outside services are not asked here."""
    for last in (False, False, True):
        try:
            return _book(order, order.language or language)
        except IntegrityError as error:
            # Two first bookings of one address at once, or a reference drawn twice: the second try finds the row.
            if last or getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                raise
    raise AssertionError("unreachable")


def _book(order: MoveOrder, language: str) -> Booking:
    business = get_business(current_business_id())
    starts_at, ends_at = order.span(business)
    public_id, reference = ids.public_id(), ids.reference()
    with transaction():
        customer = register.find_or_create(Person(name=order.name, email=order.email, phone=order.phone), language)
        booking = add(
            Booking(
                public_id=public_id,
                reference=reference,
                customer=customer,
                booked_by=_signed_in_customer(),
                service=order.service_type,
                starts_at=starts_at,
                ends_at=ends_at,
                has_time=order.time is not None,
                contact_name=order.name,
                contact_phone=order.phone,
                from_address=order.from_address,
                to_address=order.to_address,
                size=order.size,
                extras=order.extras,
                notes=order.notes,
                language=language,
                currency=business.currency,
                manage_hash=links.hash_of(links.token_of(public_id)),
                search=search_words(reference, order.name, order.email, order.phone, order.from_address, order.to_address),
            )
        )
        email = emails.queue_email(
            "booking_received", to=customer, language=language, about=[booking.marker], send=False
        )
        enqueue(
            WRITE_CONFIRMATION,
            once=f"email:{email.id}",
            about=[booking.marker, f"email:{email.id}"],
            email_id=email.id,
            booking_id=booking.id,
        )
        announce(BookingReceived.of(booking))
    return booking


def _signed_in_customer() -> int | None:
    if current_user and current_user.is_authenticated and current_user.role == "customer":
        return int(current_user.user_id)
    return None
