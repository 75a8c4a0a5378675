"""What the page of free cars is asked for: dates first, then filters; read leniently, written as a short address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.fleet import rules
from app.fleet.models import CATEGORIES, FUELS, TRANSMISSIONS
from app.fleet.queries import Offer, Wish, offers
from app.fleet.words import CATEGORY_WORDS, FUEL_WORDS, TRANSMISSION_WORDS
from app.kernel import clock
from app.web.days import business_today, business_zone
from app.web.presentation import local

SEATS = (5, 7, 9)
SORTS = ("price", "-price", "name", "-seats")
USUAL_FROM, USUAL_TO = time(10), time(18)
MOST_SHOWN = 60
#: By how many days a search is moved that finds nothing, the nearest first, and how many of them are shown.
NEAR_DAYS = (1, -1, 2, -2, 3, -3, 7)
MOST_NEAR = 3


@dataclass(frozen=True)
class Asked:
    """The page's question; a day that could not be read stands in `faults`."""

    first: date
    first_at: time
    last: date
    last_at: time
    with_driver: bool = False
    categories: tuple[str, ...] = ()
    seats: int = 0
    transmissions: tuple[str, ...] = ()
    fuels: tuple[str, ...] = ()
    most: Decimal | None = None
    sort: str = "price"
    faults: tuple[tuple[str, str], ...] = field(default=())

    @property
    def starts_at(self) -> datetime:
        """When the car is fetched."""
        return clock.wall_time(self.first, self.first_at.hour, self.first_at.minute, business_zone())

    @property
    def ends_at(self) -> datetime:
        """When it is back."""
        return clock.wall_time(self.last, self.last_at.hour, self.last_at.minute, business_zone())

    @property
    def wish(self) -> Wish:
        """The dates alone: filters are counted over what is free then."""
        return Wish(self.starts_at, self.ends_at, with_driver=self.with_driver, sort=self.sort)

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return bool(self.categories or self.seats or self.transmissions or self.fuels or self.most is not None)

    def narrowed(self, found: Iterable[Offer]) -> list[Offer]:
        """Those that fit the filters."""
        return [offer for offer in found if self.fits(offer)]

    def fits(self, offer: Offer) -> bool:
        """Whether a car fits the filters."""
        car = offer.car
        return (
            (not self.categories or car.category in self.categories)
            and car.seats >= self.seats
            and (not self.transmissions or car.transmission in self.transmissions)
            and (not self.fuels or car.fuel in self.fuels)
            and (self.most is None or offer.per_day <= self.most)
        )

    def address(self, **more: Any) -> str:
        """This page's address with what is asked, without what is empty; to be shared."""
        plain: dict[str, Any] = {
            "from": self.first.isoformat(), "from_time": f"{self.first_at:%H:%M}", "to": self.last.isoformat(),
            "to_time": f"{self.last_at:%H:%M}", "driver": "y" if self.with_driver else "", "category": self.categories,
            "seats": self.seats or "", "transmission": self.transmissions, "fuel": self.fuels,
            "max": self.most if self.most is not None else "", "sort": "" if self.sort == "price" else self.sort,
        } | more  # fmt: skip
        kept = {name: value for name, value in plain.items() if value not in ("", (), None)}
        return f"{url_for('cars.search')}?{urlencode(kept, doseq=True)}"

    def chips(self) -> list[tuple[str, str]]:
        """The filters that are set: (words, the address without it)."""
        found: list[tuple[str, str]] = []
        for one in self.categories:
            without = replace(self, categories=tuple(other for other in self.categories if other != one))
            found.append((str(CATEGORY_WORDS[one]), without.address()))
        for one in self.transmissions:
            without = replace(self, transmissions=tuple(other for other in self.transmissions if other != one))
            found.append((str(TRANSMISSION_WORDS[one]), without.address()))
        for one in self.fuels:
            without = replace(self, fuels=tuple(other for other in self.fuels if other != one))
            found.append((str(FUEL_WORDS[one]), without.address()))
        if self.seats:
            found.append((_("%(seats)s seats or more", seats=self.seats), replace(self, seats=0).address()))
        if self.most is not None:
            found.append((_("At most %(price)s a day", price=f"{self.most:f}"), replace(self, most=None).address()))
        return found

    def moved(self, days: int) -> "Asked":
        """The same so many days later, with the same filters."""
        step = timedelta(days=days)
        return replace(self, first=self.first + step, last=self.last + step)

    def unfiltered(self) -> str:
        """The address without any filter."""
        return replace(self, categories=(), seats=0, transmissions=(), fuels=(), most=None).address()


def usual() -> Asked:
    """What stands in the fields before anybody chose: the day after tomorrow for two days."""
    today = business_today()
    return Asked(today + timedelta(days=1), USUAL_FROM, today + timedelta(days=3), USUAL_TO)


def near(asked: Asked) -> list[tuple[Asked, list[Offer]]]:
    """Up to three other dates for just as long on which something is free that fits, in the order of the calendar."""
    found = []
    for days in NEAR_DAYS:
        other = asked.moved(days)
        if rules.faults_of_period(other.starts_at, other.ends_at, clock.now()):
            continue
        if free := other.narrowed(offers(other.wish)):
            found.append((other, free))
        if len(found) == MOST_NEAR:
            break
    return sorted(found, key=lambda pair: pair[0].starts_at)


def of_hold(starts_at: datetime, ends_at: datetime, *, with_driver: bool) -> Asked:
    """The question that finds a car for the time of a hold."""
    begins, ends = local(starts_at), local(ends_at)
    return Asked(begins.date(), begins.time(), ends.date(), ends.time(), with_driver=with_driver)


def read(given: MultiDict[str, str]) -> Asked:
    """The question in an address; what makes no sense is left out, and a date that makes none is said."""
    plain, faults = usual(), list[tuple[str, str]]()
    first, first_at = _moment(given, "from", plain.first, plain.first_at, faults)
    last, last_at = _moment(given, "to", max(plain.last, first + timedelta(days=2)), plain.last_at, faults)
    asked = Asked(
        first, first_at, last, last_at,
        with_driver=given.get("driver") == "y",
        categories=_known(given.getlist("category"), CATEGORIES),
        seats=next((seats for seats in SEATS if given.get("seats") == str(seats)), 0),
        transmissions=_known(given.getlist("transmission"), TRANSMISSIONS),
        fuels=_known(given.getlist("fuel"), FUELS),
        most=_amount(given.get("max", "")),
        sort=given["sort"] if given.get("sort") in SORTS else "price",
    )  # fmt: skip
    if not faults:
        found = rules.faults_of_period(asked.starts_at, asked.ends_at, clock.now())
        faults = [(name, str(words)) for name, words in found]
    return replace(asked, faults=tuple(faults))


def _moment(
    given: MultiDict[str, str], name: str, day: date, at: time, faults: list[tuple[str, str]]
) -> tuple[date, time]:
    written, hour = given.get(name, "")[:40], given.get(f"{name}_time", "")[:8]
    if "T" in written and not hour:  # one value for both, as the API takes it
        written, _t, hour = written.partition("T")
    try:
        at = time.fromisoformat(hour[:5]).replace(tzinfo=None) if hour else at
    except ValueError:
        faults.append((name, _("This should be a time like 08:30.")))
    if not written:
        return day, at
    try:
        found = date.fromisoformat(written)
    except ValueError:
        faults.append((name, _("This should be a date like 2026-11-28.")))
        return day, at
    if not 1900 <= found.year <= 2100:
        faults.append((name, _("This date is out of reach.")))
        return day, at
    return found, at


def _known(given: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    wanted = {part for value in given[:20] for part in value.split(",")}
    return tuple(one for one in known if one in wanted)


def _amount(written: str) -> Decimal | None:
    plain = written.strip()
    return Decimal(plain) if plain.isascii() and plain.isdigit() and 0 < len(plain) < 8 else None
