"""How much crews and cars are in use: the time of their bookings, of the time that they could have had any.

A crew can work eight hours a weekday, less its time off then. A car can be let at any hour, less its time off the road
and the turnaround behind each rental: neither is idle time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import selectinload

from app.bookings.models import Booking, BookingClaim
from app.bookings.periods import Period
from app.bookings.queries import visible_bookings
from app.fleet.models import Claim, ClaimKind, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db
from app.web.days import business_zone, day_span

#: What a crew can work on a weekday; what its jobs are measured against.
CREW_HOURS = 8
KINDS = (ResourceKind.CREW, ResourceKind.CAR)


@dataclass(frozen=True)
class Used:
    """A crew's or car's hours in a period: booked, of those it could have had; its bookings, and whether one is now."""

    hours: float
    available: float
    bookings: int
    is_busy: bool = False

    @property
    def per_cent(self) -> int:
        """Which part of its time was booked, at most 100."""
        return min(100, round(self.hours * 100 / self.available)) if self.available > 0 else 0


@dataclass(frozen=True)
class Row:
    """A crew or a car with its use in each of the periods."""

    resource: Resource
    used: tuple[Used, ...]


def used(periods: Sequence[Period]) -> list[Row]:
    """Crews first, then cars, by name, with their use in each period; three statements."""
    resources = db.session.scalars(
        select(Resource)
        .where(Resource.kind.in_(KINDS), Resource.retired_at.is_(None))
        .order_by(Resource.kind.desc(), func.length(Resource.name), Resource.name, Resource.id)
    ).all()
    if not resources:
        return []
    taken = _taken(periods)
    off = _off(periods, {one.id for one in resources if one.kind == ResourceKind.CREW})
    return [Row(one, tuple(_used(one, place, period, taken, off) for place, period in enumerate(periods)))
            for one in resources]  # fmt: skip


def bookings_of(resource: Resource, period: Period) -> Select[Booking]:
    """Exactly the bookings that are counted for it in that period, the earliest first."""
    begin, end = period.span
    links = (
        select(BookingClaim.booking_id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .where(Claim.resource_id == resource.id, _counts(), Claim.during.op("&&")(func.tstzrange(begin, end, "[)")))
    )
    rows = visible_bookings().where(Booking.id.in_(links)).options(selectinload(Booking.claims))
    return rows.order_by(Booking.starts_at, Booking.id)


def _counts() -> Any:
    return and_(Claim.kind == ClaimKind.BOOKING, Claim.released_at.is_(None))


def _used(
    resource: Resource, place: int, period: Period, taken: dict[Any, Any], off: dict[tuple[int, int], float]
) -> Used:
    row = taken.get((place, resource.id))
    if row is None:
        hours, lost, bookings, is_busy = 0.0, 0.0, 0, False
    else:
        hours, lost, bookings, is_busy = float(row.booked), float(row.lost), row.bookings, bool(row.is_busy)
    if resource.kind == ResourceKind.CREW:
        whole = CREW_HOURS * sum(day.weekday() < 5 for day in period.dates)
        return Used(hours, whole - off.get((place, resource.id), 0.0), bookings, is_busy)
    begin, end = period.span
    return Used(hours, (end - begin) / timedelta(hours=1) - lost, bookings, is_busy)


def _taken(periods: Sequence[Period]) -> dict[Any, Any]:
    """By period and resource: the hours of bookings and how many, the hours of turnaround and off the road."""
    parts = []
    for place, period in enumerate(periods):
        begin, end = period.span
        inside = func.least(func.upper(Claim.during), end) - func.greatest(func.lower(Claim.during), begin)
        hours = func.extract("epoch", inside) / 3600
        is_booking = Claim.kind == ClaimKind.BOOKING
        parts.append(
            select(
                literal(place).label("place"), Claim.resource_id.label("resource_id"),
                func.coalesce(func.sum(hours).filter(is_booking), 0).label("booked"),
                func.coalesce(func.sum(hours).filter(~is_booking), 0).label("lost"),
                func.count().filter(is_booking).label("bookings"),
                func.bool_or(and_(is_booking, Claim.during.contains(clock.now()))).label("is_busy"),
            )
            .where(
                Claim.during.op("&&")(func.tstzrange(begin, end, "[)")), Claim.released_at.is_(None),
                or_(is_booking, Claim.kind == ClaimKind.BLOCK, _is_turnaround()),
            )
            .group_by(Claim.resource_id)
        )  # fmt: skip
    return {(row.place, row.resource_id): row for row in db.session.execute(union_all(*parts))}


def _is_turnaround() -> Any:
    """The time behind a rental; behind a mere hold nothing has been promised yet."""
    return and_(Claim.kind == ClaimKind.BUFFER, Claim.expires_at.is_(None))


def _off(periods: Sequence[Period], crews: set[int]) -> dict[tuple[int, int], float]:
    """The hours that crews are off on weekdays, at most a whole day's work each, by period and crew."""
    wide = Period(min(one.first for one in periods), max(one.last for one in periods))
    begin, end = wide.span
    blocks = db.session.scalars(
        select(Claim).where(
            Claim.kind == ClaimKind.BLOCK, Claim.released_at.is_(None), Claim.resource_id.in_(crews),
            Claim.during.op("&&")(func.tstzrange(begin, end, "[)")),
        )
    ).all()  # fmt: skip
    a_day: dict[tuple[int, date], float] = defaultdict(float)
    for block in blocks:
        for day, hours in _weekdays_of(block, begin, end):
            a_day[block.resource_id, day] += hours
    return {
        (place, crew): sum(
            min(CREW_HOURS, hours)
            for (whose, day), hours in a_day.items()
            if whose == crew and period.first <= day <= period.last
        )
        for place, period in enumerate(periods)
        for crew in {whose for whose, _day in a_day}
    }


def _weekdays_of(block: Claim, begin: datetime, end: datetime) -> Iterator[tuple[date, float]]:
    """The weekdays that a block takes anything of, with the hours, as far as it lies in that time."""
    lower, upper = max(block.during.lower or begin, begin), min(block.during.upper or end, end)
    zone = ZoneInfo(business_zone())
    day = lower.astimezone(zone).date()
    while (opens_and_closes := day_span(day))[0] < upper:
        opens, closes = opens_and_closes
        if day.weekday() < 5:
            yield day, (min(upper, closes) - max(lower, opens)) / timedelta(hours=1)
        day += timedelta(days=1)
