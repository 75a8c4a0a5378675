"""How long photos from jobs and of cars handed over are kept: two years or as each firm says, then row and bytes go.

What a claim still rests on stays, however old: the photos of a hire whose new mark nobody has seen to, and all of that
hire's looks. What was said at a handover (odometer, marks, signature) stays with the booking.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, not_, select, update

from app.bookings.field_models import FieldReport, Kind
from app.bookings.handover_models import Handover
from app.files import stored
from app.files.models import StoredFile
from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, within

#: Usual months, while a firm has said nothing; a month is as long as one of 31 days at most.
USUAL_MONTHS = 24
AT_ONCE = 200


def forget_old() -> None:
    """Take away what is older than its firm keeps it, in every business, some at a time."""
    with across_businesses():
        firms = {row.id: row.retention for row in db.session.execute(select(Business.id, Business.retention))}
    for business_id, kept in firms.items():
        with within(business_id):
            before = clock.now() - timedelta(days=31 * int(kept.get("photos") or USUAL_MONTHS))
            while _forget_some(before) == AT_ONCE:
                pass


def _forget_some(before: datetime) -> int:
    with transaction():
        rows = select(FieldReport.id, FieldReport.file_id).where(
            FieldReport.kind == Kind.PHOTO, FieldReport.file_id.is_not(None), FieldReport.at < before,
            not_(_is_claimed()),
        )  # fmt: skip
        old = db.session.execute(rows.order_by(FieldReport.id).limit(AT_ONCE).with_for_update(of=FieldReport)).all()
        bare = update(FieldReport).where(FieldReport.id.in_([row.id for row in old])).values(file_id=None)
        db.session.execute(bare.execution_options(synchronize_session=False))
        pictures = select(StoredFile).where(StoredFile.id.in_([row.file_id for row in old]))
        for file in db.session.scalars(pictures).all():
            stored.drop(file)
    return len(old)


def _is_claimed() -> ColumnElement[bool]:
    """Whether the photo is of a hire that came back with a new mark which nobody has seen to."""
    open_claim = select(Handover.id).where(
        Handover.booking_id == FieldReport.booking_id, Handover.claimed, Handover.settled_at.is_(None)
    )  # fmt: skip
    return exists(open_claim.correlate(FieldReport))
