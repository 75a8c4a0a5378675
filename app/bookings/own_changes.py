"""What customers do to their own bookings by themselves: another time, or calling it off, by the business's rule."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.bookings import free_times, lifecycle, offers
from app.bookings.models import Booking, BookingState
from app.fleet.claims import Taken
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import lock, transaction
from app.kernel.errors import Conflict
from app.kernel.tenancy import current_business_id
from app.web.presentation import when

_AHEAD = (BookingState.RECEIVED, BookingState.CONFIRMED, BookingState.ASSIGNED)


class TooLate(Conflict):
    """The time until which customers change their minds is over; the office still may."""

    title = _l("It is too late to change this here")


@dataclass(frozen=True)
class Rule:
    """Whether the customer may still change or cancel it, and until when."""

    is_ahead: bool
    until: datetime
    words: str

    @property
    def allows(self) -> bool:
        """Whether it may be done now."""
        return self.is_ahead and clock.now() <= self.until


def rule_of(booking: Booking) -> Rule:
    """The business's rule for that booking."""
    until = offers.changeable_until(booking.service, booking.starts_at)
    hours = offers.of(booking.service).notice_hours
    words = ngettext(
        "You can change or cancel it here until %(num)s hour before it begins.",
        "You can change or cancel it here until %(num)s hours before it begins.",
        hours,
    )
    return Rule(booking.state in _AHEAD, until, words)


def cancel(booking_id: int, *, reason: str = "", version: int | None = None) -> Booking:
    """Call it off; TooLate when the rule says no. Asked twice, it answers the same."""
    with transaction():
        booking = lock(Booking, booking_id)
        if booking.state != BookingState.CANCELLED:
            refuse_if_late(booking)
        return lifecycle.cancel(booking_id, reason=reason, version=version)


def reschedule(booking_id: int, starts_at: datetime) -> Booking:
    """Give it another time, and its old one back, in one commit; NotKept when it was taken, TooLate by the rule.

    A crew that is busy then gives it back to the office, which finds another one.
    """
    try:
        return _reschedule(booking_id, starts_at, keeps_crew=True)
    except Taken:
        return _reschedule(booking_id, starts_at, keeps_crew=False)


def _reschedule(booking_id: int, starts_at: datetime, *, keeps_crew: bool) -> Booking:
    with transaction():
        free_times.keep_diary()  # before the row, as everywhere: two who wait for each other would wait for ever
        booking = lock(Booking, booking_id)
        refuse_if_late(booking)
        ends_at = starts_at + (booking.ends_at - booking.starts_at)
        free_times.keep_moved(booking, starts_at, ends_at)
        if not keeps_crew and booking.state == BookingState.ASSIGNED:
            lifecycle.move(booking_id, BookingState.CONFIRMED)
        return lifecycle.edit(booking_id, {"starts_at": starts_at, "ends_at": ends_at})


def refuse_if_late(booking: Booking) -> None:
    """TooLate when the rule says no, ForbiddenMove for what is no longer ahead."""
    rule = rule_of(booking)
    if rule.allows:
        return
    if not rule.is_ahead:
        raise lifecycle.ForbiddenMove(_("This booking is not changed any more."), state=booking.state)
    phone = get_business(current_business_id()).phone
    call = _("Call us: %(phone)s.", phone=phone) if phone else _("Ask us.")
    over = _("That was until %(when)s.", when=when(rule.until))
    raise TooLate(f"{rule.words} {over} {call}", changeableUntil=rule.until.isoformat())
