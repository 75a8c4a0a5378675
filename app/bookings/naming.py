"""How bookings are named and found where only their markers are known: in the e-mail log, on the queue's page."""

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings.models import Booking
from app.bookings.search import meant_by
from app.jobs import about
from app.kernel.db import db
from app.messaging.naming import known_outside


def service_words(service: str) -> str:
    """What a service is called."""
    return {"move": _("Move"), "cleaning": _("Cleaning"), "car": _("Car")}.get(service, service.capitalize())


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
