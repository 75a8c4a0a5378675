"""The calendar entry of a booking: the same bytes on every try, a higher SEQUENCE after every change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vUri

from app.bookings.choices import said_all
from app.bookings.models import CALLED_OFF, Booking
from app.kernel.businesses import Business
from app.web.i18n import speaking


def calendar_entry(booking: Booking, business: Business, manage_url: str, language: str) -> bytes:
    """The booking as an iCalendar file in that language; `manage_url` may be a marker that is filled in later.

    Times are in UTC, so that every program shows the right hour without knowing the zone; a booking that names a day
    only lasts the whole day.
    """
    with speaking(language):
        event = event_of(booking, business, manage_url)
    calendar = Calendar()
    calendar.add("prodid", "-//Kontor//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", _method(booking))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def content_type(booking: Booking) -> str:
    """What the file is called in headers: programs take an entry away only where the method says so here too."""
    return f"text/calendar; charset=utf-8; method={_method(booking)}"


def file_name(booking: Booking) -> str:
    """`move-K7QF-2M9X.ics`."""
    return f"{booking.service}-{booking.reference}.ics"


def event_of(booking: Booking, business: Business, manage_url: str) -> Event:
    """The entry as its customer gets it, in the language that is spoken."""
    event = bare_event(booking, business)
    event.add("summary", _title(booking, business))
    event.add("location", booking.from_address)
    event.add("description", _description(booking, business, manage_url))
    if business.email and booking.state in CALLED_OFF:
        event["organizer"] = vCalAddress(f"mailto:{business.email}")
    event["url"] = vUri(manage_url)
    return event


def bare_event(booking: Booking, business: Business) -> Event:
    """The same entry without its words: which it is, how often it was changed, and when it takes place."""
    event = Event()
    event.add("uid", f"{booking.public_id}@kontor")
    event.add("sequence", _sequence(booking))
    event.add("dtstamp", _seconds(booking.updated_at))
    event.add("last-modified", _seconds(booking.updated_at))
    if booking.has_time:
        event.add("dtstart", _seconds(booking.starts_at))
        event.add("dtend", _seconds(booking.ends_at))
    else:
        day = booking.starts_at.astimezone(ZoneInfo(business.time_zone)).date()
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    event.add("status", "CANCELLED" if booking.state in CALLED_OFF else "CONFIRMED")
    event.add("transp", "OPAQUE" if booking.has_time else "TRANSPARENT")
    return event


def _method(booking: Booking) -> str:
    return "CANCEL" if booking.state in CALLED_OFF else "PUBLISH"


def _sequence(booking: Booking) -> int:
    """Every edit counts one, and so does calling it off, or programs keep showing what they know."""
    return booking.sequence + (1 if booking.state in CALLED_OFF else 0)


def _seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _title(booking: Booking, business: Business) -> str:
    if booking.service == "move":
        return _("Move with %(firm)s", firm=business.name)
    if booking.service == "cleaning":
        return _("Cleaning by %(firm)s", firm=business.name)
    if booking.service == "car":
        return _("%(car)s from %(firm)s", car=booking.size or _("Car"), firm=business.name)
    return _("Booking with %(firm)s", firm=business.name)


def _description(booking: Booking, business: Business, manage_url: str) -> str:
    lines = [_("Reference: %(reference)s", reference=booking.reference)]
    if booking.to_address:
        lines.append(_("From: %(address)s", address=booking.from_address))
        lines.append(_("To: %(address)s", address=booking.to_address))
    if chosen := said_all(booking.size, list(booking.extras)):
        lines.append(chosen)
    if not booking.has_time:
        lines.append(_("The time is not set yet; we tell you."))
    if business.phone:
        lines.append(_("Questions or changes: %(phone)s", phone=business.phone))
    lines += ["", manage_url]
    return "\n".join(lines)
