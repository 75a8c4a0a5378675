"""The calendar of the booking form: which days can be chosen, and the hours within which we come."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from wtforms.fields.choices import SelectChoice

from app.bookings import free_times
from app.bookings.capacity import ARRIVAL
from app.bookings.free_times import FreeTimes, NotKept
from app.bookings.models import Booking
from app.bookings.orders import last_day
from app.kernel import clock
from app.web.days import business_today, business_zone, day_in
from app.web.doors import current_business
from app.web.presentation import clock_time

#: So many months are looked through for the first one with a free day.
_MONTHS_AHEAD = 4


@dataclass(frozen=True)
class Month:
    """A month of the calendar: weeks from Monday to Sunday (None outside of it), and the months before and after."""

    first: date
    weeks: list[list[date | None]]
    free: frozenset[date]
    before: str
    after: str
    nearest: list[date]


def month_of(kind: str, chosen: str, asked: str, *, moving: Booking | None = None) -> Month | None:
    """The month that was asked for, else that of the chosen day, else the first with a free day.

    `moving` is a booking that is to be moved: its own time is free for it.

    None where the firm takes every request, or has not said when it works: then any day can be chosen.
    """
    if not current_business().keeps_form:
        return None
    today = business_today()
    wanted = _first_of(day_in(f"{asked}-01")) or _first_of(day_in(chosen))
    month = min(max(wanted or _first_of(today) or today, today.replace(day=1)), last_day(today).replace(day=1))
    found = _look(kind, month, moving)
    for _step in range(_MONTHS_AHEAD if wanted is None else 0):
        if found is None or found.free:
            break
        month = _next(month)
        found = _look(kind, month, moving)
    return found


def windows(kind: str, chosen: str, *, moving: Booking | None = None) -> list[SelectChoice] | None:
    """The hours within which we can come on the chosen day, as choices; None where any time can be asked for."""
    day = day_in(chosen)
    if day is None or not current_business().keeps_form:
        return None if not current_business().keeps_form else []
    found = _kept(kind, day, day, moving)
    if found is None:
        return None
    return [SelectChoice(clock_time(at), f"{clock_time(at)}–{clock_time(at + ARRIVAL)}") for at in found.times(day)]


def refusal(kind: str, chosen: str, at: str) -> NotKept | None:
    """Why that day or time cannot be kept, with the nearest that can; None when it can, or anything may be asked."""
    day = day_in(chosen)
    if day is None or not current_business().keeps_form:
        return None
    found = free_times.around(kind, day)
    if found is None:
        return None
    hour, _colon, minute = at.partition(":")
    starts_at = None
    if hour.isdigit() and minute[:2].isdigit() and int(hour) < 24 and int(minute[:2]) < 60:
        starts_at = clock.wall_time(day, int(hour), int(minute[:2]), business_zone())
    try:
        free_times.refuse_unless_free(found, day, starts_at)
    except NotKept as refused:
        return refused
    return None


def _kept(kind: str, first: date, last: date, moving: Booking | None) -> FreeTimes | None:
    found = free_times.look(kind, first, last, but=moving.id if moving is not None else 0)
    if found is None or moving is None:
        return found
    return replace(found, rules=replace(found.rules, length=moving.ends_at - moving.starts_at))


def _look(kind: str, month: date, moving: Booking | None) -> Month | None:
    today = business_today()
    after = _next(month)
    last = min(after - timedelta(days=1), last_day(today))
    found = _kept(kind, max(month, today), max(last, today), moving)
    if found is None:
        return None
    days = [month + timedelta(days=step) for step in range((after - month).days)]
    free = [day for day in days if found.is_free(day)]
    cells: list[date | None] = [None] * month.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    return Month(
        first=month,
        weeks=[cells[at : at + 7] for at in range(0, len(cells), 7)],
        free=frozenset(free),
        before=f"{month - timedelta(days=1):%Y-%m}" if month > today else "",
        after=f"{after:%Y-%m}" if after <= last_day(today) else "",
        nearest=_first(found, free),
    )


def _first(found: FreeTimes, free: list[date]) -> list[date]:
    return free[:3] if found.rules.crews else []


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _first_of(day: date | None) -> date | None:
    return day.replace(day=1) if day is not None else None
