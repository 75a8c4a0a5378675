"""The jobs of somebody who drives or carries: those of the crews and drivers that bear the person's name."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.bookings.models import Booking, BookingClaim, BookingState, DriverState, Rental
from app.fleet.models import Claim, Driver, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db
from app.web.days import business_today, day_span

_OUT = (BookingState.CANCELLED, BookingState.EXPIRED, BookingState.NO_SHOW)


def jobs_today(name: str, user_id: int | None = None) -> Sequence[Booking]:
    """Today's bookings of the crews whose label names the person, and of the driver whose log-in or name it is."""
    rows = select(Resource).where(Resource.kind.in_(("crew", "driver")), Resource.retired_at.is_(None))
    drives = set(drivers_of(user_id))
    own = [resource.id for resource in db.session.scalars(rows) if resource.id in drives or names(resource, name)]
    if not own:
        return []
    begin, end = day_span(business_today())
    given = (
        select(BookingClaim.booking_id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .where(Claim.resource_id.in_(own), Claim.released_at.is_(None))
    )
    jobs = select(Booking).where(Booking.id.in_(given), Booking.starts_at >= begin, Booking.starts_at < end)
    return db.session.scalars(jobs.where(Booking.state.not_in(_OUT)).order_by(Booking.starts_at, Booking.id)).all()


def drivers_of(user_id: int | None) -> Sequence[int]:
    """The drivers whose log-in that is."""
    return db.session.scalars(select(Driver.id).where(Driver.user_id == user_id)).all() if user_id is not None else []


def rentals_of(user_id: int) -> Sequence[Rental]:
    """The rentals still to come that this driver was asked for or has taken, the first one first."""
    rows = select(Rental).join(Booking, Booking.id == Rental.booking_id).options(contains_eager(Rental.booking))
    rows = rows.where(
        Rental.driver_id.in_(drivers_of(user_id)),
        Rental.driver_state.in_((DriverState.OFFERED, DriverState.ACCEPTED)),
        Booking.state == BookingState.ASSIGNED,
        Booking.ends_at > clock.now(),
    )
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id).limit(50)).all()


def names(resource: Resource, person: str) -> bool:
    """Whether a crew's label (`Ali Hassan, Karin Berg`) or a driver's own name is that person's."""
    written = resource.label if resource.kind == ResourceKind.CREW else resource.name
    known = {" ".join(part.split()).casefold() for part in re.split(r"[,;/&+]", written)}
    return " ".join(person.split()).casefold() in known - {""}
