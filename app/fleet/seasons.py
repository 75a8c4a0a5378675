"""Seasons as verbs: add, change, drop. Two of one kind never share a day, so that every day has one price."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Self

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, StringConstraints, model_validator
from sqlalchemy import select

from app.customers.orders import needed, one_line
from app.fleet import queries
from app.fleet.cars import Stale
from app.fleet.prices import Span
from app.fleet.season_models import Season
from app.identity.turns import take_turn
from app.kernel import audit
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Invalid
from app.kernel.tenancy import current_business_id
from app.web.schemas import FieldFault, Order

SUBJECT = "seasons"
MOST = 50
#: A leap year, in which every day of any year is one.
_A_YEAR = [date(2028, 1, 1) + timedelta(days=number) for number in range(366)]


class SeasonOrder(Order):
    """A season; `percent` is by how much everything but the driver costs more than usual."""

    name: Annotated[str, StringConstraints(max_length=60), AfterValidator(one_line), AfterValidator(needed)]
    first: date
    last: date
    every_year: bool = False
    percent: Annotated[int, Field(ge=-90, le=500)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not all(1900 <= day.year <= 2100 for day in (self.first, self.last)):
            raise FieldFault("first", _("This date is out of reach."))
        if not 0 <= (self.last - self.first).days < 365:
            raise FieldFault("last", _("The last day must not be before the first, nor a year after it."))
        return self

    @property
    def span(self) -> Span:
        """What prices need of it."""
        return Span(self.first, self.last, self.every_year, self.percent)


def all_seasons() -> list[Season]:
    """The seasons, by their first day."""
    return list(db.session.scalars(select(Season).order_by(Season.every_year, Season.first, Season.id)))


def add_season(order: SeasonOrder) -> Season:
    """Another season; Invalid where it shares a day with one of its kind."""
    with transaction():
        _take_turn()
        _only_one_a_day(order, None)
        made = add(Season(**order.model_dump()))
        audit.record("season.added", SUBJECT, after=_plain(made))
    queries.forget_seasons()
    return made


def change_season(season_id: int, make: Callable[[Season], SeasonOrder], *, version: int | None = None) -> None:
    """Make it what `make` says of what it is now; Stale where it has changed since that version.

    Invalid where it would share a day with another of its kind.
    """
    with transaction():
        _take_turn()
        season = lock(Season, season_id)
        if version is not None and version != season.version:
            raise Stale(_("Somebody else has changed this in the meantime."), current={"version": season.version})
        order = make(season)
        _only_one_a_day(order, season_id)
        before = _plain(season)
        for name, value in order.model_dump().items():
            setattr(season, name, value)
        if _plain(season) != before:
            audit.record("season.changed", SUBJECT, before=before, after=_plain(season))
    queries.forget_seasons()


def drop_season(season_id: int) -> None:
    """Let its days cost as usual again."""
    with transaction():
        season = lock(Season, season_id)
        audit.record("season.dropped", SUBJECT, before=_plain(season))
        db.session.delete(season)
    queries.forget_seasons()


def _take_turn() -> None:
    take_turn(f"seasons {current_business_id()}")


def _only_one_a_day(order: SeasonOrder, own_id: int | None) -> None:
    others = [one for one in all_seasons() if one.id != own_id]
    if len(others) >= MOST:
        raise Invalid([("name", _("There are %(most)s seasons at most.", most=MOST))])
    for other in others:
        if other.every_year == order.every_year and _share_a_day(_span(other), order.span):
            raise Invalid([("first", _("It shares a day with %(name)s.", name=other.name))])


def _share_a_day(one: Span, other: Span) -> bool:
    if not one.every_year:
        return one.first <= other.last and other.first <= one.last
    return any(one.covers(day) and other.covers(day) for day in _A_YEAR)


def _span(season: Season) -> Span:
    return Span(season.first, season.last, season.every_year, season.percent)


def _plain(season: Season) -> dict[str, Any]:
    return {
        "name": season.name, "first": season.first.isoformat(), "last": season.last.isoformat(),
        "every_year": season.every_year, "percent": season.percent,
    }  # fmt: skip
