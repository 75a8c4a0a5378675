"""Booking a move or a cleaning: one commit for customer, booking, mail, job and facts."""

from dataclasses import dataclass
from typing import Literal

from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from app.bookings import free_times, links, price_list, rows
from app.bookings.events import BookingReceived
from app.bookings.jobs import TELL, WRITE_CONFIRMATION
from app.bookings.models import BookingState
from app.bookings.orders import MoveOrder
from app.bookings.search import search_words
from app.customers.contact import checked_phone, sort_key
from app.customers.events import CustomerCreated
from app.jobs.queue import enqueue, ring
from app.kernel import clock, ids
from app.kernel.access import current_actor
from app.kernel.businesses import get_business
from app.kernel.db import transaction
from app.kernel.events import react
from app.kernel.tenancy import current_business_id
from app.kernel.trace import current_request_id
from app.messaging import emails
from app.messaging.events import EmailHeld, EmailQueued
from app.messaging.models import EmailState

CONFIRMATION = "booking_received"
UNIQUE_VIOLATION = "23505"
#: By which way a booking comes in.
Way = Literal["form", "office", "program"]


@dataclass(frozen=True)
class Booked:
    """A new booking, as far as the answer to its customer needs it."""

    id: int
    public_id: str
    reference: str
    customer_public_id: str
    state: BookingState = BookingState.RECEIVED


def book_move(order: MoveOrder, *, language: str, by: Way = "program", overbook: bool = False) -> Booked:
    """The new booking, received; its confirmation is on the way. Outside services are not asked here.

    NotKept where the firm takes only what it can keep, and this is not; with `overbook` it is taken all the same.
    """
    for last in (False, False, True):
        try:
            return _book(order, order.language or language, by, overbook)
        except IntegrityError as error:
            # Two first bookings of one address at once, or a reference drawn twice: the second try finds the row.
            if last or getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                raise
    raise AssertionError("unreachable")


def _book(order: MoveOrder, language: str, by: Way, overbook: bool) -> Booked:
    business = get_business(current_business_id())
    public_id, reference, email_id = ids.public_id(), ids.reference(), ids.public_id()
    booked_by, now, actor = _signed_in_customer(), clock.now(), current_actor()
    starts_at, ends_at = order.span(business)
    is_limited = business.only_free == "always" or (business.keeps_form and by != "program")
    asked = price_list.asked_by(order)
    price = price_list.price_of(asked)
    with transaction():
        if is_limited and not overbook:
            starts_at, ends_at = free_times.kept_span(order, starts_at)
        written = rows.write(
            {
                "business_id": business.id,
                "customer_public_id": ids.public_id(),
                "name": order.name,
                "name_key": sort_key(order.name, business.language),
                "email": order.email,
                "phone": order.phone,
                "phone_number": checked_phone(order.phone, business.country)[1],
                "language": language,
                "channel": order.channel,
                "public_id": public_id,
                "reference": reference,
                "booked_by": booked_by,
                "hears": [booked_by] if booked_by is not None else [],
                "service": order.service_type,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "has_time": order.time is not None,
                "from_address": order.from_address,
                "to_address": order.to_address,
                "size": order.size,
                "extras": order.extras,
                "notes": order.notes,
                "details": order.details(),
                "price_low": price.low if price else None,
                "price_high": price.high if price else None,
                "price_basis": price.basis(asked) if price else None,
                "currency": business.currency,
                "manage_hash": links.hash_of(links.token_of(public_id)),
                "search": search_words(
                    reference, order.name, order.email, order.phone, order.from_address, order.to_address
                ),
                "person_search": search_words(order.name, order.email, order.phone),
                "email_public_id": email_id,
                "email_kind": CONFIRMATION,
                "held_words": emails.HELD_WORDS,
                "job_public_id": ids.public_id(),
                "queue": WRITE_CONFIRMATION.queue,
                "lane": str(WRITE_CONFIRMATION.travels_in),
                "job_kind": WRITE_CONFIRMATION.name,
                "actor_kind": actor.kind,
                "actor_user_id": actor.user_id,
                "actor_name": actor.name,
                "request_id": current_request_id(),
                "now": now,
            }
        )
        ring(WRITE_CONFIRMATION.travels_in)
        if order.channel != "email":
            marker = f"booking:{written.booking_id}"
            enqueue(TELL, once=f"{marker}:told:received", about=[marker], booking_id=written.booking_id, of="received")
        if written.is_new:
            react(CustomerCreated(written.customer_id))
        about = (f"booking:{written.booking_id}", f"customer:{written.customer_id}")
        fact = EmailHeld if written.email_state == EmailState.HELD else EmailQueued
        react(fact(written.email_id, email_id, CONFIRMATION, about, written.words))
        react(BookingReceived(written.booking_id, written.customer_id, reference, public_id, booked_by))
    return Booked(written.booking_id, public_id, reference, written.customer_public_id)


def _signed_in_customer() -> int | None:
    if current_user and current_user.is_authenticated and current_user.role == "customer":
        return int(current_user.user_id)
    return None
