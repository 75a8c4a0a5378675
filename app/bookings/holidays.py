"""Public holidays by rule, no list to keep up: Sweden and Denmark.

Sweden: the act (1989:253) on general public holidays; the three eves are counted in, for the act on annual leave
(1977:480, 3 a §) treats them as Sundays and hardly anybody works. Denmark: the holidays of the national church, without
the Great Day of Prayer since 2024 (act 214 of 6 March 2023). Easter after Meeus, Jones and Butcher (Gregorian).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

COUNTRIES = ("SE", "DK")
_LAST_DAY_OF_PRAYER = 2023
_SATURDAY = 5


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    later = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * later + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def holidays_of(country: str, year: int) -> dict[date, Any]:
    """The country's public holidays of that year with their names; none for a country that we do not know."""
    rules = {"SE": _swedish, "DK": _danish}.get(country)
    return dict(sorted(rules(year))) if rules else {}


def holiday(day: date, countries: Iterable[str]) -> Any:
    """What holiday that day is in one of the countries; None for an ordinary day."""
    names = (holidays_of(country, day.year).get(day) for country in countries)
    return next((name for name in names if name is not None), None)


def _swedish(year: int) -> list[tuple[date, Any]]:
    sunday = easter(year)
    midsummer = _saturday_from(date(year, 6, 20))
    return [
        (date(year, 1, 1), _l("New Year’s Day")),
        (date(year, 1, 6), _l("Epiphany")),
        (sunday - timedelta(days=2), _l("Good Friday")),
        (sunday, _l("Easter Sunday")),
        (sunday + timedelta(days=1), _l("Easter Monday")),
        (date(year, 5, 1), _l("First of May")),
        (sunday + timedelta(days=39), _l("Ascension Day")),
        (sunday + timedelta(days=49), _l("Whit Sunday")),
        (date(year, 6, 6), _l("Sweden’s National Day")),
        (midsummer - timedelta(days=1), _l("Midsummer’s Eve")),
        (midsummer, _l("Midsummer’s Day")),
        (_saturday_from(date(year, 10, 31)), _l("All Saints’ Day")),
        (date(year, 12, 24), _l("Christmas Eve")),
        (date(year, 12, 25), _l("Christmas Day")),
        (date(year, 12, 26), _l("Boxing Day")),
        (date(year, 12, 31), _l("New Year’s Eve")),
    ]


def _danish(year: int) -> list[tuple[date, Any]]:
    sunday = easter(year)
    found = [
        (date(year, 1, 1), _l("New Year’s Day")),
        (sunday - timedelta(days=3), _l("Maundy Thursday")),
        (sunday - timedelta(days=2), _l("Good Friday")),
        (sunday, _l("Easter Sunday")),
        (sunday + timedelta(days=1), _l("Easter Monday")),
        (sunday + timedelta(days=39), _l("Ascension Day")),
        (sunday + timedelta(days=49), _l("Whit Sunday")),
        (sunday + timedelta(days=50), _l("Whit Monday")),
        (date(year, 12, 25), _l("Christmas Day")),
        (date(year, 12, 26), _l("Boxing Day")),
    ]
    if year <= _LAST_DAY_OF_PRAYER:
        found.append((sunday + timedelta(days=26), _l("Great Day of Prayer")))
    return found


def _saturday_from(day: date) -> date:
    """That day, or the Saturday that follows it."""
    return day + timedelta(days=(_SATURDAY - day.weekday()) % 7)
