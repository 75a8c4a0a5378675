"""The business in figures, each of which equals a direct count; the last thirty days unless it says otherwise."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.bookings.figures import resources_in_use
from app.bookings.models import Booking, BookingState
from app.fleet.queries import holds_made_since
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import db
from app.kernel.money import Money
from app.kernel.tenancy import current_business_id
from app.web.days import day_span, last_days

_S = BookingState


@dataclass(frozen=True)
class Stats:
    """What is counted: of all bookings there are, and of those that came in during the last thirty days."""

    total: int
    by_state: dict[str, int]
    by_service: dict[str, int]
    came_in: int
    cancelled: int
    lead_days: float | None
    revenue: Money
    occupancy: int
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


def stats() -> Stats:
    """Five statements, none of them longer for many bookings than a count is."""
    begin, end = day_span(*last_days())
    states, services = _counted(Booking.state), _counted(Booking.service)
    since = clock.now() - timedelta(days=30)
    lead = func.avg(func.extract("epoch", Booking.starts_at - Booking.created_at)) / 86_400
    came = db.session.execute(
        select(
            func.count().label("all"),
            func.count().filter(Booking.state == _S.CANCELLED).label("cancelled"),
            lead.label("lead"),
        )
        .select_from(Booking)
        .where(Booking.created_at >= since)
    ).one()
    earned = select(func.coalesce(func.sum(Booking.price), 0)).where(
        Booking.state == _S.DONE, Booking.starts_at >= begin, Booking.starts_at < end
    )
    made, booked = holds_made_since(since)
    return Stats(
        total=sum(states.values()),
        by_state={str(state): states.get(state, 0) for state in BookingState},
        by_service={service: services.get(service, 0) for service in ("move", "cleaning", "car")},
        came_in=int(came.all),
        cancelled=int(came.cancelled),
        lead_days=None if came.lead is None else round(float(came.lead), 2),
        revenue=Money(Decimal(db.session.scalar(earned) or 0), get_business(current_business_id()).currency),
        occupancy=resources_in_use().per_cent,
        holds=made,
        holds_booked=booked,
    )


def _counted(column: Any) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).select_from(Booking).group_by(column)).all()
    return {name: int(number) for name, number in rows}
