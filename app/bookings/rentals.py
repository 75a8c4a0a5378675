"""Booking the car that was held: one commit for customer, booking, mail, job and facts, and the hold's own time."""

from typing import Annotated

from flask_babel import gettext as _
from flask_login import current_user
from pydantic import AfterValidator, StringConstraints
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from app.bookings import links
from app.bookings.events import BookingConfirmed, BookingReceived
from app.bookings.jobs import ASSIGN_DRIVER, TELL, WRITE_CONFIRMATION
from app.bookings.models import Booking, BookingClaim, BookingState, DriverState, Rental
from app.bookings.orders import Channel, Language
from app.bookings.search import search_words
from app.customers import register
from app.customers.orders import Address, Email, Name, Notes, Person, Phone, one_line
from app.fleet import holds
from app.fleet.models import Car, Hold
from app.jobs.queue import enqueue
from app.kernel import clock, ids
from app.kernel.businesses import get_business
from app.kernel.db import add, db, transaction
from app.kernel.errors import NotFound
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id
from app.messaging import emails
from app.web.schemas import Order

CONFIRMATION = "car_confirmed"
WITH_DRIVER = "With a driver"
UNIQUE_VIOLATION = "23505"


class RentalOrder(Order):
    """Who books the car that was held."""

    hold_id: Annotated[str, StringConstraints(max_length=40), AfterValidator(one_line)]
    name: Name
    email: Email
    phone: Phone
    pickup_address: Address = ""
    notes: Notes = ""
    language: Language | None = None
    channel: Channel = "email"


def confirm(order: RentalOrder, clients: set[str], *, language: str) -> Booking:
    """The booking of a held car, confirmed at once; sent twice, the same one. HoldOver when its time ran out.

    NotFound where the hold is not one of these clients'.
    """
    for last in (False, False, True):
        try:
            return _confirm(order, clients, order.language or language)
        except IntegrityError as error:
            # Two first bookings of one address at once, or a reference drawn twice: the second try finds the row.
            if last or getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                raise
    raise AssertionError("unreachable")


def _confirm(order: RentalOrder, clients: set[str], language: str) -> Booking:
    with transaction():
        held, is_new = holds.take(order.hold_id, clients)
        if not is_new:
            return booking_of_hold(held)
        person = Person(name=order.name, email=order.email, phone=order.phone)
        customer = register.find_or_create(person, language)
        booking = add(_booking(order, held, customer.id, language))
        for claim_id in held.claim_ids:
            add(BookingClaim(booking_id=booking.id, claim_id=claim_id))
        wanted = DriverState.WANTED if held.with_driver else DriverState.NONE
        add(Rental(booking_id=booking.id, hold_id=held.id, car_id=held.car_id, driver_state=wanted))
        email = emails.queue_email(CONFIRMATION, to=customer, language=language, about=[booking.marker], send=False)
        if email.may_go_out:
            about = [booking.marker, f"email:{email.id}"]
            enqueue(
                WRITE_CONFIRMATION,
                once=f"email:{email.id}:write",
                about=about,
                email_id=email.id,
                booking_id=booking.id,
            )
        if booking.channel != "email":
            enqueue(
                TELL,
                once=f"booking:{booking.id}:told:confirmed",
                about=[booking.marker],
                booking_id=booking.id,
                of="confirmed",
            )
        if held.with_driver:
            enqueue(ASSIGN_DRIVER, once=f"driver:{booking.id}:0", about=[booking.marker], booking_id=booking.id, turn=0)
        announce(BookingReceived.of(booking))
        announce(BookingConfirmed.of(booking, before={"state": "received"}, after={"state": "confirmed"}))
    return booking


def booking_of_hold(held: Hold) -> Booking:
    """The booking that a hold became; NotFound where it became none."""
    row = select(Booking).join(Rental, Rental.booking_id == Booking.id).where(Rental.hold_id == held.id)
    found = db.session.scalar(row)
    if found is None:
        raise NotFound()
    return found


def rental_of(booking_id: int) -> Rental | None:
    """What a booking of a car has beside the booking, as it is now; None for other bookings."""
    row = select(Rental).where(Rental.booking_id == booking_id).execution_options(populate_existing=True)
    return db.session.scalar(row)


def car_of(rental: Rental) -> Car:
    """The car of a rental."""
    return db.session.scalars(select(Car).where(Car.id == rental.car_id)).one()


def without_driver() -> Select[Booking]:
    """The bookings still to come for which no driver was found, the first one first."""
    rows = select(Booking).join(Rental, Rental.booking_id == Booking.id)
    rows = rows.where(Rental.driver_state == DriverState.NOBODY, Booking.state == BookingState.CONFIRMED)
    return rows.where(Booking.ends_at > clock.now()).order_by(Booking.starts_at, Booking.id)


def is_made_by(booking: Booking, clients: set[str]) -> bool:
    """Whether one of these clients held the car that was booked."""
    made = select(Hold.id).join(Rental, Rental.hold_id == Hold.id)
    return db.session.scalar(made.where(Rental.booking_id == booking.id, Hold.client.in_(clients))) is not None


def _booking(order: RentalOrder, held: Hold, customer_id: int, language: str) -> Booking:
    business = get_business(current_business_id())
    public_id, reference = ids.public_id(), ids.reference()
    pickup = order.pickup_address or business.address or _("At our place")
    car = held.car
    return Booking(
        public_id=public_id,
        reference=reference,
        customer_id=customer_id,
        booked_by=_signed_in_customer(),
        service="car",
        state=BookingState.CONFIRMED,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        contact_name=order.name,
        contact_phone=order.phone,
        from_address=pickup,
        size=f"{car.name}, {car.plate}",
        extras=[WITH_DRIVER] if held.with_driver else [],
        notes=order.notes,
        language=language,
        channel=order.channel,
        price=held.price,
        currency=held.currency,
        manage_hash=links.hash_of(links.token_of(public_id)),
        search=search_words(reference, order.name, order.email, order.phone, pickup, car.name, car.plate),
        created_at=clock.now(),
        updated_at=clock.now(),
    )


def _signed_in_customer() -> int | None:
    if current_user and current_user.is_authenticated and current_user.role == "customer":
        return int(current_user.user_id)
    return None
