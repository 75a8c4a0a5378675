"""A month of bookings: how many begin on each day, and the first of each day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select

from app.bookings.models import CALLED_OFF, Booking, BookingClaim
from app.bookings.periods import Period
from app.fleet.models import Claim, Resource
from app.kernel.db import db
from app.web.days import business_zone

#: How many of a day are named before the rest becomes a count.
NAMED_A_DAY = 4


@dataclass(frozen=True)
class Entry:
    """A booking on its day."""

    reference: str
    name: str
    service: str
    state: str
    starts_at: datetime
    has_time: bool


@dataclass(frozen=True)
class Day:
    """A day of the month, or of the weeks around it: how many bookings begin, and the first of them."""

    date: date
    count: int
    entries: tuple[Entry, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.entries)


@dataclass(frozen=True)
class Month:
    """Whole weeks from Monday; `first` is the month's own first day."""

    first: date
    weeks: tuple[tuple[Day, ...], ...]

    @property
    def days(self) -> list[Day]:
        """The days of the month itself."""
        return [day for week in self.weeks for day in week if day.date.month == self.first.month]

    @property
    def total(self) -> int:
        """How many bookings begin in the month."""
        return sum(day.count for day in self.days)


def month_of(first: date, *, service: str = "", resource: Resource | None = None) -> Month:
    """The month that begins on that day, of one service or of one crew, car or driver where that is asked for."""
    monday = first - timedelta(days=first.weekday())
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    period = Period(monday, after - timedelta(days=1) + timedelta(days=(7 - after.weekday()) % 7))
    conditions = _conditions(period, service, resource)
    counts, entries = _counts(conditions), _entries(conditions)
    days = [Day(day, counts.get(day, 0), tuple(entries[day])) for day in period.dates]
    return Month(first, tuple(tuple(days[place : place + 7]) for place in range(0, len(days), 7)))


def _conditions(period: Period, service: str, resource: Resource | None) -> list[ColumnElement[bool]]:
    begin, end = period.span
    found = [Booking.starts_at >= begin, Booking.starts_at < end, Booking.state.not_in(CALLED_OFF)]
    if service:
        found.append(Booking.service == service)
    if resource is not None:
        given = select(BookingClaim.booking_id).join(Claim, Claim.id == BookingClaim.claim_id)
        given = given.where(Claim.resource_id == resource.id, Claim.released_at.is_(None))
        found.append(Booking.id.in_(given))
    return found


def _own_day() -> Any:
    return cast(func.timezone(business_zone(), Booking.starts_at), Date)


def _counts(conditions: Sequence[ColumnElement[bool]]) -> dict[date, int]:
    rows = select(_own_day().label("day"), func.count().label("number")).where(*conditions).group_by("day")
    return {row.day: int(row.number) for row in db.session.execute(rows)}


def _entries(conditions: Sequence[ColumnElement[bool]]) -> dict[date, list[Entry]]:
    """The first of each day, by when they begin."""
    order = (Booking.starts_at, Booking.id)
    place = func.row_number().over(partition_by=_own_day(), order_by=order).label("place")
    ranked = select(Booking.id, _own_day().label("day"), place).where(*conditions).subquery()
    rows = (
        select(
            ranked.c.day, Booking.reference, Booking.contact_name, Booking.service, Booking.state, Booking.starts_at,
            Booking.has_time,
        )
        .join(ranked, ranked.c.id == Booking.id)
        .where(ranked.c.place <= NAMED_A_DAY)
        .order_by(*order)
    )  # fmt: skip
    found: dict[date, list[Entry]] = defaultdict(list)
    for row in db.session.execute(rows):
        entry = Entry(row.reference, row.contact_name, row.service, row.state, row.starts_at, row.has_time)
        found[row.day].append(entry)
    return found
