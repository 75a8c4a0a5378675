"""Somebody falls ill: off for the rest of the day, in one step. What was still to begin goes to others."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.bookings import assignment, free_times, lifecycle
from app.bookings.models import Booking, BookingClaim, BookingState
from app.fleet import cars, claims
from app.fleet.models import Claim, ClaimKind, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db, lock, transaction
from app.kernel.errors import NotFound
from app.web.days import business_today, day_span


def go_off(resource_id: int, *, reason: str = "") -> list[Booking]:
    """The crew or driver is off from now until the day ends; the bookings that others have to take now.

    What is under way stays, and is worked around. Asked twice, done once. NotFound for cars and for who is gone.
    """
    with transaction():
        free_times.keep_diary()
        resource = _person(resource_id)
        now, ends = clock.now(), day_span(business_today())[1]
        freed = []
        for booking_id in _to_begin(resource.id):
            booking = lock(Booking, booking_id)
            if booking.state != BookingState.ASSIGNED:
                continue
            if resource.kind == ResourceKind.DRIVER:
                assignment.decline(booking.id, resource.id)
            else:
                lifecycle.move(booking.id, BookingState.CONFIRMED)
            freed.append(booking)
        lock(Resource, resource.id)
        claims.lift_lapsed(resource.id, at=now)
        at = now
        for taken in _taken(resource.id):
            begins, until = taken.during.lower, taken.during.upper
            if begins is None or until is None or begins >= ends:
                continue
            if begins > at:
                cars.block(resource.id, at, begins, reason=reason or _("Off today"))
            at = max(at, until)
        if at < ends:
            cars.block(resource.id, at, ends, reason=reason or _("Off today"))
    return freed


def come_back(resource_id: int) -> None:
    """The crew or driver works again from now on: today's time off ends. What was given to others stays with them."""
    with transaction():
        resource = _person(resource_id)
        lock(Resource, resource.id)
        begins, ends = day_span(business_today())
        for taken in _taken(resource.id):
            lower, upper = taken.during.lower, taken.during.upper
            is_todays = lower is not None and upper is not None and lower >= begins and upper <= ends
            if taken.kind == ClaimKind.BLOCK and is_todays:
                cars.unblock(resource.id, taken.id)


def _person(resource_id: int) -> Resource:
    rows = select(Resource).where(
        Resource.id == resource_id, Resource.retired_at.is_(None),
        Resource.kind.in_((ResourceKind.CREW, ResourceKind.DRIVER)),
    )  # fmt: skip
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound()
    return found


def _to_begin(resource_id: int) -> list[int]:
    """The bookings of that resource which are to begin today or should have begun, in one order for everybody."""
    rows = (
        select(Booking.id)
        .join(BookingClaim, BookingClaim.booking_id == Booking.id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .where(
            Claim.resource_id == resource_id, Claim.released_at.is_(None), Booking.state == BookingState.ASSIGNED,
            Booking.starts_at < day_span(business_today())[1], Booking.ends_at > clock.now(),
        )
    )  # fmt: skip
    return sorted(set(db.session.scalars(rows)))


def _taken(resource_id: int) -> list[Claim]:
    """What still takes its time today, the first first."""
    rest = claims.period(clock.now(), day_span(business_today())[1])
    rows = select(Claim).where(
        Claim.resource_id == resource_id, Claim.released_at.is_(None), Claim.during.overlaps(rest)
    )
    return list(db.session.scalars(rows.order_by(func.lower(Claim.during))))
