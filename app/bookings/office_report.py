"""The report of bookings: how many by month and state, and what the done ones came to; also as a table."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import func

from app.bookings.models import Booking, BookingState
from app.bookings.office_list import bp, state_words
from app.bookings.queries import visible_bookings
from app.kernel.access import Can
from app.kernel.db import db
from app.web.days import business_today, business_zone
from app.web.doors import needs
from app.web.pages import render
from app.web.spreadsheets import download

MOST_MONTHS = 36


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
    def total(self) -> int:
        """All bookings of the month."""
        return sum(self.counts.values())


def months() -> list[Month]:
    """The last 36 months in which there is any booking, the latest first; one statement."""
    month = func.to_char(func.timezone(business_zone(), Booking.starts_at), "YYYY-MM").label("month")
    price = func.coalesce(func.sum(Booking.price), 0).label("price")
    rows = visible_bookings().with_only_columns(month, Booking.state, func.count().label("number"), price)
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
    """Bookings by month and state."""
    return render("bookings/office/report.html", months=months(), states=state_words())


@bp.get("/report.csv")
@needs(Can.READ_BOOKINGS)
def report_table() -> Response:
    """The same, as a table to take along."""
    states = state_words()
    rows = [[one.name, *(one.counts[state] for state in states), one.total, one.revenue] for one in months()]

    def pages() -> Iterator[list[list[Any]]]:
        yield rows

    heads = [_("Month"), *states.values(), _("All"), _("Revenue of jobs done")]
    return download(f"report-{business_today().isoformat()}.csv", heads, pages)
