"""The numbers of a business, each defined once: for the page, its lists and table, the office and the API.

A number of bookings belongs to the day of the job, or to the day on which the booking came in; it says which. What
counts is one condition, used over the counted groups and over the rows of its list alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, literal, select, true, union_all
from sqlalchemy.orm import selectinload

from app.bookings.models import OPEN, Booking, BookingState
from app.bookings.periods import Period
from app.bookings.queries import visible_bookings
from app.kernel.db import db

_S = BookingState
_AGREED = func.coalesce(Booking.price, Booking.price_low)
#: To which day a booking belongs: to that of its job, or to that on which it came in.
_AT: dict[str, Any] = {"job": Booking.starts_at, "came": Booking.created_at}
#: What conditions may ask of a booking, and what is added up.
_ASKED: dict[str, dict[str, Any]] = {
    "job": {
        "service": Booking.service,
        "state": Booking.state,
        "is_late": Booking.cancelled_late,
        "is_priced": Booking.price.is_not(None),
        "has_amount": _AGREED.is_not(None),
    },
    "came": {"state": Booking.state},
}
_SUMS: dict[str, dict[str, Any]] = {
    "job": {"price": func.sum(Booking.price), "agreed": func.sum(_AGREED)},
    "came": {"lead": func.sum(func.extract("epoch", Booking.starts_at - Booking.created_at))},
}


@dataclass(frozen=True)
class Measure:
    """One number: what it is called, what it means in plain words, and which bookings count."""

    key: str
    group: str
    title: Any
    words: Any
    counts: Callable[[Any], ColumnElement[bool]]
    #: To which day a booking belongs: `job` (when it is done) or `came` (when it was booked).
    day: str = "job"
    #: What is said of those bookings: `count` them, add up their `price` or `agreed` amount, or their mean `lead`.
    says: str = "count"

    def rows(self, period: Period) -> Select[Booking]:
        """Exactly the bookings that count in that period, the earliest first."""
        at, (begin, end) = _AT[self.day], period.span
        rows = visible_bookings().where(at >= begin, at < end, self.counts(SimpleNamespace(**_ASKED[self.day])))
        return rows.order_by(at, Booking.id).options(selectinload(Booking.claims))


@dataclass(frozen=True)
class Value:
    """What a number is in a period: `amount` as it reads, and how many rows its list has."""

    amount: Decimal | None
    count: int


def _state(name: str) -> Callable[[Any], ColumnElement[bool]]:
    return lambda one: one.state == name


def _service(name: str) -> Callable[[Any], ColumnElement[bool]]:
    return lambda one: one.service == name


MEASURES: dict[str, Measure] = {
    one.key: one
    for one in (
        Measure(
            "came", "came", _l("Bookings that came in"),
            _l("By the day on which they were booked, whatever became of them since."), lambda _one: true(), day="came",
        ),
        Measure(
            "came_cancelled", "came", _l("Cancelled since"),
            _l("Of those that came in: how many are cancelled by now."), _state(_S.CANCELLED), day="came",
        ),
        Measure(
            "lead", "came", _l("Lead time in days"),
            _l("Of those that came in: the days from booking to the start of the job, on average."),
            lambda _one: true(), day="came", says="lead",
        ),
        Measure(
            "jobs", "jobs", _l("Bookings for these days"),
            _l("By the day of the job, in any state: also cancelled ones."), lambda _one: true(),
        ),
        Measure("move", "jobs", _l("Moves"), _l("Of the bookings for these days."), _service("move")),
        Measure("cleaning", "jobs", _l("Cleanings"), _l("Of the bookings for these days."), _service("cleaning")),
        Measure("car", "jobs", _l("Cars rented"), _l("Of the bookings for these days."), _service("car")),
        Measure(
            "received", "states", _l("Waiting for your yes"), _l("Received, not confirmed yet."), _state(_S.RECEIVED),
        ),
        Measure("confirmed", "states", _l("Confirmed"), _l("Nobody has the job yet."), _state(_S.CONFIRMED)),
        Measure("assigned", "states", _l("Assigned"), _l("Given to a crew or a driver."), _state(_S.ASSIGNED)),
        Measure("in_progress", "states", _l("In progress"), _l("Under way now."), _state(_S.IN_PROGRESS)),
        Measure("done", "states", _l("Done"), _l("Finished jobs."), _state(_S.DONE)),
        Measure("expired", "states", _l("Expired"), _l("Never confirmed before their time came."), _state(_S.EXPIRED)),
        Measure(
            "cancelled", "lost", _l("Cancelled"),
            _l("Jobs of these days that were cancelled, by the customer or by you."), _state(_S.CANCELLED),
        ),
        Measure(
            "late", "lost", _l("Late cancellations"),
            _l("Of the cancelled: those after the time until which the customer may cancel."),
            lambda one: (one.state == _S.CANCELLED) & one.is_late.is_(True),
        ),
        Measure(
            "no_show", "lost", _l("No-shows"), _l("We came and nobody was there, or the car was never fetched."),
            _state(_S.NO_SHOW),
        ),
        Measure(
            "income", "money", _l("Income of jobs done"),
            _l("The prices agreed for the jobs that were done on these days."),
            lambda one: (one.state == _S.DONE) & one.is_priced, says="price",
        ),
        Measure(
            "promised", "money", _l("Promised"),
            _l("Jobs of these days that are still open: the agreed price, else the lowest that was shown."),
            lambda one: one.state.in_(OPEN) & one.has_amount, says="agreed",
        ),
        Measure(
            "unpriced", "money", _l("Done without a price"),
            _l("Finished jobs for which nobody has set a price; they are missing in the income."),
            lambda one: (one.state == _S.DONE) & ~one.is_priced,
        ),
    )
}  # fmt: skip
GROUPS: dict[str, Any] = {
    "came": _l("What came in"),
    "jobs": _l("Jobs of these days"),
    "states": _l("How far they are"),
    "lost": _l("What was lost"),
    "money": _l("Money"),
}


def values(periods: Sequence[Period], day: str = "") -> list[dict[str, Value]]:
    """All numbers in each of the periods (or only those by that `day`); one statement for each kind of day."""
    found: list[dict[str, Value]] = []
    for kind in [day] if day else list(_AT):
        measures = [one for one in MEASURES.values() if one.day == kind]
        rows = {row.place: row for row in db.session.execute(_counted(measures, kind, periods))}
        parts = [{one.key: _value(one, rows.get(place)) for one in measures} for place in range(len(periods))]
        found = [before | more for before, more in zip(found, parts, strict=True)] if found else parts
    return found


def _value(measure: Measure, row: Any) -> Value:
    count = int(getattr(row, measure.key, None) or 0)
    if measure.says == "count":
        return Value(Decimal(count), count)
    total = Decimal(getattr(row, f"{measure.key}_sum", None) or 0)
    if measure.says == "lead":
        return Value(round(total / count / 86_400, 2) if count else None, count)
    return Value(total, count)


def _counted(measures: Sequence[Measure], day: str, periods: Sequence[Period]) -> Select[Any]:
    """Bookings are counted in groups first; each number then adds up the groups that its condition takes in."""
    groups = union_all(*(_groups(day, place, period) for place, period in enumerate(periods))).subquery()
    asked = SimpleNamespace(**{name: groups.c[name] for name in _ASKED[day]})
    figures: list[Any] = []
    for one in measures:
        counts = one.counts(asked)
        figures.append(func.sum(groups.c.number).filter(counts).label(one.key))
        if one.says != "count":
            figures.append(func.sum(groups.c[one.says]).filter(counts).label(f"{one.key}_sum"))
    return select(groups.c.place, *figures).group_by(groups.c.place)


def _groups(day: str, place: int, period: Period) -> Select[Any]:
    at, (begin, end) = _AT[day], period.span
    asked = [column.label(name) for name, column in _ASKED[day].items()]
    sums = [total.label(name) for name, total in _SUMS[day].items()]
    rows = select(literal(place).label("place"), *asked, func.count().label("number"), *sums)
    return rows.where(at >= begin, at < end).group_by(*_ASKED[day])
