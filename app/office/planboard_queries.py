"""Reads of the dispatcher's board: as many statements for forty bookings as for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select

from app.bookings.models import CALLED_OFF, Booking, BookingClaim, BookingState, DriverState, Rental
from app.fleet.models import Claim, Hold, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db

_S = BookingState


@dataclass(frozen=True)
class Piece:
    """A resource's time, taken; what nobody has yet has no resource."""

    resource_id: int | None
    kind: str
    begins: datetime
    ends: datetime
    reason: str
    booking: Booking | None
    expires_at: datetime | None = None


def resources(kind: ResourceKind, q: str = "") -> Select[Resource]:
    """Those of that kind in use whose name or label has these letters, by name: Crew 2 before Crew 10."""
    rows = select(Resource).where(Resource.kind == kind, Resource.retired_at.is_(None))
    if q:
        words = func.lower(Resource.name + " " + Resource.label)
        rows = rows.where(words.contains(q.lower(), autoescape=True))
    if kind is ResourceKind.CREW:
        return rows.order_by(func.length(Resource.name), Resource.name, Resource.id)
    return rows.order_by(Resource.name, Resource.label, Resource.id)


def pieces(resource_ids: Sequence[int], begins: datetime, ends: datetime) -> list[Piece]:
    """Everything that takes their time then: bookings, live holds, buffers, time off. One statement."""
    rows = (
        select(
            Claim.resource_id, Claim.kind, func.lower(Claim.during).label("begins"),
            func.upper(Claim.during).label("ends"), Claim.reason, Claim.expires_at, Booking,
        )
        .outerjoin(BookingClaim, BookingClaim.claim_id == Claim.id)
        .outerjoin(Booking, Booking.id == BookingClaim.booking_id)
        .where(
            Claim.resource_id.in_(resource_ids), Claim.released_at.is_(None),
            or_(Claim.expires_at.is_(None), Claim.expires_at > clock.now()),
            Claim.during.op("&&")(func.tstzrange(begins, ends, "[)")),
        )
    )  # fmt: skip
    return [
        Piece(row.resource_id, row.kind, row.begins, row.ends, row.reason, row.Booking, row.expires_at)
        for row in db.session.execute(rows)
    ]


def waiting(kind: ResourceKind, begins: datetime, ends: datetime) -> Sequence[Booking]:
    """The bookings of that time which nobody has yet; a rental always has its car."""
    if kind is ResourceKind.CAR:
        return []
    rows = select(Booking).where(Booking.starts_at < ends, Booking.ends_at > begins)
    if kind is ResourceKind.DRIVER:
        wants = or_(
            Rental.driver_state.in_((DriverState.WANTED, DriverState.NOBODY)),
            and_(Rental.driver_state == DriverState.NONE, Hold.with_driver),
        )
        rows = rows.join(Rental, Rental.booking_id == Booking.id).join(Hold, Hold.id == Rental.hold_id)
        rows = rows.where(Booking.state == _S.CONFIRMED, wants)
    else:
        given = exists(
            select(BookingClaim.id)
            .join(Claim, Claim.id == BookingClaim.claim_id)
            .where(BookingClaim.booking_id == Booking.id, Claim.released_at.is_(None))
        )
        rows = rows.where(Booking.service != "car", Booking.state.in_((_S.RECEIVED, _S.CONFIRMED)), ~given)
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id)).all()


def drivers_of(booking_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """How far each rental is with its driver, and the driver's name."""
    rows = (
        select(Rental.booking_id, Rental.driver_state, Resource.name)
        .outerjoin(Resource, Resource.id == Rental.driver_id)
        .where(Rental.booking_id.in_(booking_ids))
    )
    return {row.booking_id: (row.driver_state, row.name or "") for row in db.session.execute(rows)}


def jobs_of(resource: Resource, begins: datetime, ends: datetime) -> Sequence[Booking]:
    """What that crew, car or driver has in that time, in order."""
    given = (
        select(BookingClaim.booking_id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .where(
            Claim.resource_id == resource.id, Claim.released_at.is_(None), Claim.kind == "booking",
            Claim.during.op("&&")(func.tstzrange(begins, ends, "[)")),
        )
    )  # fmt: skip
    rows = select(Booking).where(Booking.id.in_(given), Booking.state.not_in(CALLED_OFF))
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id)).all()
