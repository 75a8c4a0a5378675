"""Public holidays by rule, against years that are known."""

from datetime import date

import pytest

from app.bookings.holidays import easter, holiday, holidays_of

#: Known Easter Sundays, the earliest and the latest among them.
EASTERS = ((1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28),
           (2038, 4, 25), (2285, 3, 22))  # fmt: skip


@pytest.mark.parametrize("known", EASTERS)
def test_easter_falls_where_it_did(known: tuple[int, int, int]) -> None:
    assert easter(known[0]) == date(*known)


def test_sweden_in_2026() -> None:
    days = [(day.month, day.day) for day in holidays_of("SE", 2026)]
    assert days == [
        (1, 1), (1, 6), (4, 3), (4, 5), (4, 6), (5, 1), (5, 14), (5, 24), (6, 6), (6, 19), (6, 20), (10, 31), (12, 24),
        (12, 25), (12, 26), (12, 31),
    ]  # fmt: skip


def test_denmark_before_and_after_the_day_of_prayer_was_given_up() -> None:
    assert date(2023, 5, 5) in holidays_of("DK", 2023)
    days = [(day.month, day.day) for day in holidays_of("DK", 2026)]
    assert days == [(1, 1), (4, 2), (4, 3), (4, 5), (4, 6), (5, 14), (5, 24), (5, 25), (12, 25), (12, 26)]


def test_a_firm_without_a_country_knows_no_holidays() -> None:
    assert holiday(date(2026, 12, 25), []) is None
    assert holiday(date(2026, 6, 6), ["DK"]) is None
    assert str(holiday(date(2026, 6, 6), ["DK", "SE"])) == "Sweden’s National Day"
    assert holidays_of("XX", 2026) == {}
