"""Wall-clock times on the nights the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.kernel import clock

STOCKHOLM = "Europe/Stockholm"


def test_a_time_that_does_not_exist_is_read_after_the_gap() -> None:
    assert clock.wall_time(date(2026, 3, 29), 2, 30, STOCKHOLM) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_time_that_exists_twice_is_the_later_one() -> None:
    assert clock.wall_time(date(2026, 10, 25), 2, 30, STOCKHOLM) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_earlier_reading_would_be_another_instant() -> None:
    naive = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001  # as it is typed into a form
    assert clock.later_reading(naive, STOCKHOLM) - datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == timedelta(hours=1)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(4, 23),
    st.sampled_from([STOCKHOLM, "Europe/Copenhagen", "Atlantic/Faroe"]),
)
def test_by_day_a_clock_shows_what_was_meant(day: date, hour: int, zone: str) -> None:
    shown = clock.wall_time(day, hour, 0, zone).astimezone(ZoneInfo(zone))
    assert (shown.date(), shown.hour, shown.minute) == (day, hour, 0)
