"""Who could take what nobody has yet, and why: proposals only. Whoever accepts one has it checked again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import assignment, offers
from app.bookings.models import Booking, Rental
from app.bookings.timeline import why_words
from app.fleet.models import Car, ClaimKind, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db
from app.office import planboard_queries as queries
from app.web.days import day_span
from app.web.presentation import local

#: So many are thought about at once; the rest follows when these are given.
MOST = 20


@dataclass(frozen=True)
class Suggestion:
    """That booking for that crew or driver, with the reason in words."""

    booking: Booking
    resource: Resource
    why: str


@dataclass
class Suggested:
    """What was found, and for whom nobody was."""

    found: list[Suggestion] = field(default_factory=list)
    nobody: list[Booking] = field(default_factory=list)


def suggest(kind: ResourceKind, waiting: Sequence[Booking], days: Sequence[date]) -> Suggested:
    """Who takes which of these bookings: the first first, each by whoever is free then and has least to do."""
    ahead = [one for one in waiting if one.ends_at > clock.now()][:MOST]
    return _crews(ahead, days) if kind is ResourceKind.CREW else _drivers(ahead)


def _crews(waiting: Sequence[Booking], days: Sequence[date]) -> Suggested:
    made = Suggested()
    crews = db.session.scalars(queries.resources(ResourceKind.CREW)).all()
    pieces = queries.pieces([crew.id for crew in crews], *day_span(days[0], days[-1]))
    taken: dict[int, list[tuple[datetime, datetime, str]]] = {crew.id: [] for crew in crews}
    for piece in pieces:
        if piece.resource_id is not None:
            taken[piece.resource_id].append((piece.begins, piece.ends, piece.kind))
    for booking in waiting:
        way, day = offers.rules(booking.service).travel, local(booking.starts_at).date()
        free = [crew for crew in crews if _has_time(taken[crew.id], booking, way)]
        if not free:
            made.nobody.append(booking)
            continue
        load = {crew.id: _load(taken[crew.id], day) for crew in free}
        best = min(free, key=lambda crew: (load[crew.id], len(crew.name), crew.name))
        hours = round(load[best.id] / timedelta(hours=1), 1)
        why = _("Free then, with time for the way; has %(hours)s h that day, the least.", hours=f"{hours:g}")
        made.found.append(Suggestion(booking, best, why))
        taken[best.id].append((booking.starts_at, booking.ends_at, ClaimKind.BOOKING))
    return made


def _has_time(taken: list[tuple[datetime, datetime, str]], booking: Booking, way: timedelta) -> bool:
    """Free for the whole job, and with the way to and from other jobs; time off needs no way."""
    for begins, ends, kind in taken:
        gap = way if kind == ClaimKind.BOOKING else timedelta()
        if begins < booking.ends_at + gap and booking.starts_at < ends + gap:
            return False
    return True


def _load(taken: list[tuple[datetime, datetime, str]], day: date) -> timedelta:
    own = (ends - begins for begins, ends, kind in taken if kind == ClaimKind.BOOKING and local(begins).date() == day)
    return sum(own, timedelta())


def _drivers(waiting: Sequence[Booking]) -> Suggested:
    made = Suggested()
    rows = select(Rental, Car).join(Car, Car.id == Rental.car_id)
    rows = rows.where(Rental.booking_id.in_([one.id for one in waiting]))
    known = {row.Rental.booking_id: (row.Rental, row.Car) for row in db.session.execute(rows)}
    given: list[Suggestion] = []
    for booking in waiting:
        rental, car = known[booking.id]
        out = {one.resource.id for one in given if _too_close(one.booking, booking)}
        found = [one for one in assignment.candidates(booking, car, rental.passed) if one.driver.id not in out]
        if not found:
            made.nobody.append(booking)
            continue
        given.append(Suggestion(booking, found[0].driver.resource, why_words(found[0].why)))
    made.found = given
    return made


def _too_close(one: Booking, other: Booking) -> bool:
    gap = assignment.TRAVEL_GAP
    return one.starts_at < other.ends_at + gap and other.starts_at < one.ends_at + gap
