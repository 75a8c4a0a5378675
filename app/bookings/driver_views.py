"""The day of whoever drives or carries, what they are asked for, and what they say about their jobs."""

from typing import Any

from flask import Blueprint, Response, request, send_from_directory, url_for
from flask_babel import gettext as _
from flask_login import current_user
from pydantic import ValidationError
from sqlalchemy import select

from app.bookings import (
    assigned,
    assignment,
    checklists,
    field_day,
    field_photos,
    field_reports,
    handover_office,
    handover_words,
    handovers,
    naming,
    standing,
)
from app.bookings.field_models import Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.handover_orders import HandoverOrder
from app.bookings.models import Booking, BookingState, DriverState, Rental
from app.fleet import crews
from app.fleet.models import ResourceKind
from app.kernel import clock, ids
from app.kernel.access import Can
from app.kernel.errors import Invalid
from app.web.assets import STATIC
from app.web.doors import needs, public
from app.web.i18n import time_zone
from app.web.pages import changed, one_or_404, render, toast
from app.web.requests import known_reader
from app.web.schemas import as_invalid
from app.web.security import takes_pictures

bp = Blueprint("driver", __name__)
_JOBS = "bookings/driver/_jobs.html"


@bp.after_request
def name_reader(answer: Response) -> Response:
    """Say whose day it is, for the copy that the phone keeps."""
    if reader := known_reader():
        answer.headers["X-Reader"] = reader
    return answer


@bp.get("/driver/worker.js")
@public
def worker() -> Response:
    """The script that keeps the day on the phone; it works for /driver and nothing else."""
    answer = send_from_directory(STATIC / "dist", "worker.js", mimetype="text/javascript", max_age=0)
    answer.headers["Service-Worker-Allowed"] = url_for(".day")
    return answer


@bp.get("/driver")
@needs(Can.READ_ASSIGNED_BOOKINGS)
def day() -> Response:
    """What is asked for, today's jobs in order, and what comes."""
    return render("bookings/driver/day.html", _JOBS, **_context())


@bp.post("/driver/<reference>/report")
@needs(Can.READ_ASSIGNED_BOOKINGS)
@takes_pictures
def report(reference: str) -> Response:
    """One thing said about an own job; under the same key it counts once."""
    booking = one_or_404(select(Booking).where(Booking.reference == reference.upper()))
    order = _said()
    if order.kind == Kind.PHOTO:
        _photos(booking, order)
    else:
        field_reports.report(booking.id, order, current_user.user_id)
        if isinstance(order, HandoverOrder):
            handover_office.add_photos(booking, order.key, handovers.STAGES[order.kind])
    return changed(_JOBS, then=url_for(".day"), **_context())


@bp.post("/driver/<reference>/accept")
@needs(Can.READ_ASSIGNED_BOOKINGS)
def accept(reference: str) -> Response:
    """Say yes to a job."""
    rental = _rental(reference)
    assignment.accept(rental.booking_id, rental.driver_id or 0)
    toast(_("Yours. The customer sees who comes."))
    return changed(_JOBS, then=url_for(".day"), **_context())


@bp.post("/driver/<reference>/decline")
@needs(Can.READ_ASSIGNED_BOOKINGS)
def decline(reference: str) -> Response:
    """Say no; the next one is asked."""
    rental = _rental(reference)
    assignment.decline(rental.booking_id, rental.driver_id or 0)
    toast(_("Somebody else is asked now."))
    return changed(_JOBS, then=url_for(".day"), **_context())


def _said() -> ReportOrder:
    kind = request.form.get("kind", "")
    if kind in handovers.STAGES:
        return handover_office.read_order(request.form, Kind(kind))
    said = {name: value for name, value in request.form.items() if name != "csrf_token" and value.strip()}
    try:
        return ReportOrder.model_validate_strings(said)
    except ValidationError as error:
        raise as_invalid(error) from None


def _photos(booking: Booking, order: ReportOrder) -> None:
    """One photo under the key that the phone gave it, or all of a plain form's."""
    sent = [one for one in request.files.getlist("photo") if one.filename]
    if len(sent) == 1:
        name = sent[0].filename or ""
        field_photos.add_photo(booking.id, order, current_user.user_id, sent[0].read(), name=name)
    elif sent:
        handover_office.add_photos(booking, order.key, order.stage)
    else:
        raise Invalid([("photo", _("Choose a picture first."))])


def _rental(reference: str) -> Rental:
    """The rental that this driver was given; NotFound for everything else."""
    own = assigned.drivers_of(current_user.user_id)
    rows = select(Rental).join(Booking, Booking.id == Rental.booking_id)
    rows = rows.where(Booking.reference == reference.upper(), Booking.state == BookingState.ASSIGNED)
    return one_or_404(rows.where(Rental.driver_id.in_(own)))


def _context() -> dict[str, Any]:
    rentals = assigned.rentals_of(current_user.user_id)
    asked = [rental for rental in rentals if rental.driver_state == DriverState.OFFERED]
    own = crews.resources_of(current_user.user_id)
    found = field_day.day_of(own, {rental.booking_id for rental in asked})
    shown = {job.booking.id for job in found.jobs} | {rental.booking_id for rental in asked}
    ids_shown = [job.booking.id for job in found.jobs]
    return {
        "hires": handovers.hires_of(ids_shown),
        "photos": field_photos.photos_of(ids_shown),
        **handover_words.words(),
        "today": clock.today(time_zone()),
        "asked": asked,
        "day": found,
        "crews": [one for one in own if one.kind == ResourceKind.CREW],
        "coming": [rental.booking for rental in rentals if rental.booking_id not in shown],
        "words": standing,
        "details_words": naming.details_words,
        "item_words": checklists.words_of,
        "new_key": ids.public_id,
    }
