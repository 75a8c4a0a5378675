"""What drivers hear by SMS or WhatsApp, as they chose, of their jobs: asked, given, changed, taken away,
moved away, cancelled.

Time, place and a link to their page, which wants a log-in; nothing of the customer. Once for each turn, in the
driver's own language, with what is true when it leaves.
"""

from datetime import timedelta

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import links
from app.bookings.confirmation import facts_of
from app.bookings.jobs import TELL_DRIVER
from app.bookings.models import ANSWER_WITHIN, OPEN, Booking, BookingState, DriverState, Rental
from app.bookings.telling import SETTLES
from app.customers.contact import checked_phone
from app.fleet.models import Driver
from app.identity.models import User
from app.jobs.queue import enqueue
from app.kernel import clock
from app.kernel.businesses import Business, get_business
from app.kernel.db import db, lock, transaction
from app.kernel.tenancy import current_business_id
from app.messaging import notices
from app.web.i18n import speaking


def ask_to_tell(booking: Booking, driver_id: int, of: str, as_of: int) -> None:
    """Ask for the driver's message, in the open transaction; nothing for a driver without a telephone.

    `as_of` is the turn, or for changes the count of them: several within five minutes become one message.
    """
    if not db.session.scalar(select(Driver.phone).where(Driver.id == driver_id)):
        return
    enqueue(
        TELL_DRIVER, once=once_of(booking.id, driver_id, of, as_of), about=[booking.marker],
        run_at=clock.now() + SETTLES if of == "changed" else None, booking_id=booking.id, driver_id=driver_id, of=of,
        as_of=as_of,
    )  # fmt: skip


def tell_whoever_drives(booking_id: int, of: str) -> None:
    """Ask for the message to the driver who has the booking, if one has."""
    booking = lock(Booking, booking_id)
    rental = db.session.scalar(select(Rental).where(Rental.booking_id == booking_id))
    if rental is not None and rental.driver_id is not None:
        ask_to_tell(booking, rental.driver_id, of, rental.turn if of == "taken" else booking.sequence)


def tell(booking_id: int, driver_id: int, of: str, as_of: int) -> None:
    """Write the driver's message; nothing where it is no longer true."""
    with transaction():
        booking = lock(Booking, booking_id)
        rental = db.session.scalars(select(Rental).where(Rental.booking_id == booking_id)).one()
        driver = db.session.get(Driver, driver_id)
        if driver is not None and _is_true(booking, rental, driver_id, of, as_of):
            _text(booking, driver, of, once_of(booking_id, driver_id, of, as_of))


def once_of(booking_id: int, driver_id: int, of: str, as_of: int) -> str:
    """What that message is known by, as a wish and as a message: however often it is asked for, it goes once."""
    return f"booking:{booking_id}:driver:{driver_id}:{of}:{as_of}"


def _is_true(booking: Booking, rental: Rental, driver_id: int, of: str, as_of: int) -> bool:
    has_it = rental.driver_id == driver_id
    if of == "cancelled":
        return has_it and booking.state == BookingState.CANCELLED
    if booking.state not in OPEN:
        return False
    if of in ("taken", "moved"):
        return not has_it
    if of == "changed":
        return has_it and booking.sequence == as_of
    return has_it and rental.turn == as_of and (of == "given" or rental.driver_state == DriverState.OFFERED)


def _text(booking: Booking, driver: Driver, of: str, once: str) -> None:
    business = get_business(current_business_id())
    language = db.session.scalar(select(User.language).where(User.id == driver.user_id)) or business.language
    g.business = business
    with speaking(language):
        body = words_of(booking, business, of)
    notices.text_colleague(
        driver.name, body, kind=f"driver_{of}", channel=driver.channel, number=_number(driver, business),
        language=language, about=[booking.marker], once=once,
    )  # fmt: skip


def _number(driver: Driver, business: Business) -> str:
    try:
        return checked_phone(driver.phone, business.country)[1]
    except ValueError:
        return ""


def words_of(booking: Booking, business: Business, of: str) -> str:
    """The driver's message, in the language that is being spoken."""
    facts = {
        "firm": business.name,
        "when": facts_of(booking, "", None, "")["when"],
        "place": booking.from_address,
        "minutes": ANSWER_WITHIN // timedelta(minutes=1),
        "link": f"{links.origin(business)}/driver",
    }
    return {
        "offered": _(
            "%(firm)s: can you drive %(when)s, %(place)s? Please answer within %(minutes)s minutes: %(link)s", **facts
        ),
        "given": _("%(firm)s: you have a new job %(when)s, %(place)s. %(link)s", **facts),
        "changed": _("%(firm)s: your job has changed, it is now %(when)s, %(place)s. %(link)s", **facts),
        "taken": _("%(firm)s: the job %(when)s, %(place)s is no longer yours. %(link)s", **facts),
        "moved": _("%(firm)s: the job at %(place)s gets another time and is no longer yours. %(link)s", **facts),
        "cancelled": _("%(firm)s: your job %(when)s, %(place)s is cancelled. %(link)s", **facts),
    }[of]
