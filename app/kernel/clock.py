"""The program's one clock. Nobody else asks for the time, so that tests can move it."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_moved = timedelta()


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC) + _moved


def today(zone: str) -> date:
    """The calendar day in that zone (`Europe/Stockholm`)."""
    return now().astimezone(ZoneInfo(zone)).date()


def monotonic() -> float:
    """Seconds that only go forward, for measuring how long something took."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait; real seconds, whatever the clock was moved to."""
    time.sleep(seconds)


def forward(**step: float) -> None:
    """Move the clock of this process (`minutes=10`); for tests."""
    global _moved
    _moved += timedelta(**step)


def reset() -> None:
    """Back to the real time."""
    global _moved
    _moved = timedelta()


def wall_time(day: date, hour: int, minute: int, zone: str) -> datetime:
    """The instant at which clocks in `zone` show that time on that day.

    A time that the clocks skip or show twice (the nights they change) is taken as the later reading:
    a skipped one becomes the instant after the gap, a repeated one its second occurrence.
    """
    naive = datetime(day.year, day.month, day.day, hour, minute)
    return later_reading(naive, zone)


def later_reading(naive: datetime, zone: str) -> datetime:
    """A wall-clock time without an offset, read in `zone`, as an instant in UTC; see `wall_time`."""
    tz = ZoneInfo(zone)
    first = naive.replace(tzinfo=tz, fold=0).astimezone(UTC)
    second = naive.replace(tzinfo=tz, fold=1).astimezone(UTC)
    return max(first, second)


def in_utc(at: datetime) -> datetime:
    """An instant with an offset, in UTC."""
    return at.astimezone(UTC)
