"""Which times of a day can be kept: pure rules over opening hours, closed days, crews and what is booked already."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.kernel import clock

#: Customers are told an hour within which we come; the next one begins when it ends.
ARRIVAL = timedelta(hours=1)
Hours = tuple[tuple[time, time] | None, ...]


@dataclass(frozen=True)
class Busy:
    """Time that is taken: by a job of that kind (empty for time off), of that crew (None while none has it)."""

    starts_at: datetime
    ends_at: datetime
    kind: str = ""
    crew: int | None = None

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it takes any of that time; back-to-back is no overlap."""
        return self.starts_at < ends_at and starts_at < self.ends_at


@dataclass(frozen=True)
class Rules:
    """What a firm can do of one kind: when it is open, how long a job and the way behind it take, with which crews."""

    kind: str
    zone: str
    hours: Hours
    length: timedelta
    travel: timedelta
    crews: frozenset[int]
    #: How many of this kind may be under way at once, where that is fewer than there are crews.
    at_once: int | None = None

    def opens(self, day: date) -> tuple[datetime, datetime] | None:
        """From when to when it works that day, as instants; None on a weekday on which it does not."""
        shift = self.hours[day.weekday()] if self.hours else None
        if shift is None:
            return None
        opens, closes = (clock.wall_time(day, at.hour, at.minute, self.zone) for at in shift)
        return (opens, closes) if opens < closes else None

    def can_take(self, starts_at: datetime, taken: Iterable[Busy]) -> bool:
        """Whether a crew can come then, with the way to the next job behind it."""
        return self.has_crew(starts_at, starts_at + self.length, taken)

    def has_crew(self, starts_at: datetime, ends_at: datetime, taken: Iterable[Busy]) -> bool:
        """Whether there is a crew for all of that time and the way behind it, whoever has which job."""
        until = ends_at + self.travel
        near = [busy for busy in taken if busy.overlaps(starts_at, until)]
        given = {busy.crew for busy in near if busy.crew is not None}
        if len(self.crews - given) < 1 or _most_at_once(near, starts_at, until) >= len(self.crews):
            return False
        same = [busy for busy in near if busy.kind == self.kind]
        return self.at_once is None or _most_at_once(same, starts_at, until) < self.at_once


def starts(rules: Rules, day: date, taken: Sequence[Busy], *, after: datetime) -> list[datetime]:
    """The instants of that day at which a job can begin and be done before closing; none before `after`.

    They stand on the wall clock: 13:00 is 13:00 also on the days on which the clocks change.
    """
    shift = rules.opens(day)
    if shift is None:
        return []
    opens, closes = shift
    near = [busy for busy in taken if busy.overlaps(opens, closes + rules.travel)]
    local = rules.hours[day.weekday()]
    assert local is not None  # noqa: S101  # `opens` has answered for it
    first = local[0].hour * 60 + local[0].minute
    step = int(ARRIVAL / timedelta(minutes=1))
    found: list[datetime] = []
    for minutes in range(first, 24 * 60, step):
        begins = clock.wall_time(day, minutes // 60, minutes % 60, rules.zone)
        is_inside = begins >= max(opens, after) and begins + rules.length <= closes
        if is_inside and begins not in found and rules.can_take(begins, near):
            found.append(begins)
    return found


def nearest(wanted: date, first: date, last: date, is_free: Callable[[date], bool], count: int = 3) -> list[date]:
    """The free days closest to the one that was wanted, in the order of the calendar."""
    found: list[date] = []
    for distance in range((last - first).days + 1):
        for day in {wanted - timedelta(days=distance), wanted + timedelta(days=distance)}:
            if first <= day <= last and len(found) < count and is_free(day):
                found.append(day)
        if len(found) >= count:
            break
    return sorted(found)


def _most_at_once(taken: Sequence[Busy], starts_at: datetime, ends_at: datetime) -> int:
    """How many are under way at the busiest instant of that time."""
    steps = sorted(
        [(max(busy.starts_at, starts_at), 1) for busy in taken] + [(busy.ends_at, -1) for busy in taken],
        key=lambda step: (step[0], step[1]),
    )
    most = now = 0
    for _at, change in steps:
        now += change
        most = max(most, now)
    return most
