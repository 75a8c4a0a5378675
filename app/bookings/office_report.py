"""The report of bookings: how many by month and state, and what the done ones came to; also as a table."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import func

from app.bookings.models import SERVICES, Booking, BookingState
from app.bookings.naming import service_words
from app.bookings.office_list import bp, state_words
from app.bookings.queries import visible_bookings
from app.kernel.access import Can
from app.kernel.db import db
from app.web.days import business_today, business_zone
from app.web.doors import current_business, needs
from app.web.pages import render
from app.web.spreadsheets import download

MOST_MONTHS = 36
_CAME_TO_NOTHING = (BookingState.CANCELLED, BookingState.EXPIRED, BookingState.NO_SHOW)


@dataclass
class Month:
    """A month of the business (`2026-11`), by the day of the job."""

    name: str
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    revenue: Decimal = Decimal()

    @property
    def first(self) -> date:
        """Its first day."""
        return date.fromisoformat(f"{self.name}-01")

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    @property
    def shape(self) -> list[int]:
        """For the picture: done, still ahead or under way, and called off or nobody there."""
        done, off = self.counts[BookingState.DONE], sum(self.counts[state] for state in _CAME_TO_NOTHING)
        return [done, self.total - done - off, off]

    @property
    def total(self) -> int:
        """All bookings of the month."""
        return sum(self.counts.values())


def months(service: str = "") -> list[Month]:
    """The last 36 months in which there is any booking (of that service), the latest first; one statement."""
    month = func.to_char(func.timezone(business_zone(), Booking.starts_at), "YYYY-MM").label("month")
    price = func.coalesce(func.sum(Booking.price), 0).label("price")
    rows = visible_bookings().with_only_columns(month, Booking.state, func.count().label("number"), price)
    if service:
        rows = rows.where(Booking.service == service)
    found: dict[str, Month] = {}
    for row in db.session.execute(rows.group_by("month", Booking.state)):
        here = found.setdefault(row.month, Month(row.month))
        here.counts[row.state] = row.number
        if row.state == BookingState.DONE:
            here.revenue = Decimal(row.price)
    return sorted(found.values(), key=lambda one: one.name, reverse=True)[:MOST_MONTHS]


@bp.get("/report")
@needs(Can.READ_BOOKINGS)
def report() -> Response:
    """Bookings by month and state, of one service where one asks."""
    service, offered = _service(), current_business().services
    return render(
        "bookings/office/report.html",
        months=months(service),
        states=state_words(),
        service=service,
        services=[name for name in SERVICES if name in offered or name == service],
        service_words=service_words,
    )


@bp.get("/report.csv")
@needs(Can.READ_BOOKINGS)
def report_table() -> Response:
    """The same, as a table to take along."""
    states = state_words()
    service = _service()
    rows = [[one.name, *(one.counts[state] for state in states), one.total, one.revenue] for one in months(service)]

    def pages() -> Iterator[list[list[Any]]]:
        yield rows

    heads = [_("Month"), *states.values(), _("All"), _("Revenue of jobs done")]
    name = "-".join(part for part in ("report", service, business_today().isoformat()) if part)
    return download(f"{name}.csv", heads, pages)


def _service() -> str:
    """Which service is asked for; empty for all."""
    asked = request.args.get("service", "")
    return asked if asked in SERVICES else ""
