"""The jobs of somebody who drives or carries: those of the crews and drivers that bear the person's name."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from app.bookings.models import Booking, BookingClaim, BookingState
from app.fleet.models import Claim, Resource, ResourceKind
from app.kernel.db import db
from app.web.days import business_today, day_span

_OUT = (BookingState.CANCELLED, BookingState.EXPIRED, BookingState.NO_SHOW)


def jobs_today(name: str) -> Sequence[Booking]:
    """Today's bookings of the crews whose label names the person, and of the driver of that name, in order."""
    rows = select(Resource).where(Resource.kind.in_(("crew", "driver")), Resource.retired_at.is_(None))
    own = [resource.id for resource in db.session.scalars(rows) if names(resource, name)]
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


def names(resource: Resource, person: str) -> bool:
    """Whether a crew's label (`Ali Hassan, Karin Berg`) or a driver's own name is that person's."""
    written = resource.label if resource.kind == ResourceKind.CREW else resource.name
    known = {" ".join(part.split()).casefold() for part in re.split(r"[,;/&+]", written)}
    return " ".join(person.split()).casefold() in known - {""}
