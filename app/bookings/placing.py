"""Putting a booking somewhere else: with another crew, car or driver, at another time. Each move is checked here."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import assignment, free_times, lifecycle, occupied, overbooking, rentals
from app.bookings.models import Booking, BookingClaim, BookingState
from app.fleet import claims
from app.fleet.models import Car, ClaimKind, Driver, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, NotFound

#: Whoever moves something to "now" needs some time to let go of it.
GRACE = timedelta(minutes=5)
_MOVABLE = (BookingState.RECEIVED, BookingState.CONFIRMED, BookingState.ASSIGNED)


def place(
    booking_id: int,
    kind: ResourceKind,
    resource_id: int | None,
    starts_at: datetime,
    *,
    version: int | None = None,
    tell: bool = True,
    reason: str = "",
) -> Booking:
    """Give the booking to that crew, car or driver (None takes it off) from that time on; it lasts as long as before.

    Refuses with Stale (changed since that version), Occupied, NotKept (the firm's hours; not where somebody says yes
    with a reason), ForbiddenMove, NotFound.
    """
    with transaction():
        if kind is ResourceKind.CREW:
            free_times.keep_diary()  # before the row, as everywhere
        booking = lock(Booking, booking_id)
        if version is not None and version != booking.version:
            words = _("Somebody else has changed this booking. Look at it again.")
            raise lifecycle.Stale(words, current={"version": booking.version})
        wanted, has = _wanted(booking, kind, resource_id), holder(booking, kind)
        moves = starts_at != booking.starts_at
        if not moves and (has.id if has is not None else None) == resource_id:
            return booking
        _refuse_unless_movable(booking, starts_at, moves=moves)
        if moves:
            ends_at = starts_at + (booking.ends_at - booking.starts_at)
            overbooking.keep_moved(booking, starts_at, ends_at, reason=reason)
        _refuse_if_taken(booking, kind, wanted, starts_at, moves=moves)
        if kind is ResourceKind.CAR:
            _to_car(booking, wanted, has, starts_at, tell=tell)
        else:
            _to_somebody(booking, wanted, has, starts_at, tell=tell)
    return booking


def give(booking_id: int, crew_id: int, *, version: int | None = None) -> Booking:
    """Give the booking to a crew as it stands; Occupied when they have something else, and as lifecycle.assign does."""
    with transaction():
        booking = lock(Booking, booking_id)
        crew = db.session.scalar(select(Resource).where(Resource.id == crew_id, Resource.kind == ResourceKind.CREW))
        if crew is not None and version in (None, booking.version):
            occupied.refuse_if_taken(booking, [crew], booking.starts_at, booking.ends_at)
        return lifecycle.assign(booking_id, crew_id, version=version)


def holder(booking: Booking, kind: ResourceKind) -> Resource | None:
    """The crew, car or driver that has the booking now."""
    found = (link.claim.resource for link in lifecycle.claims_of(booking))
    return next((resource for resource in found if resource.kind == kind), None)


def _wanted(booking: Booking, kind: ResourceKind, resource_id: int | None) -> Resource | None:
    if (kind is ResourceKind.CREW) == (booking.service == "car"):
        raise NotFound()
    if resource_id is None:
        if kind is ResourceKind.CAR:
            raise Conflict(_("A rental always has its car. Choose another one."))
        return None
    rows = select(Resource).where(Resource.id == resource_id, Resource.kind == kind, Resource.retired_at.is_(None))
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound()
    return found


def _refuse_unless_movable(booking: Booking, starts_at: datetime, *, moves: bool) -> None:
    if booking.state not in _MOVABLE:
        raise lifecycle.ForbiddenMove(_("It has begun or is over, so it stays where it is."), state=booking.state)
    if moves and starts_at < clock.now() - GRACE:
        raise Conflict(_("This time is over. Choose a later one."))


def _refuse_if_taken(
    booking: Booking, kind: ResourceKind, wanted: Resource | None, starts_at: datetime, *, moves: bool
) -> None:
    """Whoever is to have the booking then: the one it is put with and, at another time, its car and driver too."""
    holders = [link.claim.resource for link in lifecycle.claims_of(booking)]
    takes = {one.id: one for one in holders if one.kind != kind} if moves else {}
    takes |= {wanted.id: wanted} if wanted is not None else {}
    occupied.refuse_if_taken(booking, takes.values(), starts_at, starts_at + (booking.ends_at - booking.starts_at))


def _times(booking: Booking, starts_at: datetime) -> dict[str, Any]:
    if starts_at == booking.starts_at:
        return {}
    return {"starts_at": starts_at, "ends_at": starts_at + (booking.ends_at - booking.starts_at)}


def _to_somebody(
    booking: Booking, wanted: Resource | None, has: Resource | None, starts_at: datetime, *, tell: bool
) -> None:
    """A crew or a driver. Whoever has it lets go first: at the new time they may have something else."""
    is_another = (wanted.id if wanted is not None else None) != (has.id if has is not None else None)
    if is_another and has is not None and booking.state == BookingState.ASSIGNED:
        lifecycle.move(booking.id, BookingState.CONFIRMED)
    if changes := _times(booking, starts_at):
        lifecycle.edit(booking.id, changes, tell=tell)
    if is_another and wanted is not None:
        if wanted.kind == ResourceKind.CREW:
            lifecycle.assign(booking.id, wanted.id)
        else:
            assignment.give_by_hand(booking.id, wanted.id)


def _to_car(
    booking: Booking, wanted: Resource | None, has: Resource | None, starts_at: datetime, *, tell: bool
) -> None:
    changes, rental = _times(booking, starts_at), rentals.rental_of(booking.id)
    if wanted is None or rental is None:
        raise NotFound()
    if has is not None and has.id == wanted.id:
        lifecycle.edit(booking.id, changes, tell=tell)
        return
    car = db.session.scalars(select(Car).where(Car.id == wanted.id)).one()
    _refuse_without_licence(car, rental.driver_id)
    for link in lifecycle.claims_of(booking):
        if link.claim.resource.kind == ResourceKind.CAR:
            claims.release(link.claim_id)
    db.session.flush()
    lifecycle.edit(booking.id, changes | {"size": f"{car.name}, {car.plate}"}, tell=tell)
    times = [(claims.period(booking.starts_at, booking.ends_at), ClaimKind.BOOKING)]
    if car.buffer_minutes:
        times.append((claims.period(booking.ends_at, booking.ends_at + car.buffer), ClaimKind.BUFFER))
    for taken in claims.claim_all(car.id, times):
        add(BookingClaim(booking_id=booking.id, claim_id=taken.id))
    rental.car_id = car.id
    db.session.flush()


def _refuse_without_licence(car: Car, driver_id: int | None) -> None:
    driver = db.session.get(Driver, driver_id) if driver_id is not None else None
    if driver is not None and car.licence not in driver.licences:
        words = _("%(driver)s may not drive %(car)s: it needs licence %(licence)s.",
                  driver=driver.name, car=car.name, licence=car.licence)  # fmt: skip
        raise Conflict(words)
