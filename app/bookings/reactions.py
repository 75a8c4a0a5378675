"""What bookings do about facts: customers hear of changes, trouble with mails shows, free cars are asked for anew."""

from sqlalchemy import update

from app.bookings import driver_texts, follow_up, older, telling
from app.bookings.events import (
    BookingAssigned,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingExpired,
    BookingOnTheWay,
)
from app.bookings.models import Booking, BookingState, DriverState, Rental
from app.fleet.reactions import forget_what_was_free
from app.identity.events import AddressProved
from app.kernel.db import db, lock
from app.kernel.events import on
from app.messaging.events import (
    EmailBounced,
    EmailComplained,
    EmailDelivered,
    EmailFact,
    EmailFailed,
    EmailHandled,
    EmailOpened,
    EmailSent,
)


@on(BookingChanged)
def tell_changed(fact: BookingChanged) -> None:
    """The customer hears of another time or place, once the changes have settled; and the day after it was done."""
    booking = lock(Booking, fact.booking_id)
    if fact.what.get("after", {}).get("state") == BookingState.DONE:
        follow_up.ask_to_follow_up(booking)
    is_wanted = fact.what.get("tell", True) and telling.WORTH_TELLING & fact.what.get("after", {}).keys()
    if is_wanted or telling.is_told_soon(booking):
        telling.ask_to_tell(booking, "changed")


@on(BookingCancelled)
def tell_cancelled(fact: BookingCancelled) -> None:
    """The customer hears that it is off."""
    if fact.what.get("tell", True):
        telling.ask_to_tell(lock(Booking, fact.booking_id), "cancelled")


@on(BookingChanged)
def tell_driver_changed(fact: BookingChanged) -> None:
    """Whoever drives hears of another time or place, also where the customer is not told."""
    if telling.WORTH_TELLING & fact.what.get("after", {}).keys():
        driver_texts.tell_whoever_drives(fact.booking_id, "changed")


@on(BookingCancelled)
def tell_driver_cancelled(fact: BookingCancelled) -> None:
    """Whoever would have driven hears that it is off."""
    driver_texts.tell_whoever_drives(fact.booking_id, "cancelled")


@on(BookingOnTheWay)
def tell_on_the_way(fact: BookingOnTheWay) -> None:
    """The customer hears that somebody is coming."""
    telling.ask_to_tell(lock(Booking, fact.booking_id), "on_the_way")


def _mark(fact: EmailFact, trouble: str) -> None:
    for marker in fact.markers:
        name, _colon, number = marker.partition(":")
        if name == "booking":
            db.session.execute(
                update(Booking)
                .where(Booking.id == int(number), Booking.mail_trouble != trouble)
                .values(mail_trouble=trouble)
                .execution_options(synchronize_session="fetch")
            )


@on(EmailBounced)
def mark_bounced(fact: EmailFact) -> None:
    """The confirmation came back: a person should look."""
    _mark(fact, "bounced")


@on(EmailComplained)
def mark_complained(fact: EmailFact) -> None:
    """The reader called it spam."""
    _mark(fact, "complained")


@on(EmailFailed)
def mark_failed(fact: EmailFact) -> None:
    """It could not be sent."""
    _mark(fact, "failed")


@on(EmailHandled)
def mark_handled(fact: EmailFact) -> None:
    """A person has dealt with it in another way."""
    _mark(fact, "")


def mark_well(fact: EmailFact) -> None:
    """A later mail went through: the trouble is over."""
    _mark(fact, "")


for better in (EmailSent, EmailDelivered, EmailOpened):
    on(better)(mark_well)


@on(BookingConfirmed)
def forget_driver(fact: BookingConfirmed) -> None:
    """The office took the booking off whoever had it: for a rental that is its driver."""
    if fact.what.get("before", {}).get("state") == "assigned":
        driver_texts.tell_whoever_drives(fact.booking_id, "taken")
        db.session.execute(
            update(Rental)
            .where(Rental.booking_id == fact.booking_id, Rental.driver_id.is_not(None))
            .values(driver_id=None, driver_state=DriverState.NONE, answer_by=None, turn=Rental.turn + 1)
            .execution_options(synchronize_session="fetch")
        )


@on(AddressProved)
def join_older(fact: AddressProved) -> None:
    """What was booked with the address before belongs to its account from now on."""
    older.join(fact.user_id, fact.public_id, fact.email)


#: A booking that comes, moves or goes may be one of a car.
for _fact in (BookingAssigned, BookingCancelled, BookingChanged, BookingConfirmed, BookingExpired):
    on(_fact)(forget_what_was_free)
