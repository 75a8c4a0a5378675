"""Cars handed over, for the office's programs: what was said of them going out and coming back; only to be read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from pydantic import Field, StringConstraints
from sqlalchemy import Select, select

from app.bookings import field_photos
from app.bookings.field_models import FieldReport
from app.bookings.handover_models import Handover
from app.bookings.models import Booking
from app.fleet.models import Resource
from app.kernel.access import Can
from app.kernel.db import db
from app.web.days import business_zone
from app.web.doors import needs
from app.web.limits import per_api
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed, Order, Shown

bp = APIBlueprint("handovers_api", __name__, url_prefix="/api/v1/admin/handovers", tag="Fleet")
_Id = Annotated[str, StringConstraints(max_length=40)]


class HandoverListing(Order):
    """The query: of one booking, of one car, or those with a new mark that nobody has seen to (`claim=open`)."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 25
    booking_id: _Id = ""
    car_id: _Id = ""
    claim: Literal["", "none", "open", "settled"] = ""


class MarkShown(Shown):
    """Something to be seen on the car: where, in hundredths of the drawing, and whether it is new with this look."""

    x: float
    y: float
    words: str
    is_new: bool


class HandoverShown(Shown):
    """One look at a car; `stage` is `out` or `back`, `level` what fills tank or battery in hundredths."""

    id: str
    booking_id: str
    reference: str
    car_id: str
    stage: str
    odometer: int
    level: int
    marks: list[MarkShown]
    signed_by: str
    photos: list[str]
    claim: str
    settled_at: datetime | None
    settled_words: str
    said_at: datetime
    at: datetime


@bp.get("")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.input(HandoverListing, location="query", arg_name="listing")
@bp.output(Listed[HandoverShown])
def list_handovers(listing: HandoverListing) -> Any:
    """The looks at cars, the newest first."""
    rows = _rows()
    if listing.booking_id:
        rows = rows.where(Booking.public_id == listing.booking_id)
    if listing.car_id:
        rows = rows.where(Resource.public_id == listing.car_id)
    if listing.claim == "none":
        rows = rows.where(~Handover.claimed)
    elif listing.claim:
        is_open = Handover.settled_at.is_(None)
        rows = rows.where(Handover.claimed, is_open if listing.claim == "open" else ~is_open)
    page = paged(rows, page=listing.page, per_page=listing.per_page)
    return Listed[HandoverShown](items=_shown(list(page)), page=page.page, per_page=page.per_page, total=page.total)


@bp.get("/<handover_id>")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.output(HandoverShown)
def show_handover(handover_id: str) -> Any:
    """One look at a car."""
    return _shown([one_or_404(_rows().where(FieldReport.public_id == handover_id))])[0]


def _rows() -> Select[Handover]:
    rows = select(Handover).join(Booking, Booking.id == Handover.booking_id)
    rows = rows.join(Resource, Resource.id == Handover.car_id).join(FieldReport, FieldReport.id == Handover.report_id)
    return rows.order_by(Handover.id.desc())


def _shown(looks: Sequence[Handover]) -> list[HandoverShown]:
    zone = ZoneInfo(business_zone())
    ids = {look.booking_id for look in looks}
    bookings = {one.id: one for one in db.session.scalars(select(Booking).where(Booking.id.in_(ids)))}
    cars = select(Resource).where(Resource.id.in_({look.car_id for look in looks}))
    names = {one.id: one.public_id for one in db.session.scalars(cars)}
    photos = field_photos.photos_of(list(ids))
    return [
        HandoverShown(
            id=look.report.public_id,
            booking_id=bookings[look.booking_id].public_id,
            reference=bookings[look.booking_id].reference,
            car_id=names[look.car_id],
            stage=look.stage,
            odometer=look.odometer,
            level=look.level,
            marks=[
                MarkShown(x=mark["x"], y=mark["y"], words=mark["words"], is_new=mark["id"] in look.new_marks)
                for mark in look.marks
            ],
            signed_by=look.report.signed_by,
            photos=[one.file.url for one in photos[look.booking_id] if one.stage == look.stage and one.file],
            claim="none" if not look.claimed else "open" if look.settled_at is None else "settled",
            settled_at=look.settled_at.astimezone(zone) if look.settled_at else None,
            settled_words=look.settled_words,
            said_at=look.report.said_at.astimezone(zone),
            at=look.at.astimezone(zone),
        )
        for look in looks
    ]
