"""Booking a move or a cleaning: one commit for customer, booking, mail, job and facts."""

from dataclasses import dataclass
from typing import Any, Literal

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
from app.kernel.access import Actor, acting_as, current_actor
from app.kernel.businesses import get_business
from app.kernel.db import end_reading, in_transaction, transaction
from app.kernel.events import react
from app.kernel.tenancy import current_business_id, within
from app.kernel.together import Together
from app.kernel.trace import current_request_id, traced
from app.messaging import emails
from app.messaging.events import EmailHeld, EmailQueued
from app.messaging.models import EmailState

CONFIRMATION = "booking_received"
UNIQUE_VIOLATION = "23505"
#: By which way a booking comes in.
Way = Literal["form", "office", "program"]


@dataclass(frozen=True)
class Wish:
    """A booking to be written, and who asks for it."""

    values: dict[str, Any]
    actor: Actor


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
    person = dict.fromkeys(search_words(order.name, order.email, order.phone))
    values = {
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
        "manage_hash": links.hash_of(links.token_of(public_id)).hex(),
        "search": [
            *person,
            *(word for word in search_words(reference, order.from_address, order.to_address) if word not in person),
        ],
        "person_search": list(person),
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
    wish = Wish(values, actor)
    if in_transaction() or is_limited:
        with transaction():
            if is_limited and not overbook:
                values["starts_at"], values["ends_at"] = free_times.kept_span(order, starts_at)
            written = _write([wish])[0]
    else:
        end_reading()  # who waits for its turn holds no connection
        written = _together.do(wish)
    return Booked(written.booking_id, public_id, reference, written.customer_public_id)


def _write_together(wishes: list[Wish]) -> list[rows.Written]:
    with transaction():
        return _write(wishes)


def _write(wishes: list[Wish]) -> list[rows.Written]:
    """Their rows, and what follows from each, said by whoever asked for it."""
    written = rows.write([wish.values for wish in wishes])
    ring(WRITE_CONFIRMATION.travels_in)
    for wish, made in zip(wishes, written, strict=True):
        given = wish.values
        with within(given["business_id"]), acting_as(wish.actor), traced(given["request_id"]):
            _tell(given, made)
    return written


def _tell(given: dict[str, Any], made: rows.Written) -> None:
    marker = f"booking:{made.booking_id}"
    if given["channel"] != "email":
        enqueue(TELL, once=f"{marker}:told:received", about=[marker], booking_id=made.booking_id, of="received")
    if made.is_new:
        react(CustomerCreated(made.customer_id))
    fact = EmailHeld if made.email_state == EmailState.HELD else EmailQueued
    about = (marker, f"customer:{made.customer_id}")
    react(fact(made.email_id, given["email_public_id"], CONFIRMATION, about, made.words))
    react(
        BookingReceived(made.booking_id, made.customer_id, given["reference"], given["public_id"], given["booked_by"])
    )


#: Bookings that come at the same moment share a commit; two of one customer meet in its row and never do.
_together: Together[Wish, rows.Written] = Together(
    _write_together, apart=lambda wish: (wish.values["business_id"], wish.values["email"].lower())
)


def _signed_in_customer() -> int | None:
    if current_user and current_user.is_authenticated and current_user.role == "customer":
        return int(current_user.user_id)
    return None
