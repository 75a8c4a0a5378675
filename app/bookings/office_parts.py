"""What the office's pages show of one booking, and how it is found."""

from typing import Any

from flask import request
from sqlalchemy import select

from app.bookings import (
    assignment,
    choices,
    field_photos,
    field_reports,
    handover_words,
    handovers,
    naming,
    occupied,
    queries,
    rentals,
    timeline,
    told_before,
)
from app.bookings.models import MOVES, Booking, BookingState
from app.bookings.occupied import Rival
from app.customers.contact import likely_meant
from app.fleet import claims
from app.fleet import queries as fleet
from app.fleet.models import Resource, ResourceKind
from app.kernel.access import Can
from app.kernel.db import db
from app.messaging import queries as mails
from app.messaging.models import TROUBLE
from app.messaging.providers.words import in_words
from app.web.doors import can, current_business
from app.web.pages import one_or_404
from app.web.timeline import moments


def booking_of(reference: str) -> Booking:
    """The booking as it is now; NotFound for unknown ones and other businesses' alike."""
    return one_or_404(queries.booking_by_reference(reference))


def booking_if_any(reference: str) -> Booking | None:
    """The same, or None."""
    return db.session.scalar(queries.booking_by_reference(reference)) if reference else None


def bookable() -> list[str]:
    """The services that the office books by its own form; cars are found by their dates."""
    return [name for name in ("move", "cleaning") if name in current_business().services]


def words() -> dict[str, Any]:
    """How templates say services and loads, and whether the office may book one."""
    return {
        "service_words": naming.service_words,
        "load_words": choices.said_all,
        "details_words": naming.details_words,
        "price_lines": naming.price_lines,
        "may_book": can(Can.CHANGE_BOOKINGS) and bool(bookable()),
    }


def is_overbooking() -> bool:
    """Whether somebody has pressed that it is to be taken although it cannot be kept."""
    return bool(request.form.get("overbook"))


def overbook_reason() -> str:
    """Why it is to be taken all the same; empty where nobody has said yes to that."""
    return " ".join(request.form.get("overbook_reason", "").split())[:300] if is_overbooking() else ""


def booking_context(booking: Booking) -> dict[str, Any]:
    """Everything that `bookings/office/_booking.html` shows."""
    letters = mails.mails_about(booking.marker) if can(Can.READ_LOGS) else []
    troubled = next((mail for mail in letters if mail.state in TROUBLE and mail.handled_at is None), None)
    return {
        "booking": booking,
        "crew": queries.crew_of(booking),
        "car": queries.resource_of(booking, ResourceKind.CAR),
        **_driver_context(booking),
        "crews": queries.crews(),
        "busy": _busy_crews(booking),
        "needs_crew": queries.is_without_crew(booking),
        "may_become": {str(state) for state in MOVES[BookingState(booking.state)]},
        "has_waited": queries.has_waited_long(booking),
        "message": told_before.message_of(booking, "cancelled") if _may_be_cancelled(booking) else None,
        "mails": letters,
        "troubled": troubled,
        "trouble_words": in_words(troubled.code, troubled.words) if troubled is not None else "",
        "meant": likely_meant(troubled.to_address) if troubled is not None else None,
        "agreed": field_reports.extras_of(booking.id),
        "hire": handovers.hire_of(booking.id) if booking.service == "car" else None,
        "hire_words": handover_words,
        "photos": field_photos.photos_of([booking.id])[booking.id],
        "moments": moments(booking.marker),
        **words(),
    }


def _may_be_cancelled(booking: Booking) -> bool:
    return can(Can.CHANGE_BOOKINGS) and booking.may_become(BookingState.CANCELLED)


def _busy_crews(booking: Booking) -> dict[int, Rival]:
    """Which crews have something else at its time: what, and until when."""
    during = claims.period(booking.starts_at, booking.ends_at)
    return occupied.rivals(ResourceKind.CREW, during, but=[link.claim_id for link in booking.claims])


def _driver_context(booking: Booking) -> dict[str, Any]:
    """How far a rental is with its driver, and who could drive; nothing for other bookings."""
    rental = rentals.rental_of(booking.id) if booking.service == "car" else None
    if rental is None:
        return {"rental": None}
    driver = db.session.scalar(select(Resource).where(Resource.id == rental.driver_id)) if rental.driver_id else None
    drivers = db.session.scalars(fleet.drivers()).all() if booking.is_open else []
    fits = [one.driver.id for one in assignment.candidates(booking, rentals.car_of(rental))] if drivers else []
    return {
        "rental": rental,
        "driver": driver,
        "drivers": sorted(drivers, key=lambda one: fits.index(one.id) if one.id in fits else len(fits)),
        "fits": fits,
        "why_words": timeline.why_words(rental.why),
    }
