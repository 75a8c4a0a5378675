"""Booking a held car, one's own bookings and the figures, for programs."""

from typing import Any

from apiflask import APIBlueprint
from flask import url_for
from sqlalchemy import case
from sqlalchemy.orm import joinedload

from app.bookings import links, rentals
from app.bookings.api import visible_bookings
from app.bookings.models import Booking
from app.bookings.rentals import RentalOrder
from app.bookings.shown import BookingShown, show_booking
from app.bookings.stats import stats
from app.kernel import clock
from app.kernel.access import Can
from app.web.doors import callers, needs, public
from app.web.i18n import choose_language
from app.web.idempotency import idempotent
from app.web.limits import per_api, per_booking
from app.web.pages import paged
from app.web.schemas import Listed, Listing, Shown

bp = APIBlueprint("cars_api", __name__, url_prefix="/api/v1", tag="Cars")


class Confirmed(Shown):
    """The answer to booking a held car."""

    booking_id: str
    reference: str
    status: str
    manage_url: str


class HoldStats(Shown):
    """Holds of the last thirty days, and how many became a booking."""

    made: int
    booked: int
    rate: float | None


class BookingStats(Shown):
    """All bookings there are, by state and by service."""

    total: int
    by_state: dict[str, int]
    by_service: dict[str, int]


class RecentStats(Shown):
    """What came in during the last thirty days."""

    came_in: int
    cancelled: int
    cancelled_rate: float | None
    lead_days: float | None


class StatsShown(Shown):
    """The business in figures."""

    bookings: BookingStats
    last30_days: RecentStats
    revenue: dict[str, str]
    occupancy: int
    holds: HoldStats


@bp.post("/bookings/confirm")
@public
@per_booking
@idempotent
@bp.input(RentalOrder, arg_name="order")
@bp.output(Confirmed, status_code=201)
def confirm(order: RentalOrder) -> Any:
    """Book the held car: 410 when the hold ran out, 404 when it is not the caller's; the same answer when repeated."""
    booking = rentals.confirm(order, callers(), language=choose_language())
    body = Confirmed(
        booking_id=booking.public_id,
        reference=booking.reference,
        status="confirmed",
        manage_url=links.manage_url(booking.public_id, booking.reference),
    )
    return body, 201, {"Location": url_for("bookings_api.show", booking_id=booking.public_id)}


@bp.get("/user/bookings")
@needs(Can.READ_OWN_BOOKINGS)
@per_api
@bp.input(Listing, location="query", arg_name="listing")
@bp.output(Listed[BookingShown])
def own_bookings(listing: Listing) -> Any:
    """What this account has booked: what comes first, then what is over, the latest first."""
    is_over = case((Booking.ends_at < clock.now(), 1), else_=0)
    ahead = case((Booking.ends_at >= clock.now(), Booking.starts_at), else_=None)
    rows = visible_bookings().options(joinedload(Booking.customer))
    rows = rows.order_by(is_over, ahead, Booking.starts_at.desc(), Booking.id)
    page = paged(rows, page=max(listing.page, 1), per_page=listing.per_page)
    items = [show_booking(booking) for booking in page]
    return Listed[BookingShown](items=items, page=page.page, per_page=page.per_page, total=page.total)


@bp.get("/admin/stats")
@needs(Can.SEE_OFFICE)
@per_api
@bp.output(StatsShown)
def figures() -> Any:
    """Bookings, occupancy, revenue, how many holds become bookings, cancellations and lead time."""
    found = stats()
    return StatsShown(
        bookings=BookingStats(total=found.total, by_state=found.by_state, by_service=found.by_service),
        last30_days=RecentStats(
            came_in=found.recent.came_in,
            cancelled=found.recent.cancelled,
            cancelled_rate=found.recent.cancelled_rate,
            lead_days=found.recent.lead_days,
        ),
        revenue=found.revenue.as_json(),
        occupancy=found.occupancy,
        holds=HoldStats(made=found.recent.holds, booked=found.recent.holds_booked, rate=found.recent.hold_rate),
    )
