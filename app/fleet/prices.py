"""What a rental costs: the cheapest mix of hours, days, weekends and weeks, by season. Pure: no session, no clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.fleet.models import Car

HOUR = timedelta(hours=1)
DAY_HOURS, WEEK_HOURS = 24, 168
#: A weekend is any time from Friday noon to Monday noon.
WEEKEND_FROM, WEEKEND_TO = timedelta(days=4, hours=12), timedelta(days=7, hours=12)


@dataclass(frozen=True)
class Tariff:
    """What each unit of time costs, in hundredths; None where the unit is not offered. `driver` is a day of one."""

    day: int
    hour: int | None = None
    weekend: int | None = None
    week: int | None = None
    driver: int | None = None

    @classmethod
    def of(cls, car: Car) -> "Tariff":
        """The car's prices."""
        hour, weekend, week, driver = map(
            _hundredths, (car.price_hour, car.price_weekend, car.price_week, car.price_driver)
        )
        return cls(int(car.price_day * 100), hour, weekend, week, driver)


@dataclass(frozen=True)
class Span:
    """A season: from a day to a day, both included, of every year or of that one; `percent` more than usual."""

    first: date
    last: date
    every_year: bool
    percent: int

    def covers(self, day: date) -> bool:
        """Whether that day lies in it."""
        if not self.every_year:
            return self.first <= day <= self.last
        first, last, at = ((one.month, one.day) for one in (self.first, self.last, day))
        return first <= at <= last if first <= last else at >= first or at <= last


Seasons = tuple[Span, ...]


@dataclass(frozen=True)
class Price:
    """What a rental costs, in the business's currency; `day` is what a day of the car costs in that time."""

    car: Decimal
    driver: Decimal
    days: int
    day: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.car + self.driver


def price_of(
    car: Car, starts_at: datetime, ends_at: datetime, zone: str, *, with_driver: bool = False, seasons: Seasons = ()
) -> Price:
    """What that car costs for that time; days are counted as people do, by the clock on the wall in `zone`."""
    begins, length = wall_clock(starts_at, ends_at, zone)
    tariff, hours = Tariff.of(car), hours_of(length)
    days = days_of(length)
    driver = (tariff.driver or 0) * days if with_driver else 0
    day = tariff.day
    if seasons:
        day = charged(tariff.day, _sums(begins, hours, seasons)[hours], hours)
    total = cheapest(tariff, begins, hours, seasons)
    return Price(Decimal(total) / 100, Decimal(driver) / 100, days, Decimal(day) / 100)


def percent_on(day: date, seasons: Seasons) -> int:
    """By how much that day costs more than usual; a season of one year goes before those of every year."""
    for every_year in (False, True):
        for season in seasons:
            if season.every_year == every_year and season.covers(day):
                return season.percent
    return 0


def charged(price: int, parts: int, hours: int) -> int:
    """A unit's price by the seasons of the hours that it covers: `parts` are their hundredths together, rounded."""
    return (2 * price * parts + 100 * hours) // (200 * hours)


def wall_clock(starts_at: datetime, ends_at: datetime, zone: str) -> tuple[datetime, timedelta]:
    """The start on the wall clock, and the length by that clock: 10:00 to 10:00 is a day, also in a night of 25 hours.

    Inside the hour that comes twice the wall clock runs backwards; there the real time counts.
    """
    tz = ZoneInfo(zone)
    begins = starts_at.astimezone(tz).replace(tzinfo=None)
    by_wall = ends_at.astimezone(tz).replace(tzinfo=None) - begins
    return begins, by_wall if by_wall > timedelta(0) else ends_at - starts_at


def hours_of(length: timedelta) -> int:
    """Hours begun."""
    return -(-length // HOUR)


def days_of(length: timedelta) -> int:
    """Days begun."""
    return -(-length // timedelta(days=1))


@lru_cache(maxsize=4_096)
def cheapest(tariff: Tariff, begins: datetime, hours: int, seasons: Seasons = ()) -> int:
    """The least that so many hours from `begins` (wall clock) cost: each unit may be taken at any hour, none is cut.

    A unit that lies in a season in part costs the season's price for that part: it pays hour by hour what it covers.
    """
    ends = _weekend_ends(begins, hours) if tariff.weekend is not None else ()
    sums = _sums(begins, hours, seasons) if seasons else ()
    cost = [0] * (hours + 1)

    def taken(price: int, at: int, end: int) -> int:
        return (charged(price, sums[end] - sums[at], end - at) if sums else price) + cost[end]

    for at in range(hours - 1, -1, -1):
        least = taken(tariff.day, at, min(hours, at + DAY_HOURS))
        if tariff.hour is not None:
            least = min(least, taken(tariff.hour, at, at + 1))
        if tariff.week is not None:
            least = min(least, taken(tariff.week, at, min(hours, at + WEEK_HOURS)))
        if tariff.weekend is not None and ends[at]:
            least = min(least, taken(tariff.weekend, at, ends[at]))
        cost[at] = least
    return cost[0]


@lru_cache(maxsize=256)
def _sums(begins: datetime, hours: int, seasons: Seasons) -> tuple[int, ...]:
    """Up to each hour, the hundredths of the usual price that all hours before it cost together."""
    found = [0]
    for at in range(hours):
        found.append(found[-1] + 100 + percent_on((begins + at * HOUR).date(), seasons))
    return tuple(found)


@lru_cache(maxsize=256)
def _weekend_ends(begins: datetime, hours: int) -> tuple[int, ...]:
    """For each hour up to when a weekend taken then would reach; 0 where none can be taken."""
    found = []
    for at in range(hours):
        now = begins + at * HOUR
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight - timedelta(days=now.weekday())
        if now - monday < WEEKEND_TO - timedelta(days=7):  # the morning of a Monday ends the weekend before it
            monday -= timedelta(days=7)
        inside = WEEKEND_FROM <= now - monday < WEEKEND_TO
        found.append(min(hours, at + (monday + WEEKEND_TO - now) // HOUR) if inside else 0)
        if found[-1] == at:  # less than an hour of the weekend is left: it covers nothing whole
            found[-1] = 0
    return tuple(found)


def _hundredths(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)
