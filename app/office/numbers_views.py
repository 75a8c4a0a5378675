"""The owner's page of numbers, the lists behind them, and the table to take along."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.bookings import numbers, use
from app.bookings.models import Booking, Rental
from app.bookings.numbers import MEASURES
from app.bookings.office_list import state_words
from app.bookings.office_parts import words
from app.bookings.periods import PRESETS, Compared, Period, chosen, own
from app.bookings.queries import holder_of
from app.bookings.series import series
from app.fleet.models import Hold, Resource
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.office import numbers_page
from app.office.numbers_page import HOLDS
from app.web.days import business_today, day_in
from app.web.doors import needs
from app.web.nav import Entry, add_entry
from app.web.pages import Page, one_or_404, page_number, paged, render
from app.web.presentation import day
from app.web.spreadsheets import download

bp = Blueprint("numbers", __name__, url_prefix="/admin/numbers")
ROWS_A_PAGE = 50
NAMES = {
    "month": _l("This month"),
    "last_month": _l("Last month"),
    "year": _l("This year"),
    "to_today": _l("1 Jan to today"),
    "twelve_months": _l("Last 12 months"),
}


@bp.get("")
@needs(Can.READ_NUMBERS)
def index() -> Response:
    """Each number of a period beside the same days of the period before and of last year, with its definition."""
    compared = _compared()
    return render(
        "office/numbers/index.html",
        "office/numbers/_numbers.html",
        compared=compared,
        heads=_heads(compared),
        groups=numbers_page.groups(compared),
        series=series(compared.now),
        presets={name: NAMES[name] for name in PRESETS},
        **words(),
    )


@bp.get("/table.csv")
@needs(Can.READ_NUMBERS)
def table() -> Response:
    """The same numbers, as a table to take along."""
    compared = _compared()
    lines = [
        [group.title, line.title, *(cell.plain for cell in line.cells), line.words or group.words]
        for group in numbers_page.groups(compared)
        for line in group.lines
    ]
    cells = [[str(one) if not isinstance(one, int) and one is not None else one for one in line] for line in lines]

    def pages() -> Iterator[list[list[Any]]]:
        yield cells

    name = f"numbers-{compared.now.first.isoformat()}-{compared.now.last.isoformat()}.csv"
    return download(name, [_("Part"), _("Figure"), *_heads(compared), _("What it means")], pages)


@bp.get("/<key>")
@needs(Can.READ_NUMBERS)
def rows(key: str) -> Response:
    """Exactly what one number counts."""
    period = _compared().now
    if key in HOLDS:
        return _holds(key, period)
    measure = MEASURES.get(key)
    if measure is None:
        raise NotFound()
    value = numbers.values([period], measure.day)[0][key]
    said = "" if measure.says == "count" else numbers_page.written(measure.says, value.amount)
    found = paged(measure.rows(period), page=page_number(), per_page=ROWS_A_PAGE)
    return _list(found, period, title=measure.title, meaning=measure.words, said=said, by_came=measure.day == "came")


@bp.get("/use/<public_id>")
@needs(Can.READ_NUMBERS)
def used(public_id: str) -> Response:
    """The bookings that kept a crew or a car busy."""
    resource = one_or_404(select(Resource).where(Resource.public_id == public_id, Resource.kind.in_(use.KINDS)))
    period = _compared().now
    found = paged(use.bookings_of(resource, period), page=page_number(), per_page=ROWS_A_PAGE)
    meaning = _("Its bookings that take any time of these days.")
    return _list(found, period, title=resource.name, meaning=meaning)


def _list(found: Page[Booking], period: Period, **more: Any) -> Response:
    context: dict[str, Any] = {"said": "", "by_came": False} | more
    page = "office/numbers/list.html"
    return render(page, rows=found, period=period, states=state_words(), holder_of=holder_of, **context, **words())


def _holds(key: str, period: Period) -> Response:
    title, meaning = HOLDS[key]
    found: Page[Hold] = paged(numbers_page.holds_of(key, period), page=page_number(), per_page=ROWS_A_PAGE)
    booked = db.session.execute(
        select(Rental.hold_id, Booking)
        .join(Booking, Booking.id == Rental.booking_id)
        .where(Rental.hold_id.in_([hold.id for hold in found]))
    )
    bookings = {row.hold_id: row.Booking for row in booked}
    page = "office/numbers/holds.html"
    return render(page, rows=found, period=period, title=title, meaning=meaning, bookings=bookings)


def _compared() -> Compared:
    """What the address asks for: two dates, else a preset, else this month."""
    args, today = request.args, business_today()
    first, last = day_in(args.get("from", "")), day_in(args.get("to", ""))
    if first is not None or last is not None:
        return own(first or last or today, last or first or today)
    return chosen(args.get("period", ""), today)


def _heads(compared: Compared) -> list[str]:
    return [f"{day(period.first)} – {day(period.last)}" for period in compared.all]


def set_up(_app: Flask) -> None:
    """Stand in the sidebar of those who may look."""
    add_entry(Entry("today", _l("Figures"), "numbers.index", icon="chart-column", right=Can.READ_NUMBERS))
