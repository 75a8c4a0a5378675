"""The business in figures, each of which equals a direct count; the last thirty days unless it says otherwise."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.bookings import numbers
from app.bookings.figures import resources_in_use
from app.bookings.models import SERVICES, Booking, BookingState
from app.bookings.periods import last_days_of
from app.fleet.queries import hold_counts
from app.kernel.businesses import get_business
from app.kernel.db import db
from app.kernel.money import Money
from app.kernel.tenancy import current_business_id
from app.web.days import business_today


@dataclass(frozen=True)
class Recent:
    """What came in during thirty days: bookings, how many are cancelled, days ahead; holds, and those booked."""

    came_in: int
    cancelled: int
    lead_days: float | None
    holds: int
    holds_booked: int

    @property
    def hold_rate(self) -> float | None:
        """Which part of the holds became a booking; None without any."""
        return round(self.holds_booked / self.holds, 4) if self.holds else None

    @property
    def cancelled_rate(self) -> float | None:
        """Which part of what came in was cancelled; None when nothing came in."""
        return round(self.cancelled / self.came_in, 4) if self.came_in else None


@dataclass(frozen=True)
class Stats:
    """What is counted: all bookings there are, and the last thirty days."""

    total: int
    by_state: dict[str, int]
    by_service: dict[str, int]
    recent: Recent
    revenue: Money
    occupancy: int


def recent() -> tuple[Recent, Recent]:
    """The last thirty days and the thirty before; two statements."""
    compared = last_days_of(business_today())
    periods = [compared.now, compared.before]
    found = []
    holds = hold_counts([period.span for period in periods])
    for values, (made, booked) in zip(numbers.values(periods, "came"), holds, strict=True):
        lead = values["lead"].amount
        cancelled = values["came_cancelled"].count
        found.append(Recent(values["came"].count, cancelled, None if lead is None else float(lead), made, booked))
    return found[0], found[1]


def stats() -> Stats:
    """A few statements, none of them longer for many bookings than a count is."""
    states, services = _counted(Booking.state), _counted(Booking.service)
    period = last_days_of(business_today()).now
    income = numbers.values([period], "job")[0]["income"].amount
    return Stats(
        total=sum(states.values()),
        by_state={str(state): states.get(state, 0) for state in BookingState},
        by_service={service: services.get(service, 0) for service in SERVICES},
        recent=recent()[0],
        revenue=Money(income or Decimal(), get_business(current_business_id()).currency),
        occupancy=resources_in_use().per_cent,
    )


def _counted(column: Any) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).select_from(Booking).group_by(column)).all()
    return {name: int(number) for name, number in rows}
