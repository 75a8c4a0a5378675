"""What was signed on the job, for the office to see."""

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.bookings.field_models import FieldReport
from app.bookings.office_list import bp
from app.bookings.office_parts import booking_of
from app.kernel.access import Can
from app.kernel.errors import NotFound
from app.web.doors import needs
from app.web.pages import one_or_404


@bp.get("/<reference>/signature/<report_id>")
@needs(Can.READ_BOOKINGS)
def signature(reference: str, report_id: str) -> Response:
    """The name as it was drawn on the glass."""
    rows = select(FieldReport).where(
        FieldReport.booking_id == booking_of(reference).id, FieldReport.public_id == report_id
    )
    found = one_or_404(rows.options(undefer(FieldReport.signature)))
    if found.signature is None:
        raise NotFound()
    answer = Response(found.signature, content_type="image/png")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Content-Disposition"] = 'inline; filename="signature.png"'
    return answer
