"""Cars handed out and taken back at the office's desk: both looks side by side, and seeing to what is new."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from pydantic import ValidationError
from sqlalchemy import select

from app.bookings import field_photos, field_reports, handover_words, handovers
from app.bookings.events import CarHandedOut, CarTakenBack
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.handover_models import Handover, Stage
from app.bookings.handover_orders import HandoverOrder, gathered
from app.bookings.handovers import Hire
from app.bookings.models import Booking
from app.bookings.office_list import bp
from app.bookings.office_parts import booking_of
from app.kernel import ids
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import Event
from app.web.doors import needs
from app.web.pages import go, one_or_404, render, toast
from app.web.presentation import number
from app.web.schemas import as_invalid
from app.web.security import takes_pictures
from app.web.timeline import Told, tells

_PAGE = "bookings/office/handover.html"


@bp.get("/<reference>/handover")
@needs(Can.READ_BOOKINGS)
def handover(reference: str) -> Response:
    """Both looks at the car side by side, and the form of the next one."""
    return render(_PAGE, **_context(booking_of(reference)))


@bp.post("/<reference>/handover")
@needs(Can.CHANGE_BOOKINGS)
@takes_pictures
def hand_over(reference: str) -> Response:
    """Write a look at the car down, with its photos; what is wrong is said with the form as it was typed."""
    booking = booking_of(reference)
    stage = next((one for one in Stage if one == request.form.get("stage")), None)
    if stage is None:
        raise NotFound()
    try:
        order = read_order(request.form, handovers.KINDS[stage])
        field_reports.report(booking.id, order, current_user.user_id, by_office=True)
        add_photos(booking, order.key, stage, by_office=True)
    except Invalid as refusal:
        faults = dict(refusal.errors)
        toast(next(iter(faults.values())), "bad")
        return render(_PAGE, status=422, **_context(booking_of(reference), request.form, faults))
    except Conflict as refusal:
        toast(refusal.detail, "bad")
        return go(url_for(".handover", reference=reference))
    toast(_("The car is out.") if stage is Stage.OUT else _("The car is back."))
    return go(url_for(".handover", reference=reference))


@bp.post("/<reference>/handover/<int:look_id>/settle")
@needs(Can.CHANGE_BOOKINGS)
def settle_marks(reference: str, look_id: int) -> Response:
    """Say that the new marks were seen to."""
    booking = booking_of(reference)
    found = one_or_404(
        select(Handover).where(Handover.id == min(look_id, 2**62), Handover.booking_id == booking.id, Handover.claimed)
    )
    handovers.settle(found.id, " ".join(request.form.get("words", "").split())[:300])
    toast(_("Seen to."))
    return go(url_for(".handover", reference=reference))


def read_order(sent: Mapping[str, str], kind: Kind) -> HandoverOrder:
    """The look that a form says; Invalid for what does not fit."""
    plain = {name: value for name, value in sent.items() if value.strip() and name not in ("csrf_token", "stage")}
    try:
        return HandoverOrder.model_validate(gathered(plain) | {"kind": kind}, strict=False)
    except ValidationError as error:
        raise as_invalid(error) from None


def add_photos(booking: Booking, key: str, stage: str, *, by_office: bool = False) -> None:
    """The photos that came with a form, each under a key of its own that follows from the form's."""
    for place, sent in enumerate(request.files.getlist("photo")[:12], 1):
        if sent.filename:
            order = ReportOrder.model_validate(
                {"kind": Kind.PHOTO, "key": f"{key[:56]}-{place}", "stage": stage}, strict=False
            )
            field_photos.add_photo(
                booking.id, order, current_user.user_id, sent.read(), name=sent.filename, by_office=by_office
            )


def _context(booking: Booking, typed: Mapping[str, str] | None = None, faults: Any = None) -> dict[str, Any]:
    hire = handovers.hire_of(booking.id)
    if hire is None:
        raise NotFound()
    pictures = field_photos.photos_of([booking.id])[booking.id]
    return {
        "booking": booking,
        "hire": hire,
        "photos": {stage: [one for one in pictures if one.stage == stage] for stage in ("out", "back", "")},
        "may_go_out": booking.state in ("confirmed", "assigned", "in_progress"),
        "may_come_back": booking.state in ("in_progress", "done"),
        "drawn": _drawn(hire),
        "typed": typed or {},
        "faults": faults or {},
        "key": ids.public_id(),
        **handover_words.words(),
    }


def _drawn(hire: Hire) -> set[int]:
    """Which of the looks were signed on the glass, and not only by name."""
    looks = [one.report_id for one in (hire.out, hire.back) if one is not None]
    rows = select(FieldReport.id).where(FieldReport.id.in_(looks), FieldReport.signature.is_not(None))
    return set(db.session.scalars(rows))


@tells(CarHandedOut.name)
def told_out(event: Event) -> Told:
    """The car went out."""
    return Told("key-round", _("Car handed out"), _look(event), "info")


@tells(CarTakenBack.name)
def told_back(event: Event) -> Told:
    """The car came back."""
    return Told("key-round", _("Car taken back"), _look(event), "warn" if event.detail.get("new") else "ok")


@tells("booking.photographed")
def told_photo(_event: Event) -> Told:
    """A photo was taken."""
    return Told("camera", _("Photo taken on the job"))


def _look(event: Event) -> str:
    said = event.detail
    km = _("%(km)s km", km=number(int(said.get("odometer") or 0)))
    new = int(said.get("new") or 0)
    parts = [str(said.get("plate", "")), km, f"{said.get('level')} %"]
    return " · ".join([*parts, _("new marks: %(count)s", count=new)] if new else parts)
