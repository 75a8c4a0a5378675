"""Photos taken on the job: each once, whoever sends it again; seen by the office and by whoever has the job."""

from collections import defaultdict
from collections.abc import Sequence

from flask_login import current_user
from sqlalchemy import select

from app.bookings import field_reports
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.files import stored
from app.files.models import StoredFile
from app.files.rights import seen_by
from app.kernel.access import Can
from app.kernel.db import db
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
    """The office sees all of them, others those of the jobs that are theirs."""
    if can(Can.READ_BOOKINGS):
        return True
    if not can(Can.READ_ASSIGNED_BOOKINGS):
        return False
    booking_id = db.session.scalar(select(FieldReport.booking_id).where(FieldReport.file_id == file.id))
    return booking_id is not None and field_reports.own_since(booking_id, current_user.user_id) is not None
