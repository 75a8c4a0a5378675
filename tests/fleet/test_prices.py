"""The cheapest mix, against a plain search through all of them; days as people count them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fleet.models import Car
from app.fleet.prices import Tariff, cheapest, price_of

FRIDAY = datetime.fromisoformat("2026-11-27T14:00")
YEAR = (datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01"))
ZONE = "Europe/Copenhagen"


def plainly(tariff: Tariff, begins: datetime, hours: int) -> int:
    """Tries every unit at every hour."""

    @cache
    def rest(at: int) -> int:
        if at >= hours:
            return 0
        ways = [tariff.day + rest(at + 24)]
        if tariff.hour is not None:
            ways.append(tariff.hour + rest(at + 1))
        if tariff.week is not None:
            ways.append(tariff.week + rest(at + 168))
        if tariff.weekend is not None:
            now, reach = begins + timedelta(hours=at), 0
            while is_weekend(now + timedelta(hours=reach)) and is_weekend(
                now + timedelta(hours=reach + 1) - timedelta(microseconds=1)
            ):
                reach += 1
            if reach:
                ways.append(tariff.weekend + rest(at + reach))
        return min(ways)

    return rest(0)


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
