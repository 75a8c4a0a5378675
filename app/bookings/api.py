"""Bookings for programs, by the contract."""

from typing import Any

from apiflask import APIBlueprint
from flask import url_for
from flask_login import current_user
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.bookings import lifecycle, links, moves, overbooking, own_changes
from app.bookings.free_times import NotKept
from app.bookings.models import Booking
from app.bookings.orders import MoveOrder
from app.bookings.search import matching
from app.bookings.shown import (
    BookingEdit,
    BookingListing,
    BookingShown,
    CancelOrder,
    Received,
    show_booking,
)
from app.kernel.access import STAFF, Can
from app.web.doors import needs, public
from app.web.i18n import choose_language
from app.web.idempotency import idempotent
from app.web.limits import per_api, per_booking
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed

bp = APIBlueprint("bookings_api", __name__, url_prefix="/api/v1", tag="Bookings")


def visible_bookings() -> Select[Booking]:
    """The bookings that whoever is asking may see: staff the business's, customers what their account booked."""
    rows = select(Booking)
    return rows if current_user.role in STAFF else rows.where(Booking.booked_by == current_user.user_id)


@bp.post("/booking")
@public
@per_booking
@idempotent
@bp.input(MoveOrder, arg_name="order")
@bp.output(Received, status_code=201)
def create(order: MoveOrder) -> Any:
    """Book a move or a cleaning. The confirmation is mailed afterwards; nothing outside is waited for."""
    booking = moves.book_move(order, language=choose_language())
    body = Received(
        booking_id=booking.public_id,
        reference=booking.reference,
        customer_id=booking.customer_public_id,
        status=booking.state,
        manage_url=links.manage_url(booking.public_id, booking.reference),
    )
    return body, 201, {"Location": url_for("bookings_api.show", booking_id=booking.public_id)}


@bp.get("/bookings")
@needs(Can.READ_BOOKINGS, Can.READ_OWN_BOOKINGS)
@per_api
@bp.input(BookingListing, location="query", arg_name="listing")
@bp.output(Listed[BookingShown])
def list_bookings(listing: BookingListing) -> Any:
    """The bookings that the caller may see, the latest first unless `sort` says otherwise."""
    rows = listing.narrow(visible_bookings()).options(joinedload(Booking.customer))
    rows = rows.where(matching(listing.q))
    page = paged(listing.ordered(rows), page=listing.page, per_page=listing.per_page)
    items = [show_booking(booking) for booking in page]
    return Listed[BookingShown](items=items, page=page.page, per_page=page.per_page, total=page.total)


@bp.get("/bookings/<booking_id>")
@needs(Can.READ_BOOKINGS, Can.READ_OWN_BOOKINGS)
@per_api
@bp.output(BookingShown)
def show(booking_id: str) -> Any:
    """One booking."""
    return show_booking(_find(booking_id))


@bp.patch("/bookings/<booking_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.input(BookingEdit, arg_name="edit")
@bp.output(BookingShown)
def change(booking_id: str, edit: BookingEdit) -> Any:
    """Change what a booking says. With a `version` that is not the present one: 409 with the present state.

    Where the business takes only what it can keep, a time that cannot be kept is 409 too, unless `overbookReason` is
    given; that then stands on the booking's timeline.
    """
    booking = _find(booking_id)
    changes, reason = edit.changes(booking), edit.overbook_reason
    try:
        overbooking.edit(booking, changes, version=edit.version, tell=edit.notify, reason=reason)
    except NotKept as refused:
        raise overbooking.CannotBeKept(refused) from None
    except lifecycle.Stale as stale:
        now = show_booking(_find(booking_id))
        raise lifecycle.Stale(stale.detail, current=now.model_dump(mode="json", by_alias=True)) from None
    return show_booking(_find(booking_id))


@bp.post("/bookings/<booking_id>/cancel")
@needs(Can.CHANGE_BOOKINGS, Can.READ_OWN_BOOKINGS)
@per_api
@idempotent
@bp.input(CancelOrder, arg_name="order")
@bp.output(BookingShown)
def cancel(booking_id: str, order: CancelOrder) -> Any:
    """Cancel a booking; its time is free at once. Asked twice, it answers the same.

    Customers cancel their own until the time that the business has set for it; then 409 with that rule in words.
    """
    booking = _find(booking_id)
    if current_user.role in STAFF:
        lifecycle.cancel(booking.id, reason=order.reason, version=order.version, tell=order.notify)
    else:
        own_changes.cancel(booking.id, reason=order.reason, version=order.version)
    return show_booking(_find(booking_id))


def _find(booking_id: str) -> Booking:
    rows = visible_bookings().where(Booking.public_id == booking_id).options(joinedload(Booking.customer))
    return one_or_404(rows.execution_options(populate_existing=True))
