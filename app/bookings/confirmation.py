"""The confirmation: text and photo where they can be had in time, the facts and the calendar entry always."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from app.ai import texts
from app.ai.contract import Place, Text
from app.ai.towns import town_in
from app.bookings import links, offers
from app.bookings.calendar import calendar_entry
from app.bookings.jobs import WRITE_CONFIRMATION
from app.bookings.models import Booking
from app.bookings.moves import CONFIRMATION
from app.bookings.rentals import CONFIRMATION as CAR_CONFIRMATION
from app.jobs.kinds import when_given_up
from app.kernel import clock
from app.kernel.businesses import Business, get_business
from app.kernel.db import db, end_reading, lock, transaction
from app.kernel.tenancy import current_business_id
from app.messaging import emails
from app.messaging.letters import Letter, Part, write_letter, written_by
from app.messaging.models import EmailLog
from app.messaging.pictures import places
from app.messaging.pictures.contract import Found
from app.web import presentation
from app.web.i18n import speaking

#: A customer who booked longer ago gets the built-in text at once: plain and soon is better than fine and late.
EXTRAS_WITHIN = timedelta(seconds=60)
PHOTO_ID = "photo"


@dataclass(frozen=True)
class Extras:
    """What outside services add: a text and a photo, or why not."""

    text: Text
    photo: Found


def write(email_id: int, booking_id: int) -> None:
    """Make the confirmation's content once, as good as it can be in time, and ask for it to be sent."""
    email = db.session.scalar(select(EmailLog).where(EmailLog.id == email_id))
    booking = db.session.scalar(select(Booking).where(Booking.id == booking_id))
    end_reading()
    if email is None or booking is None:
        return
    if email.prepared_at is None:
        in_time = booking.service != "car" and clock.now() - email.created_at < EXTRAS_WITHIN
        business, until = get_business(current_business_id()), _until(booking)
        end_reading()
        extras = ask_for_extras(booking, email.language, business) if in_time else None
        g.business = business
        with speaking(email.language):
            letter = letter_about(booking, email, business, extras, until=until)
        write_letter(email_id, letter)
    ask_to_send(email_id)


def ask_to_send(email_id: int) -> None:
    """The mail goes out with what it has; what it lacks is written plainly just before."""
    with transaction():
        email = lock(EmailLog, email_id)
        if email.may_go_out:
            emails.ask_to_send(email)


@when_given_up(WRITE_CONFIRMATION)
def send_plain(email_id: int, booking_id: int, words: str, code: str) -> None:
    """The writing failed for good: the customer still hears of the booking."""
    ask_to_send(email_id)


def ask_for_extras(booking: Booking, language: str, business: Business) -> Extras:
    """The personal text and the photo; each falls back by itself, whatever the services do."""
    new_place = town_in(booking.to_address or booking.from_address)
    place = Place(new_place, language, town_in(booking.from_address), booking.service)
    text = texts.about_place(place, booking.reference, allowed=business.uses_ai, about=booking.marker)
    return Extras(text, places.find(new_place))


def letter_about(
    booking: Booking, email: EmailLog, business: Business, extras: Extras | None, *, until: datetime
) -> Letter:
    """The mail's facts, in the language that is being spoken; until then its customer may change it."""
    if extras is None:
        place = Place(town_in(booking.to_address or booking.from_address), email.language, "", booking.service)
        extras = Extras(texts.built_in_text(place, booking.reference, "late"), Found(None, "late"))
    picture = extras.photo.picture
    manage = links.marker_of(booking)
    photo = None
    parts: list[Part] = [
        (
            "booking.ics",
            "text/calendar; charset=utf-8; method=PUBLISH",
            calendar_entry(booking, business, manage, email.language),
            None,
        )
    ]
    if picture is not None:
        suffix = "png" if picture.content_type == "image/png" else "jpg"
        parts.append((f"photo.{suffix}", picture.content_type, picture.content, PHOTO_ID))
        photo = {"cid": PHOTO_ID, "alt": picture.alt, "credit": picture.credit, "credit_url": picture.credit_url,
                 "provider": picture.provider, "provider_url": picture.provider_url}  # fmt: skip
    changeable = {"until": presentation.when(until) if until > email.created_at else ""}
    if booking.service == "car":  # nobody moves anywhere, so there is nothing to tell of a place
        return Letter({"booking": facts_of(booking, "", None, manage) | changeable}, parts)
    made_with = {
        "text": extras.text.source, "textReason": extras.text.reason, "model": extras.text.model,
        "photo": picture.provider if picture is not None else "none", "photoReason": extras.photo.reason,
    }  # fmt: skip
    return Letter({"booking": facts_of(booking, extras.text.paragraph, photo, manage) | changeable}, parts, made_with)


def facts_of(booking: Booking, paragraph: str, photo: dict[str, Any] | None, manage: str) -> dict[str, Any]:
    """What the templates are filled with."""
    return {
        "reference": booking.reference,
        "service": booking.service,
        "day": presentation.long_day(booking.starts_at),
        "when": _when(booking),
        "starts": presentation.clock_time(booking.starts_at),
        "ends": presentation.clock_time(booking.ends_at),
        "has_time": booking.has_time,
        "from_address": booking.from_address,
        "to_address": booking.to_address,
        "size": booking.size,
        "extras": booking.extras,
        "notes": booking.notes,
        "greeting_name": booking.contact_name.split()[0] if booking.contact_name.split() else "",
        "paragraph": paragraph,
        "manage_url": manage,
        "photo": photo,
        "prepare": what_to_prepare(booking.service),
        "end_day": presentation.long_day(booking.ends_at),
        "price": presentation.money(booking.price, booking.currency) if booking.price is not None else "",
    }


def _until(booking: Booking) -> datetime:
    return offers.changeable_until(booking.service, booking.starts_at)


def _when(booking: Booking) -> str:
    day = presentation.day(booking.starts_at)
    return f"{day} {presentation.clock_time(booking.starts_at)}" if booking.has_time else day


def what_to_prepare(service: str) -> list[str]:
    """What the customer does before the day."""
    if service == "move":
        return [
            _("Pack small things in boxes that can be closed, and write the room on each."),
            _("Keep keys, papers and medicine with you."),
            _("See that the van can stop near both doors."),
        ]
    if service == "car":
        return [_("Have your booking reference at hand."), _("Whoever drives brings a valid driving licence.")]
    return [
        _("Clear floors and worktops."),
        _("Tell us about keys, codes and pets."),
        _("See that there is warm water."),
    ]


def _plain_letter(email: EmailLog) -> Letter:
    number = next(int(marker.partition(":")[2]) for marker in email.about if marker.startswith("booking:"))
    booking = db.session.scalars(select(Booking).where(Booking.id == number)).one()
    return letter_about(booking, email, get_business(current_business_id()), None, until=_until(booking))


written_by(CONFIRMATION, _plain_letter)
written_by(CAR_CONFIRMATION, _plain_letter)
