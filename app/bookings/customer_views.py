"""What signed-in customers see of their own: what they booked while signed in."""

from flask import Blueprint, Response
from flask_login import current_user
from sqlalchemy import Select

from app.bookings import older, standing
from app.bookings.models import OPEN, Booking
from app.bookings.portal import bookable, navigation
from app.bookings.queries import visible_bookings
from app.identity.models import User
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db
from app.web.doors import needs
from app.web.pages import page_number, paged, render

bp = Blueprint("my", __name__)
bp.context_processor(navigation)
SOON = 3


@bp.get("/dashboard")
@needs(Can.READ_OWN_BOOKINGS)
def dashboard() -> Response:
    """What comes next, and where everything is."""
    coming = db.session.scalars(_coming().limit(SOON + 1)).all()
    return render(
        "bookings/my/dashboard.html",
        "bookings/my/_coming.html",
        coming=coming[:SOON],
        has_more=len(coming) > SOON,
        words=standing,
        bookable=bookable(),
    )


@bp.get("/bookings")
@needs(Can.READ_OWN_BOOKINGS)
def bookings() -> Response:
    """All bookings of this account, the latest day first."""
    rows = visible_bookings().order_by(Booking.starts_at.desc(), Booking.id.desc())
    return render(
        "bookings/my/bookings.html",
        "bookings/my/_bookings.html",
        bookings=paged(rows, page=page_number()),
        may_be_missing=older.may_be_missing(db.session.get_one(User, current_user.user_id)),
        words=standing,
        bookable=bookable(),
    )


def _coming() -> Select[Booking]:
    rows = visible_bookings().where(Booking.state.in_(OPEN), Booking.ends_at >= clock.now())
    return rows.order_by(Booking.starts_at, Booking.id)
