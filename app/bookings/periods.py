"""Periods that are looked at: from a day to a day, beside the same days of the period before and of last year."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.web.days import day_span

#: What can be chosen by a press; `own` is two dates.
PRESETS = ("month", "last_month", "year", "to_today", "twelve_months")
#: The longest that can be asked for, so that no page counts for ever.
MOST_DAYS = 1_100


@dataclass(frozen=True)
class Period:
    """Days of the business, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From its first instant up to, not including, its end."""
        return day_span(self.first, self.last)

    @property
    def dates(self) -> list[date]:
        """Each of its days."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def moved(self, months: int) -> "Period":
        """The same days so many months away; a 31st becomes the last day that there is."""
        return Period(_moved(self.first, months), _moved(self.last, months))


@dataclass(frozen=True)
class Compared:
    """A period with those that it is compared with; of whole years both are the same."""

    name: str
    now: Period
    before: Period
    year: Period

    @property
    def all(self) -> list[Period]:
        """The different ones of the three, the present one first."""
        return list(dict.fromkeys((self.now, self.before, self.year)))


def chosen(name: str, today: date) -> Compared:
    """The preset of that name as it is today; this month where there is none of that name."""
    first = today.replace(day=1)
    if name == "last_month":
        start = _moved(first, -1)
        return _whole_month("last_month", start)
    if name == "year":
        return _year("year", Period(date(today.year, 1, 1), date(today.year, 12, 31)))
    if name == "to_today":
        return _year("to_today", Period(date(today.year, 1, 1), today))
    if name == "twelve_months":
        return _year("twelve_months", Period(_moved(today, -12) + timedelta(days=1), today))
    now = Period(first, today)
    return Compared("month", now, now.moved(-1), now.moved(-12))


def own(first: date, last: date) -> Compared:
    """From a day to a day, beside as many days before it and the same days of last year."""
    last = max(first, min(last, first + timedelta(days=MOST_DAYS - 1)))
    now = Period(first, last)
    before = Period(first - timedelta(days=now.days), first - timedelta(days=1))
    return Compared("own", now, before, now.moved(-12))


def last_days_of(today: date, days: int = 30) -> Compared:
    """The days that end today, beside as many before."""
    return own(today - timedelta(days=days - 1), today)


def _whole_month(name: str, first: date) -> Compared:
    months = [_month(_moved(first, back)) for back in (0, -1, -12)]
    return Compared(name, *months)


def _month(first: date) -> Period:
    return Period(first, first.replace(day=monthrange(first.year, first.month)[1]))


def _year(name: str, now: Period) -> Compared:
    before = now.moved(-12)
    if name == "twelve_months":  # day by day behind the other, also over a 29th of February
        before = Period(before.first, now.first - timedelta(days=1))
    return Compared(name, now, before, before)


def _moved(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
