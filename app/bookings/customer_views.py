"""What signed-in customers see of their own: what comes, what was, and the last one to be booked again."""

from flask import Blueprint, Response
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, and_, not_

from app.bookings import older, standing
from app.bookings.models import OPEN, Booking, BookingState
from app.bookings.portal import bookable, navigation
from app.bookings.queries import visible_bookings
from app.identity.models import User
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db
from app.web.doors import current_business, needs
from app.web.pages import Page, page_number, paged, render

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
        last=_last_again(),
        words=standing,
        bookable=bookable(),
    )


@bp.get("/bookings")
@needs(Can.READ_OWN_BOOKINGS)
def bookings() -> Response:
    """What comes next, and what was, the latest day first; both page by page."""
    page = page_number()
    rows = visible_bookings().where(not_(_is_coming())).order_by(Booking.starts_at.desc(), Booking.id.desc())
    return render(
        "bookings/my/bookings.html",
        "bookings/my/_bookings.html",
        coming=_coming_page() if page == 1 else None,
        past=paged(rows, page=page),
        may_be_missing=older.may_be_missing(db.session.get_one(User, current_user.user_id)),
        words=standing,
        bookable=bookable(),
        offered=current_business().services,
    )


def _coming_page() -> Page[Booking]:
    """The page of what comes that was asked for; the first where that one has emptied meanwhile."""
    asked = paged(_coming(), page=page_number("coming"))
    return asked if asked.items or not asked.total else paged(_coming())


def _coming() -> Select[Booking]:
    return visible_bookings().where(_is_coming()).order_by(Booking.starts_at, Booking.id)


def _is_coming() -> ColumnElement[bool]:
    return and_(Booking.state.in_(OPEN), Booking.ends_at >= clock.now())


def _last_again() -> Booking | None:
    """The latest booking that took place, where its service is still offered."""
    rows = visible_bookings().where(
        Booking.state == BookingState.DONE, Booking.service.in_(current_business().services)
    )
    return db.session.scalar(rows.order_by(Booking.starts_at.desc(), Booking.id.desc()).limit(1))
