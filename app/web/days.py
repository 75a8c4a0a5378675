"""Days of the business in scope: where they begin and end, and what was counted on each of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, case, cast, func, select

from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import db
from app.kernel.tenancy import current_business_id

DAYS = 30


def business_zone() -> str:
    """The time zone of the business in scope."""
    return get_business(current_business_id()).time_zone


def business_today() -> date:
    """The day that it is at the business in scope."""
    return clock.today(business_zone())


def day_in(text: str) -> date | None:
    """The day that an address or a form names; None for anything else, and for years that nobody means."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2100 else None


def day_span(first: date, last: date | None = None) -> tuple[datetime, datetime]:
    """From the first instant of a day of the business up to, not including, the end of `last` (or of the same day)."""
    zone = business_zone()
    return clock.wall_time(first, 0, 0, zone), clock.wall_time((last or first) + timedelta(days=1), 0, 0, zone)


def last_days() -> tuple[date, date]:
    """The first and the last of the 30 days that end today."""
    today = business_today()
    return today - timedelta(days=DAYS - 1), today


@dataclass(frozen=True)
class DayByDay:
    """Numbers of the last 30 days, and the sum of the 30 before: `rows` are (day, a number for each of `names`)."""

    names: tuple[str, ...]
    rows: tuple[tuple[date, tuple[Decimal, ...]], ...]
    before: Decimal

    @property
    def total(self) -> Decimal:
        """All numbers of the 30 days."""
        return sum((sum(numbers, Decimal()) for _day, numbers in self.rows), Decimal())

    @property
    def change(self) -> int | None:
        """By how many per cent it is more than in the 30 days before; None when there was nothing to compare with."""
        return round((self.total - self.before) * 100 / self.before) if self.before else None

    @property
    def columns(self) -> list[list[float]]:
        """The numbers of each day, for a picture."""
        return [[float(one) for one in numbers] for _day, numbers in self.rows]

    def total_of(self, name: str) -> Decimal:
        """All numbers of one name."""
        place = self.names.index(name)
        return sum((numbers[place] for _day, numbers in self.rows), Decimal())


def by_day(at: Any, number: Any, names: tuple[str, ...], *, name: Any) -> DayByDay:
    """`number` (SQL) by the day of `at` and by `name`, for the last 30 days and the 30 before; one statement."""
    first, last = last_days()
    begin, end = day_span(first - timedelta(days=DAYS), last)
    own_day = cast(func.timezone(business_zone(), at), Date)
    shown = case((at >= day_span(first)[0], own_day), else_=None).label("shown_day")
    rows = db.session.execute(
        select(shown, name.label("shown_name"), number.label("amount"))
        .where(at >= begin, at < end, name.in_(names))
        .group_by("shown_day", "shown_name")
    ).all()
    found = {(row.shown_day, row.shown_name): Decimal(row.amount) for row in rows}
    before = sum((amount for (when, _name), amount in found.items() if when is None), Decimal())
    days = [first + timedelta(days=step) for step in range(DAYS)]
    return DayByDay(
        names, tuple((day, tuple(found.get((day, one), Decimal()) for one in names)) for day in days), before
    )
