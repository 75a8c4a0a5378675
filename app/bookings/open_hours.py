"""When a firm is open, in words: from its hours by weekday, or from a line that it wrote."""

import re
from datetime import date, timedelta

from flask_babel import gettext as _

from app.web.presentation import weekday

#: Any Monday, to name weekdays by.
_MONDAY = date(2024, 1, 1)


def hours_in_words(hours: list[list[str] | None]) -> list[tuple[str, str]]:
    """The hours as (days, times), days in a row with the same hours together; days off are said too."""
    found: list[tuple[int, int, str]] = []
    for number, shift in enumerate(hours):
        words = f"{shift[0]}–{shift[1]}" if shift else _("closed")
        if found and found[-1][2] == words:
            found[-1] = (found[-1][0], number, words)
        else:
            found.append((number, number, words))
    return [(_days(first, last), words) for first, last, words in found]


def opening_hours(written: str) -> list[tuple[str, str]]:
    """The hours as (days, times), a line or a part before a semicolon each; parted at a colon or the first figure.

    >>> opening_hours("Mon–Fri 07:00–18:00; Sunday: closed; by appointment")
    [('Mon–Fri', '07:00–18:00'), ('Sunday', 'closed'), ('by appointment', '')]
    """
    lines = [line.strip() for part in written.splitlines() for line in part.split(";") if line.strip()]
    parted = [re.match(r"(\D+?)(?::\s+|\s+(?=\d))(.+)$", line) or (line, line, "") for line in lines]
    return [(found[1], found[2]) for found in parted]


def _days(first: int, last: int) -> str:
    names = [weekday(_MONDAY + timedelta(days=number)) for number in (first, last)]
    words = names[0] if first == last else f"{names[0]}–{names[1]}"
    return words[:1].upper() + words[1:]
