"""What a rental costs: the cheapest mix of hours, days, weekends and weeks. Pure: no session, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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
class Price:
    """What a rental costs, in the business's currency."""

    car: Decimal
    driver: Decimal
    days: int

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.car + self.driver


def price_of(car: Car, starts_at: datetime, ends_at: datetime, zone: str, *, with_driver: bool = False) -> Price:
    """What that car costs for that time; days are counted as people do, by the clock on the wall in `zone`."""
    begins, length = wall_clock(starts_at, ends_at, zone)
    tariff = Tariff.of(car)
    days = days_of(length)
    driver = (tariff.driver or 0) * days if with_driver else 0
    return Price(Decimal(cheapest(tariff, begins, hours_of(length))) / 100, Decimal(driver) / 100, days)


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
def cheapest(tariff: Tariff, begins: datetime, hours: int) -> int:
    """The least that so many hours from `begins` (wall clock) cost: each unit may be taken at any hour, none is cut."""
    ends = _weekend_ends(begins, hours) if tariff.weekend is not None else ()
    cost = [0] * (hours + 1)
    for at in range(hours - 1, -1, -1):
        least = tariff.day + cost[min(hours, at + DAY_HOURS)]
        if tariff.hour is not None:
            least = min(least, tariff.hour + cost[at + 1])
        if tariff.week is not None:
            least = min(least, tariff.week + cost[min(hours, at + WEEK_HOURS)])
        if tariff.weekend is not None and ends[at]:
            least = min(least, tariff.weekend + cost[ends[at]])
        cost[at] = least
    return cost[0]


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
