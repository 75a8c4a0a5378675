"""What a feed holds: its bookings as calendar entries, each with what its reader may see and no more."""

import hashlib
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from icalendar import Calendar, Event
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from app.bookings import calendar as mailed
from app.bookings import links
from app.bookings.choices import said_all
from app.bookings.models import CALLED_OFF, Booking, BookingClaim
from app.bookings.naming import service_words
from app.bookings.queries import holder_of
from app.calendar.models import Feed, FeedKind
from app.fleet.crews import resources_of
from app.fleet.models import Claim, Resource
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.web.days import business_today, day_span

#: From so long ago up to so far ahead, and never more than this: of more, what is furthest from now stays out.
BACK, AHEAD = timedelta(days=92), timedelta(days=550)
MOST = 1_000


def bookings_in(feed: Feed, role: Role | None, today: date) -> list[Booking]:
    """The bookings of the feed, those called off left out; the earliest first."""
    rows = _whose(select(Booking), feed, role).options(selectinload(Booking.claims))
    coming, past = _parts(rows, today)
    found = list(db.session.scalars(coming.limit(MOST)))
    if len(found) < MOST:
        found = [*db.session.scalars(past.limit(MOST - len(found))).all()[::-1], *found]
    return found


def mark_of(feed: Feed, role: Role | None, business: Business, language: str) -> str:
    """What stands for the content in an ETag: another whenever anything of it is. Told without writing it."""
    said: Any = select(Booking.id, Booking.version, Booking.updated_at, Booking.contact_name, Booking.state)
    coming, past = _parts(_whose(said, feed, role), business_today())
    rows = [db.session.execute(part.limit(MOST)).all() for part in (coming, past)]
    names = db.session.execute(select(Resource.id, Resource.name).order_by(Resource.id)).all()
    firm = [business.name, business.phone, business.email, business.time_zone, links.origin(business)]
    return hashlib.sha256(repr([feed.id, feed.generation, role, language, firm, names, rows]).encode()).hexdigest()[:32]


def written(feed: Feed, role: Role | None, business: Business) -> bytes:
    """The feed as an iCalendar file."""
    calendar = Calendar()
    calendar.add("prodid", "-//Kontor//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", _name(feed, business))
    calendar.add("x-wr-timezone", business.time_zone)
    calendar.add("refresh-interval;value=duration", "PT1H")
    calendar.add("x-published-ttl", "PT1H")
    for booking in bookings_in(feed, role, business_today()):
        calendar.add_component(_entry(booking, business, feed, role))
    return bytes(calendar.to_ical())


def _parts(rows: Select[Any], today: date) -> tuple[Select[Any], Select[Any]]:
    """From today on, the earliest first; and before, the latest first."""
    begin, end = day_span(today - BACK, today + AHEAD)
    now, rows = day_span(today)[0], rows.where(Booking.state.not_in(CALLED_OFF))
    coming = rows.where(Booking.starts_at >= now, Booking.starts_at < end)
    past = rows.where(Booking.starts_at >= begin, Booking.starts_at < now)
    return (
        coming.order_by(Booking.starts_at, Booking.id),
        past.order_by(Booking.starts_at.desc(), Booking.id.desc()),
    )


def _whose(rows: Select[Any], feed: Feed, role: Role | None) -> Select[Any]:
    if feed.kind == FeedKind.BUSINESS:
        return rows
    if role is Role.CUSTOMER:
        return rows.where(Booking.booked_by == feed.user_id)
    if feed.kind == FeedKind.RESOURCE:
        own = [feed.resource_id or 0]
    else:
        own = [one.id for one in resources_of(feed.user_id or 0)]
    given = select(BookingClaim.booking_id).join(Claim, Claim.id == BookingClaim.claim_id)
    return rows.where(Booking.id.in_(given.where(Claim.resource_id.in_(own), Claim.released_at.is_(None))))


def _name(feed: Feed, business: Business) -> str:
    if feed.kind == FeedKind.RESOURCE:
        resource = db.session.get(Resource, feed.resource_id)
        return f"{resource.name if resource is not None else ''}, {business.name}"
    return business.name


def _entry(booking: Booking, business: Business, feed: Feed, role: Role | None) -> Event:
    """Under the UID and with the SEQUENCE of the mails, so that a calendar that has both shows one."""
    if role is Role.CUSTOMER:
        return mailed.event_of(booking, business, links.manage_url(booking.public_id, booking.reference))
    event = mailed.bare_event(booking, business)
    event.add("summary", f"{service_words(booking.service)}: {booking.contact_name}")
    event.add("location", booking.from_address)
    event.add("description", "\n".join(_lines(booking, business, feed)))
    return event


def _lines(booking: Booking, business: Business, feed: Feed) -> list[str]:
    lines = [_("Reference: %(reference)s", reference=booking.reference)]
    if booking.contact_phone:
        lines.append(_("Phone: %(phone)s", phone=booking.contact_phone))
    if booking.to_address:
        lines.append(_("From: %(address)s", address=booking.from_address))
        lines.append(_("To: %(address)s", address=booking.to_address))
    if load := said_all(booking.size, list(booking.extras)):
        lines.append(load)
    if not booking.has_time:
        lines.append(_("The time is not set yet."))
    if feed.kind == FeedKind.BUSINESS:
        if (holder := holder_of(booking)) is not None:
            lines.append(holder.name)
        lines += ["", f"{links.origin(business)}/admin/bookings/{booking.reference}"]
    return lines
