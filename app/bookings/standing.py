"""How a booking stands, in words for the customer: is it booked, when, and what happens next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.bookings.choices import said_all
from app.bookings.models import Booking, BookingState, DriverState, Rental
from app.customers.models import Customer
from app.fleet.models import Resource
from app.kernel import clock
from app.kernel.db import db
from app.kernel.events import Event
from app.web.i18n import time_zone
from app.web.presentation import clock_time, day, local, long_day, money, number, when

_S = BookingState
_AHEAD = (_S.RECEIVED, _S.CONFIRMED, _S.ASSIGNED)


@dataclass(frozen=True)
class Step:
    """Something that has happened or will: `tone` as of states, empty for what is still to come."""

    icon: str
    tone: str
    title: str
    when: str = ""
    words: str = ""


@dataclass(frozen=True)
class Standing:
    """What the customer's page says; `look` is the state whose icon and tone are shown."""

    look: str
    label: str
    headline: str
    lead: str
    day: str
    hours: str
    service: str
    what: str
    email: str
    #: What it costs, as a range while nothing is fixed; empty where nothing was said.
    price: str
    price_words: str
    steps: tuple[Step, ...]

    @property
    def shortened_email(self) -> str:
        """Enough of the address to know one's own: `an…@gmail.com`."""
        name, at, host = self.email.rpartition("@")
        return f"{name[:2]}…{at}{host}" if name else ""


def of(booking: Booking) -> Standing:
    """The booking in words."""
    customer = db.session.get(Customer, booking.customer_id)
    look, label = label_of(booking)
    return Standing(
        look=look,
        label=label,
        headline=_headline(booking),
        lead=_lead(booking),
        day=long_day(booking.starts_at),
        hours=hours_of(booking),
        service=service_word(booking.service),
        what=said_all(booking.size, list(booking.extras)),
        email=customer.email if customer is not None else "",
        price=_price_of(booking),
        price_words=_("The office fixes it.") if booking.price is None and booking.price_low is not None else "",
        steps=tuple(_steps(booking)),
    )


def _price_of(booking: Booking) -> str:
    if not booking.is_open:
        return ""
    if booking.price is not None:
        return money(booking.price, booking.currency)
    if booking.price_low is None or booking.price_high is None:
        return ""
    return f"{number(booking.price_low)}–{money(booking.price_high, booking.currency)}"


def stamp(booking: Booking) -> str:
    """Changes whenever the page would say something else."""
    return f"{booking.version}.{booking.mail_trouble}.{clock.today(time_zone()).toordinal()}"


def service_word(service: str) -> str:
    """`Move`, `Cleaning`."""
    return {"move": _("Move"), "cleaning": _("Cleaning")}.get(service, _("Car"))


def hours_of(booking: Booking) -> str:
    """`08:00, for about 5 hours`."""
    if not booking.has_time:
        return _("The time is not set yet; we tell you.")
    if booking.service == "car":
        return _("%(start)s, until %(end)s", start=clock_time(booking.starts_at), end=when(booking.ends_at))
    hours = max(1, round((booking.ends_at - booking.starts_at) / timedelta(hours=1)))
    start = clock_time(booking.starts_at)
    return ngettext("%(start)s, for about %(num)s hour", "%(start)s, for about %(num)s hours", hours, start=start)


def label_of(booking: Booking) -> tuple[str, str]:
    """(the state whose icon and tone are shown, the customer's word for it)."""
    words: dict[Any, tuple[str, str]] = {
        _S.RECEIVED: ("confirmed", _("Booked")),
        _S.CONFIRMED: ("confirmed", _("Booked and confirmed")),
        _S.ASSIGNED: ("confirmed", _("Booked and confirmed")),
        _S.IN_PROGRESS: ("in_progress", _("We are at work")),
        _S.DONE: ("done", _("Done")),
        _S.CANCELLED: ("cancelled", _("Cancelled")),
        _S.EXPIRED: ("expired", _("Expired")),
        _S.NO_SHOW: ("no_show", _("Nobody was there")),
    }
    return words[_S(booking.state)]


def _headline(booking: Booking) -> str:
    date = local(booking.starts_at).date()
    ahead = (date - clock.today(time_zone())).days
    named = long_day(date, with_year=False)
    if booking.state in _AHEAD and ahead >= 0:
        if booking.service == "car":
            return _("Your car is booked for %(day)s.", day=named)
        near = {0: _("We come today."), 1: _("We come tomorrow.")}
        return near.get(ahead) or _("We come on %(day)s.", day=named)
    return {
        _S.IN_PROGRESS: _("We are at work."),
        _S.DONE: _("Done. Thank you for letting us in."),
        _S.CANCELLED: _("This booking is cancelled."),
        _S.EXPIRED: _("This booking has expired."),
        _S.NO_SHOW: _("We came, and nobody was there."),
    }.get(_S(booking.state)) or _("Your booking for %(day)s", day=named)


def _lead(booking: Booking) -> str:
    if booking.state == _S.RECEIVED:
        return _("We have your booking. The office looks through it and confirms it.")
    if booking.state in (_S.CONFIRMED, _S.ASSIGNED):
        return _("Everything is arranged. You need do nothing more.")
    if booking.state == _S.CANCELLED:
        return _("Nobody comes, and there is nothing for you to do. If that is a mistake, tell us.")
    if booking.state == _S.EXPIRED:
        return _("It was not confirmed in time. You can book anew or ask us.")
    return ""


def _steps(booking: Booking) -> list[Step]:
    happened = _happened(booking)
    steps = [Step("check", "ok", _("Booked"), when(booking.created_at))]
    if confirmed := happened.get("booking.confirmed") or happened.get("booking.assigned"):
        steps.append(Step("check", "ok", _("Confirmed"), when(confirmed)))
    elif booking.state == _S.RECEIVED:
        steps.append(Step("clock", "", _("The office confirms"), "", _("You need do nothing.")))
    if booking.state in (_S.CANCELLED, _S.EXPIRED, _S.NO_SHOW):
        ended = happened.get("booking.cancelled") or happened.get("booking.expired") or booking.updated_at
        return [*steps, Step("x", "", label_of(booking)[1], when(ended))]
    if not booking.has_time and booking.state in _AHEAD:
        steps.append(Step("phone", "", _("We tell you the time")))
    if driver := driver_of(booking):
        steps.append(Step("user-round-check", "ok", _("%(name)s drives you", name=driver)))
    come = _("We come") if booking.service != "car" else _("You get the car")
    steps.append(_day_itself(booking, come))
    return steps


def driver_of(booking: Booking) -> str:
    """The first name of the driver who has said yes; empty while nobody has."""
    if booking.service != "car":
        return ""
    rows = select(Resource.name).join(Rental, Rental.driver_id == Resource.id)
    name = db.session.scalar(rows.where(Rental.booking_id == booking.id, Rental.driver_state == DriverState.ACCEPTED))
    return name.split()[0] if name else ""


def _day_itself(booking: Booking, come: str) -> Step:
    if booking.state == _S.DONE:
        return Step("check", "ok", _("Done"), day(booking.starts_at))
    if booking.state == _S.IN_PROGRESS:
        return Step("circle-play", "info", _("We are at work"), day(booking.starts_at))
    return Step("truck" if booking.service == "move" else "calendar-days", "", come, day(booking.starts_at))


def _happened(booking: Booking) -> dict[str, datetime]:
    """When the office last did what."""
    names = ("booking.confirmed", "booking.assigned", "booking.cancelled", "booking.expired")
    rows = select(Event.name, Event.at).where(Event.about.contains([booking.marker]), Event.name.in_(names))
    return {row.name: row.at for row in db.session.execute(rows.order_by(Event.id))}
