"""How bookings are named and found where only their markers are known: in the e-mail log, on the queue's page."""

from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.models import Booking
from app.bookings.pricing import words_of
from app.bookings.search import meant_by
from app.jobs import about
from app.kernel.db import db
from app.messaging.naming import known_outside


def service_words(service: str) -> str:
    """What a service is called."""
    return {"move": _("Move"), "cleaning": _("Cleaning"), "car": _("Car")}.get(service, service.capitalize())


def details_words(booking: Booking) -> str:
    """What was said of volume, stairs and carrying, on one line; empty when nothing was."""
    said, parts = booking.details, []
    if volume := said.get("volume"):
        parts.append(_("%(volume)s m³", volume=volume))
    for place, floor, lift in ((_("from"), "floor", "lift"), (_("to"), "toFloor", "toLift")):
        words = []
        if said.get(floor) is not None:
            words.append(_("floor %(floor)s", floor=said[floor]))
        if said.get(lift) is not None:
            words.append(_("with a lift") if said[lift] else _("no lift"))
        if words:
            parts.append(f"{place}: {', '.join(words)}")
    if said.get("distance") is not None:
        parts.append(_("%(metres)s m to carry", metres=said["distance"]))
    return " · ".join(parts)


def price_lines(booking: Booking) -> list[tuple[str, Decimal]]:
    """(what for, amount) for each part of the price that was shown."""
    found = []
    for line in (booking.price_basis or {}).get("lines", []):
        words = words_of(booking.service, line["part"])
        found.append((f"{line['count']} × {words}" if line["count"] > 1 else words, Decimal(line["amount"])))
    return found


def _names(ids: list[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(select(Booking.id, Booking.reference).where(Booking.id.in_(ids)))
    return {row.id: (row.reference, url_for("bookings.show", reference=row.reference)) for row in rows}


def _like(words: str) -> list[int]:
    found = meant_by(words)
    if found is None or found.is_close:
        return []
    latest = select(Booking.id).where(found.condition).order_by(Booking.id.desc()).limit(about.MOST_FOUND)
    return list(db.session.scalars(latest))


def _public_ids(ids: list[int]) -> dict[int, str]:
    rows = db.session.execute(select(Booking.id, Booking.public_id).where(Booking.id.in_(ids)))
    return {row.id: row.public_id for row in rows}


about.describe_with("booking", _names, find=_like)
known_outside("booking", _public_ids)
