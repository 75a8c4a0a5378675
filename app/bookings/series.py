"""What the pictures of the numbers show: bookings by service and income, by day, week or month of a period."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, cast, func, select

from app.bookings.models import SERVICES, Booking, BookingState
from app.bookings.periods import Period
from app.kernel.db import db
from app.web.days import business_zone

#: So many days are drawn one by one, so many by week; longer periods by month.
MOST_BY_DAY, MOST_BY_WEEK = 62, 200


@dataclass(frozen=True)
class Step:
    """A day, a week or a month of the picture: its first day in the period, bookings by service, income."""

    first: date
    counts: tuple[int, ...]
    income: Decimal


@dataclass(frozen=True)
class Series:
    """The steps of a period; `unit` is `day`, `week` or `month`."""

    unit: str
    steps: tuple[Step, ...]

    @property
    def totals(self) -> dict[str, int]:
        """All bookings by service."""
        return {name: sum(step.counts[place] for step in self.steps) for place, name in enumerate(SERVICES)}

    @property
    def income(self) -> Decimal:
        """All of it."""
        return sum((step.income for step in self.steps), Decimal())


def series(period: Period) -> Series:
    """By the day of the job; income of the jobs that were done. One statement."""
    unit = "day" if period.days <= MOST_BY_DAY else "week" if period.days <= MOST_BY_WEEK else "month"
    begin, end = period.span
    step: Any = func.date_trunc(unit, func.timezone(business_zone(), Booking.starts_at)).label("step")
    income = func.sum(Booking.price).filter(Booking.state == BookingState.DONE).label("income")
    rows = db.session.execute(
        select(cast(step, Date).label("step"), Booking.service, func.count().label("number"), income)
        .where(Booking.starts_at >= begin, Booking.starts_at < end)
        .group_by("step", Booking.service)
    ).all()
    counts = {(row.step, row.service): row.number for row in rows}
    incomes = {(row.step, row.service): Decimal(row.income or 0) for row in rows}
    return Series(
        unit,
        tuple(
            Step(
                max(first, period.first),
                tuple(counts.get((first, name), 0) for name in SERVICES),
                sum((incomes.get((first, name), Decimal()) for name in SERVICES), Decimal()),
            )
            for first in dict.fromkeys(_first_of(unit, day) for day in period.dates)
        ),
    )


def _first_of(unit: str, day: date) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day if unit == "day" else day - timedelta(days=day.weekday())
