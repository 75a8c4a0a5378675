"""The owner's numbers put together: a line for each, beside the same days before, each cell with its list."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from app.bookings import numbers, use
from app.bookings.models import SERVICES
from app.bookings.numbers import MEASURES
from app.bookings.periods import Compared, Period
from app.fleet.models import Hold, Resource
from app.fleet.queries import hold_counts, holds_made
from app.kernel.businesses import Business
from app.web.doors import current_business
from app.web.presentation import money, number

HOLDS: dict[str, tuple[Any, Any]] = {
    "holds": (_l("Cars held"), _l("Each time that somebody kept a car for ten minutes, by the day of it.")),
    "holds_booked": (_l("Became a booking"), _l("Of the cars held on these days.")),
    "hold_rate": (_l("Hold to booking"), _l("Which part of the cars held became a booking.")),
}


@dataclass(frozen=True)
class Cell:
    """A number in a period: as it reads, as a spreadsheet takes it, how many rows its list has and where that is."""

    text: str
    plain: Any
    count: int
    url: str


@dataclass(frozen=True)
class Line:
    """A number with its definition: now, in the period before, a year ago."""

    key: str
    title: Any
    words: Any
    cells: tuple[Cell, ...]

    def change(self, place: int) -> int | None:
        """By how many per cent the first cell is more than that one; None where that cannot be said."""
        now, then = self.cells[0].plain, self.cells[place].plain
        return None if now is None or not then else round((Decimal(now) - Decimal(then)) * 100 / Decimal(then))


@dataclass(frozen=True)
class Group:
    """Lines that belong together."""

    key: str
    title: Any
    words: str
    lines: tuple[Line, ...]


def groups(compared: Compared) -> list[Group]:
    """All numbers of the business in those periods; six statements."""
    periods, business = compared.all, current_business()
    values = numbers.values(periods)
    found = []
    for key, title in numbers.GROUPS.items():
        lines = [
            _line(measure, periods, [one[measure.key] for one in values])
            for measure in MEASURES.values()
            if measure.group == key and _concerns(measure.key, business, [one[measure.key].count for one in values])
        ]
        found.append(Group(key, title, "", tuple(lines)))
    if "car" in business.services:
        found.append(Group("holds", _("From hold to booking"), "", tuple(_hold_lines(periods))))
    return [*found, *_use_groups(periods)]


def _concerns(key: str, business: Business, counts: Sequence[int]) -> bool:
    """Whether a line says anything here: what the firm does not offer stands only where it was booked once."""
    return key not in SERVICES or key in business.services or any(counts)


def _line(measure: numbers.Measure, periods: Sequence[Period], values: Sequence[numbers.Value]) -> Line:
    cells = [
        Cell(written(measure.says, value.amount), value.amount, value.count, list_url(measure.key, period))
        for value, period in zip(values, periods, strict=True)
    ]
    return Line(measure.key, measure.title, measure.words, tuple(cells))


def _hold_lines(periods: Sequence[Period]) -> list[Line]:
    counts = hold_counts([period.span for period in periods])
    rates = [round(Decimal(booked) * 100 / made) if made else None for made, booked in counts]
    cells: dict[str, list[Cell]] = {name: [] for name in HOLDS}
    for period, (made, booked), rate in zip(periods, counts, rates, strict=True):
        cells["holds"].append(Cell(number(made), made, made, list_url("holds", period)))
        cells["holds_booked"].append(Cell(number(booked), booked, booked, list_url("holds_booked", period)))
        said = "–" if rate is None else f"{rate} %"
        cells["hold_rate"].append(Cell(said, rate, made, list_url("holds", period)))
    return [Line(name, title, words, tuple(cells[name])) for name, (title, words) in HOLDS.items()]


def _use_groups(periods: Sequence[Period]) -> list[Group]:
    rows = use.used(periods)
    said = {
        "crew": (
            _("Use per crew"),
            _(
                "Hours of its jobs, of eight hours a weekday. Days off are not counted as idle. "
                "The list holds its jobs."
            ),
        ),
        "car": (
            _("Use per car"),
            _(
                "Hours that it was booked, of all hours. Turnaround behind a rental and time off the road "
                "are not counted as idle. The list holds its bookings."
            ),
        ),
    }
    return [
        Group(f"use-{kind}", title, words, tuple(_use_line(row, periods) for row in rows if row.resource.kind == kind))
        for kind, (title, words) in said.items()
        if any(row.resource.kind == kind for row in rows)
    ]


def _use_line(row: use.Row, periods: Sequence[Period]) -> Line:
    cells = tuple(
        Cell(f"{used.per_cent} %", used.per_cent, used.bookings, use_url(row.resource, period))
        for used, period in zip(row.used, periods, strict=True)
    )
    now = row.used[0]
    words = _("%(hours)s of %(all)s hours", hours=number(round(now.hours)), all=number(round(now.available)))
    label = f"{row.resource.label} · " if row.resource.kind == "car" and row.resource.label else ""
    return Line(row.resource.public_id, row.resource.name, f"{label}{words}", cells)


def written(says: str, amount: Decimal | None) -> str:
    """The amount for people, by what the number says."""
    if says in ("price", "agreed"):
        return money(amount)
    return number(round(amount, 1) if amount is not None and says == "lead" else amount)


def list_url(key: str, period: Period) -> str:
    """Where the rows of a number stand."""
    return url_for("numbers.rows", key=key, **_days(period))


def use_url(resource: Resource, period: Period) -> str:
    """Where the bookings of a crew or car stand."""
    return url_for("numbers.used", public_id=resource.public_id, **_days(period))


def _days(period: Period) -> dict[str, Any]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def holds_of(key: str, period: Period) -> Select[Hold]:
    """The holds behind a number of holds."""
    return holds_made(*period.span, booked=key == "holds_booked")
