"""The cheapest mix, against a plain search through all of them; days as people count them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fleet.models import Car
from app.fleet.prices import Seasons, Span, Tariff, cheapest, percent_on, price_of

FRIDAY = datetime.fromisoformat("2026-11-27T14:00")
YEAR = (datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01"))
ZONE = "Europe/Copenhagen"


def plainly(tariff: Tariff, begins: datetime, hours: int, seasons: Seasons = ()) -> int:
    """Tries every unit at every hour, and looks up each hour that a unit covers by itself."""

    def cost(price: int, at: int, length: int) -> int:
        covered = range(at, min(at + length, hours))
        parts = [100 + plain_percent((begins + timedelta(hours=hour)).date(), seasons) for hour in covered]
        return int(Fraction(price * sum(parts), 100 * len(parts)) + Fraction(1, 2))

    @cache
    def rest(at: int) -> int:
        if at >= hours:
            return 0
        ways = [cost(tariff.day, at, 24) + rest(at + 24)]
        if tariff.hour is not None:
            ways.append(cost(tariff.hour, at, 1) + rest(at + 1))
        if tariff.week is not None:
            ways.append(cost(tariff.week, at, 168) + rest(at + 168))
        if tariff.weekend is not None:
            now, reach = begins + timedelta(hours=at), 0
            while is_weekend(now + timedelta(hours=reach)) and is_weekend(
                now + timedelta(hours=reach + 1) - timedelta(microseconds=1)
            ):
                reach += 1
            if reach:
                ways.append(cost(tariff.weekend, at, reach) + rest(at + reach))
        return min(ways)

    return rest(0)


def plain_percent(day: date, seasons: Seasons) -> int:
    """Walks through each season's days, of every year that matters."""
    for every_year in (False, True):
        for season in seasons:
            if season.every_year != every_year:
                continue
            length = (season.last - season.first).days
            starts = [season.first]
            if every_year:
                starts = [first for year in range(2024, 2029) if (first := of_year(season.first, year))]
            if any(0 <= (day - first).days <= length for first in starts):
                return season.percent
    return 0


def of_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def is_weekend(at: datetime) -> bool:
    day, hour = at.weekday(), at.hour
    return day in (5, 6) or (day == 4 and hour >= 12) or (day == 0 and hour < 12)


PRICE = st.integers(1, 2_000)
MAYBE = st.none() | PRICE


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    tariff=st.builds(Tariff, day=PRICE, hour=MAYBE, weekend=MAYBE, week=MAYBE),
    begins=st.datetimes(*YEAR).map(lambda at: at.replace(second=0, microsecond=0)),
    hours=st.integers(1, 400),
)
def test_no_other_mix_is_cheaper(tariff: Tariff, begins: datetime, hours: int) -> None:
    assert cheapest(tariff, begins, hours) == plainly(tariff, begins, hours)


#: Nothing near the end of February, where a year has a day more: there days are counted by name, not by number.
SEASON = st.builds(
    lambda first, days, every_year, percent: Span(first, first + timedelta(days=days), every_year, percent),
    first=st.dates(date(2026, 3, 2), date(2026, 11, 1)),
    days=st.integers(0, 100),
    every_year=st.booleans(),
    percent=st.integers(-90, 300),
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    tariff=st.builds(Tariff, day=PRICE, hour=MAYBE, weekend=MAYBE, week=MAYBE),
    begins=st.datetimes(*YEAR).map(lambda at: at.replace(second=0, microsecond=0)),
    hours=st.integers(1, 250),
    seasons=st.lists(SEASON, min_size=1, max_size=4).map(tuple),
)
def test_in_seasons_no_other_mix_is_cheaper(tariff: Tariff, begins: datetime, hours: int, seasons: Seasons) -> None:
    assert cheapest(tariff, begins, hours, seasons) == plainly(tariff, begins, hours, seasons)


SUMMER = Span(date(2026, 6, 15), date(2026, 8, 15), True, 50)


def test_a_hire_over_the_border_of_a_season_pays_each_part_as_it_costs() -> None:
    noon = datetime.fromisoformat("2027-06-14T12:00")
    assert cheapest(Tariff(day=1_000), noon, 24, (SUMMER,)) == 1_250
    assert cheapest(Tariff(day=1_000), noon, 48, (SUMMER,)) == 2_750
    assert cheapest(Tariff(day=1_000, week=5_000), noon - timedelta(days=30), 168, (SUMMER,)) == 5_000


def test_a_season_over_new_year_and_one_of_a_single_year_before_it() -> None:
    winter = Span(date(2026, 12, 20), date(2027, 1, 6), True, 100)
    fair = Span(date(2027, 12, 30), date(2027, 12, 31), False, -50)
    days = [date(2027, 12, 19), date(2027, 12, 20), date(2027, 12, 31), date(2028, 1, 6), date(2028, 1, 7)]
    assert [percent_on(day, (winter, fair)) for day in days] == [0, 100, -50, 100, 0]


def test_a_season_counts_by_the_wall_clock_also_when_it_changes() -> None:
    night = Span(date(2026, 10, 25), date(2026, 10, 25), False, 100)
    begins = datetime(2026, 10, 24, 10, tzinfo=ZoneInfo(ZONE))
    found = price_of(car(), begins, datetime(2026, 10, 26, 10, tzinfo=ZoneInfo(ZONE)), ZONE, seasons=(night,))
    assert found.car == found.day * 2
    assert found.car == 2 * price_of(car(), begins, begins + timedelta(days=1), ZONE).car * Decimal("1.5")


def test_ten_days_are_a_week_and_three_days() -> None:
    assert cheapest(Tariff(day=100, week=500), FRIDAY, 240) == 800


def test_six_days_are_a_week_when_that_costs_less() -> None:
    assert cheapest(Tariff(day=100, week=500), FRIDAY, 144) == 500


def test_an_hour_too_many_is_an_hour_and_not_a_day() -> None:
    assert cheapest(Tariff(day=100, hour=20), FRIDAY, 25) == 120


def test_a_weekend_from_friday_afternoon_to_sunday_evening() -> None:
    assert cheapest(Tariff(day=100, weekend=180), FRIDAY, 52) == 180
    assert cheapest(Tariff(day=100, weekend=180), FRIDAY - timedelta(days=2), 52) == 300


def car(**prices: str) -> Car:
    return Car(price_day=prices.pop("price_day", 900), **prices)  # type: ignore[arg-type]  # numbers as they come


@pytest.mark.parametrize(
    ("begins", "ends", "days"),
    [
        ("2026-03-28T10:00", "2026-03-29T10:00", 1),  # a night of 23 hours
        ("2026-10-24T10:00", "2026-10-25T10:00", 1),  # a night of 25 hours
        ("2026-10-24T10:00", "2026-10-25T11:00", 2),
        ("2026-11-30T00:00", "2026-12-01T00:00", 1),  # from midnight to midnight
        ("2026-12-31T23:00", "2027-01-01T01:00", 1),
    ],
)
def test_days_are_counted_by_the_clock_on_the_wall(begins: str, ends: str, days: int) -> None:
    from_, to = (datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC) for at in (begins, ends))
    price = price_of(car(), from_, to, ZONE, with_driver=False)
    assert (price.days, price.total) == (days, 900 * days)


def test_inside_the_hour_that_comes_twice_the_real_time_counts() -> None:
    begins = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, for the first time
    price = price_of(car(price_hour=100), begins, begins + timedelta(minutes=45), ZONE)  # till 02:15, for the second
    assert price.total == 100


def test_a_driver_is_paid_by_the_day_begun() -> None:
    begins = datetime(2026, 11, 27, 13, tzinfo=UTC)
    price = price_of(car(price_driver=1_800), begins, begins + timedelta(hours=52), ZONE, with_driver=True)
    assert (price.car, price.driver, price.total) == (2_700, 5_400, 8_100)
