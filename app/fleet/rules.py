"""What may be rented when: pure decisions, in words for a person. No session, no clock of their own."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.fleet.models import Car
from app.fleet.prices import wall_clock

LONGEST = timedelta(days=90)
MOST_DAYS_AHEAD = 549
#: Whoever chose "now" needs some time to press the button.
GRACE = timedelta(minutes=2)
Fault = tuple[str, Any]


def faults_of_period(starts_at: datetime, ends_at: datetime, now: datetime) -> list[Fault]:
    """What is wrong with a period whatever the car: (`from` or `to`, words)."""
    found: list[Fault] = []
    if starts_at < now - GRACE:
        found.append(("from", _("This time is over. Choose a later one.")))
    if starts_at > now + timedelta(days=MOST_DAYS_AHEAD):
        found.append(("from", _("This is more than 18 months ahead. Choose an earlier day.")))
    if ends_at <= starts_at:
        found.append(("to", _("The end must be after the start.")))
    elif ends_at - starts_at > LONGEST:
        found.append(("to", _("A car is let for 90 days at most. Call us for longer.")))
    return found


def faults_of_car(car: Car, starts_at: datetime, ends_at: datetime, now: datetime, zone: str) -> list[Fault]:
    """What this car's own rules say against a period: notice, shortest length, pick-up hours."""
    found: list[Fault] = []
    notice = timedelta(minutes=car.notice_minutes)
    if notice and starts_at < now + notice - GRACE:
        found.append(("from", _("This car must be booked at least %(hours)s hours ahead.", hours=_hours(notice))))
    shortest = timedelta(minutes=car.shortest_minutes)
    if wall_clock(starts_at, ends_at, zone)[1] < shortest:
        found.append(("to", _("This car is let for at least %(hours)s hours.", hours=_hours(shortest))))
    for field, at in (("from", starts_at), ("to", ends_at)):
        if not is_open(car, at, zone):
            words = _("This car is handed out and taken back between %(opens)s and %(closes)s.",
                      opens=f"{car.opens:%H:%M}", closes=f"{car.closes:%H:%M}")  # fmt: skip
            found.append((field, words))
    return found


def is_open(car: Car, at: datetime, zone: str) -> bool:
    """Whether the car can be fetched or brought back at that time of day."""
    if car.opens is None or car.closes is None:
        return True
    return car.opens <= at.astimezone(ZoneInfo(zone)).time() <= car.closes


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):g}"
