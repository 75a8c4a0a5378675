"""Photos taken on the job: each once, whoever sends it again; and who may see them."""

from collections import defaultdict
from collections.abc import Sequence

from flask import request
from flask_login import current_user
from sqlalchemy import select

from app.bookings import field_reports, links
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.models import Booking
from app.files import stored
from app.files.models import StoredFile
from app.files.rights import seen_by
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Gone, NotFound
from app.web.doors import can


class _SentAgain(Exception):
    """The photo is there already; what was sent again is taken away."""


def add_photo(
    booking_id: int, order: ReportOrder, user_id: int, sent: bytes, *, name: str = "", by_office: bool = False
) -> FieldReport:
    """The photo as a row; the same key again answers the same row. Refuses as reports and pictures do."""
    known = select(FieldReport).where(FieldReport.user_id == user_id, FieldReport.key == order.key)
    if db.session.scalar(known) is not None:
        return field_reports.report(booking_id, order, user_id, by_office=by_office)
    made: FieldReport | None = None
    try:
        with stored.placed(sent, name=name) as picture:
            made = field_reports.report(booking_id, order, user_id, picture=picture, by_office=by_office)
            if made.file is None or made.file.place != picture.place:
                raise _SentAgain
    except _SentAgain:
        pass
    assert made is not None  # noqa: S101  # a refusal has left already
    return made


def photos_of(booking_ids: Sequence[int]) -> dict[int, list[FieldReport]]:
    """The photos of those jobs, in the order in which they were taken."""
    found: dict[int, list[FieldReport]] = defaultdict(list)
    rows = select(FieldReport).where(FieldReport.booking_id.in_(booking_ids), FieldReport.kind == Kind.PHOTO)
    for one in db.session.scalars(rows.where(FieldReport.file_id.is_not(None)).order_by(FieldReport.id)):
        found[one.booking_id].append(one)
    return found


@seen_by(field_reports.PHOTO_KIND)
def by_whom(file: StoredFile) -> bool:
    """The office sees all of them, drivers those of their jobs, and customers those of a handover of their booking."""
    if can(Can.READ_BOOKINGS):
        return True
    report = db.session.scalar(select(FieldReport).where(FieldReport.file_id == file.id))
    if report is None:
        return False
    if can(Can.READ_ASSIGNED_BOOKINGS):
        return field_reports.own_since(report.booking_id, current_user.user_id) is not None
    return bool(report.stage) and _is_of_reader(report.booking_id)


def _is_of_reader(booking_id: int) -> bool:
    """Whether it is the booking of whoever asks: by its secret link, or by the account that booked it."""
    booking = db.session.get(Booking, booking_id)
    if booking is None:
        return False
    if can(Can.READ_OWN_BOOKINGS) and booking.booked_by == current_user.user_id:
        return True
    try:
        return links.booking_of_link(booking.reference, request.args.get("t", "")).id == booking_id
    except (NotFound, Gone):
        return False
