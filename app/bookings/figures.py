"""What the office counts: jobs of a day, bookings and revenue by day, how much crews and cars are in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.bookings import use
from app.bookings.models import CALLED_OFF, SERVICES, Booking
from app.bookings.periods import Period
from app.bookings.queries import visible_bookings
from app.fleet.models import Claim, ClaimKind
from app.kernel.db import db
from app.web.days import DayByDay, by_day, day_span, last_days


@dataclass(frozen=True)
class InUse:
    """How much of a resource's time was taken by bookings, of what it had: per cent, at most 100."""

    name: str
    per_cent: int


@dataclass(frozen=True)
class Use:
    """How much the crews (or, where there are none, the cars) were in use in the last 30 days, and how many are now."""

    kind: str
    rows: tuple[InUse, ...]
    now: int

    @property
    def per_cent(self) -> int:
        """Of all of them together."""
        return round(sum(row.per_cent for row in self.rows) / len(self.rows)) if self.rows else 0


def jobs_of(day: date) -> Sequence[Booking]:
    """The bookings that start on that day or go on into it, with their crews; not those that were called off."""
    begin, end = day_span(day)
    # Which of them go on is told by the index: only those rows are read, not all that began in the weeks before.
    those = select(Booking.id).where(
        Booking.starts_at < end, Booking.starts_at >= begin - timedelta(days=90), Booking.ends_at > begin,
        Booking.state.not_in(CALLED_OFF),
    )  # fmt: skip
    rows = visible_bookings().options(selectinload(Booking.claims)).where(Booking.id.in_(those))
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id)).all()


def blocks_of(day: date) -> Sequence[Claim]:
    """When crews and cars are off on that day (sick, in the workshop)."""
    begin, end = day_span(day)
    during = func.tstzrange(begin, end, "[)")
    rows = select(Claim).where(
        Claim.kind == ClaimKind.BLOCK, Claim.released_at.is_(None), Claim.during.op("&&")(during)
    )
    return db.session.scalars(rows).all()


def newest_bookings(count: int) -> Sequence[Booking]:
    """The bookings that came in last."""
    rows = visible_bookings().order_by(Booking.created_at.desc(), Booking.id.desc()).limit(count)
    return db.session.scalars(rows).all()


def came_since(at: datetime) -> int:
    """How many bookings came in since then."""
    return db.session.scalar(select(func.count()).select_from(Booking).where(Booking.created_at >= at)) or 0


def bookings_a_day() -> DayByDay:
    """How many bookings came in on each of the last 30 days, by service."""
    return by_day(Booking.created_at, func.count(), SERVICES, name=Booking.service)


def revenue_a_day() -> DayByDay:
    """The prices of the jobs that were done, by the day on which they were to be done."""
    price = func.coalesce(func.sum(Booking.price), 0)
    return by_day(Booking.starts_at, price, ("done",), name=Booking.state)


def resources_in_use() -> Use:
    """How much of their time crews had jobs (of 8 hours a weekday) or cars were out; what is idle, `use` says."""
    found = use.used([Period(*last_days())])
    kind = "crew" if any(row.resource.kind == "crew" for row in found) else "car"
    rows = [row for row in found if row.resource.kind == kind]
    in_use = tuple(InUse(row.resource.name, row.used[0].per_cent) for row in rows)
    return Use(kind, in_use, sum(row.used[0].is_busy for row in rows))
