"""The demo's diary: what was booked for which crew or car, and what became of it. Rules and chance, no database."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.bookings.choices import EXTRAS, SIZES
from app.bookings.models import BookingState
from app.bookings.offers import USUAL_MINUTES
from app.bookings.orders import USUAL_START
from app.bookings.rentals import WITH_DRIVER
from app.cli.demo.firms import Firm, Thing
from app.cli.demo.names import Somebody, address, everybody
from app.fleet.models import ResourceKind
from app.kernel import clock
from app.kernel.access import Role

#: Behind us so many that the last thirty days can be compared with those before.
DAYS_BACK, DAYS_AHEAD = 61, 25
#: What the figures of this month are compared with, in days from today.
A_YEAR_AGO = (-395, -363)
DRIVER_A_DAY = 1_800
#: How full a crew's day is, Monday to Sunday; today it is well filled on any of them.
_FULL = (0.72, 0.68, 0.66, 0.72, 0.8, 0.45, 0.12)
_TODAY = 0.92
_REASONS = (
    "We found help among friends.", "The new flat is not ready yet.", "Booked by mistake.", "Moving on another day.",
    "Nytt datum, vi hör av oss.", "Lägenhetsbytet blev inte av.",
)  # fmt: skip
_NOTES = (
    "The code at the door is 4711.", "Narrow stairs, please bring straps.", "Ring on the mobile, the bell is broken.",
    "Portkod 1932. Hissen är liten.", "Flygeln ska stå kvar.", "Katten är hemma, stäng dörren efter er.",
    "Parkering på gården går bra.", "Two bicycles in the cellar as well.",
)  # fmt: skip
_S = BookingState


@dataclass
class Planned:
    """A booking of the demo before it is a row."""

    service: str
    who: Somebody
    starts_at: datetime
    ends_at: datetime
    things: tuple[Thing, ...]
    created_at: datetime
    state: BookingState = _S.RECEIVED
    from_address: str = ""
    to_address: str = ""
    size: str = ""
    extras: list[str] = field(default_factory=list)
    notes: str = ""
    price: int = 0
    reason: str = ""
    has_time: bool = True

    @property
    def takes_time(self) -> bool:
        """Whether its crew or car is taken for it."""
        held = self.service == "car" and self.state == _S.CONFIRMED
        return held or self.state in (_S.ASSIGNED, _S.IN_PROGRESS, _S.DONE)

    @property
    def driver(self) -> Thing | None:
        """Who drives the car that was booked."""
        return self.things[1] if len(self.things) > 1 else None


@dataclass
class Diary:
    """Sixty days of a firm, around the present instant."""

    firm: Firm
    now: datetime
    chance: Random
    people: list[Somebody] = field(init=False)
    planned: list[Planned] = field(default_factory=list)
    #: A booking whose confirmation comes back, and one that the same person makes afterwards.
    returned: Planned | None = None
    afterwards: Planned | None = None

    def __post_init__(self) -> None:
        known = next(person for person in self.firm.people if person.role == Role.CUSTOMER)
        self.people = everybody(self.firm.cast, self.chance, self.firm.known)
        self.people[0] = self.people[0]._replace(name=known.name, email=known.email, language=self.firm.cast.language)
        self.zone = str(self.firm.facts["time_zone"])

    def fill(self) -> list[Planned]:
        """Everything that was booked, by when it was booked."""
        today = self.now.astimezone(ZoneInfo(self.zone)).date()
        for first, last in ((-DAYS_BACK, DAYS_AHEAD), A_YEAR_AGO):
            for thing in self.firm.things:
                if thing.kind == ResourceKind.CREW:
                    for offset in range(first, last + 1):
                        self._fill_day(thing, today + timedelta(days=offset), offset)
                elif thing.kind == ResourceKind.CAR:
                    self._fill_car(thing, today, first, last)
        self._add_newest()
        self.planned.sort(key=lambda booking: (booking.created_at, booking.starts_at))
        return self.planned

    def _fill_day(self, crew: Thing, day: date, offset: int) -> None:
        """A crew's jobs of one day, one after the other with time to drive between them."""
        growing = 1 + (offset / 500 if offset < 0 else 0)
        thinning = 1.0 if offset < 4 else max(0.35, 1.05 - offset * 0.035)
        fullness = _TODAY if offset == 0 else _FULL[day.weekday()] * growing * thinning
        minutes = self.chance.choice((420, 420, 450, 480))
        while minutes < 15 * 60:
            if self.chance.random() > fullness:
                minutes += 120
                continue
            service = crew.does if self.chance.random() < 0.86 else ("move" if crew.does == "cleaning" else "cleaning")
            length = self.chance.choice((150, 180, 210, 240, 300) if service == "move" else (90, 120, 150, 180))
            start = clock.wall_time(day, minutes // 60, minutes % 60, self.zone)
            self._plan(service, start, start + timedelta(minutes=length), (crew,), offset)
            minutes += length + self.chance.choice((30, 45, 45, 60))

    def _fill_car(self, car: Thing, today: date, first: int, last: int) -> None:
        """A car's hires: a day to a week, with at least two hours between them for cleaning it."""
        drivers = [thing for thing in self.firm.things if thing.kind == ResourceKind.DRIVER]
        offset = first + self.chance.randrange(3)
        while offset < last:
            days = self.chance.choice((1, 1, 2, 2, 3, 3, 4, 7))
            # The first car goes out today, with the driver whose log-in is shown: that one should have something to do.
            is_shown = car is self.firm.things[0] and offset <= 0
            if is_shown and offset < 0 <= offset + days:
                days = max(0, -offset - 1)
            is_today = is_shown and offset == 0
            if days and (is_today or self.chance.random() < (0.72 if offset < 3 else max(0.25, 0.7 - offset * 0.02))):
                start = clock.wall_time(
                    today + timedelta(days=offset), self.chance.choice((9, 10, 12, 14)), 0, self.zone
                )
                end = clock.wall_time(
                    today + timedelta(days=offset + days), self.chance.choice((8, 16, 17)), 0, self.zone
                )
                wants_driver = is_today or self.chance.random() < 0.22
                driver = self._free_driver(drivers[: 1 if is_today else None], start, end) if wants_driver else None
                self._plan("car", start, end, (car, driver) if driver else (car,), offset)
            offset += days + 1

    def _free_driver(self, drivers: list[Thing], start: datetime, end: datetime) -> Thing | None:
        for driver in self.chance.sample(drivers, len(drivers)):
            rest = timedelta(hours=8)
            busy = any(
                driver in booking.things and booking.starts_at < end + rest and start < booking.ends_at + rest
                for booking in self.planned
            )
            if not busy:
                return driver
        return None

    def _plan(self, service: str, start: datetime, end: datetime, things: tuple[Thing, ...], offset: int) -> None:
        lead = timedelta(days=1 + self.chance.expovariate(1 / 8), hours=self.chance.uniform(-9, 2))
        created = start - lead
        if created > self.now - timedelta(minutes=70):
            created = self.now - timedelta(hours=1.3 + self.chance.uniform(0, 15 * 24))
        # The first is the customer with a log-in, whose pages should show something.
        who = self.people[0] if self.chance.random() < 0.014 else self.chance.choice(self.people)
        booking = Planned(service, who, start, end, things, self._awake(created))
        self._describe(booking)
        booking.state = self._state_of(booking, offset)
        if booking.state in (_S.CANCELLED, _S.NO_SHOW) and self.chance.random() < 0.8:
            booking.reason = self.chance.choice(_REASONS) if booking.state is _S.CANCELLED else ""
        if booking.state in (_S.RECEIVED, _S.EXPIRED) and service != "car":
            booking.price = 0
            if self.chance.random() < 0.2:
                self._leave_time_open(booking)
        self.planned.append(booking)

    def _leave_time_open(self, booking: Planned) -> None:
        """The customer named a day only."""
        day = booking.starts_at.astimezone(ZoneInfo(self.zone)).date()
        booking.has_time = False
        booking.starts_at = clock.wall_time(day, USUAL_START.hour, USUAL_START.minute, self.zone)
        booking.ends_at = booking.starts_at + timedelta(minutes=USUAL_MINUTES[booking.service])

    def _awake(self, at: datetime) -> datetime:
        """The same or a somewhat earlier time at which people sit down and book."""
        hour = at.astimezone(ZoneInfo(self.zone)).hour
        return at - timedelta(hours=hour + 3) if hour < 6 else at

    def _describe(self, booking: Planned) -> None:
        chance, cast = self.chance, self.firm.cast
        booking.from_address = address(cast, chance)
        if chance.random() < 0.16:
            booking.notes = chance.choice(_NOTES)
        if booking.service == "car":
            car = booking.things[0]
            days = max(1, round((booking.ends_at - booking.starts_at) / timedelta(days=1)))
            booking.size = f"{car.name}, {car.label}"
            booking.extras = [WITH_DRIVER] if booking.driver else []
            booking.price = days * (car.price + (DRIVER_A_DAY if booking.driver else 0))
            return
        booking.size = chance.choice(list(SIZES[booking.service]))
        booking.extras = chance.sample(list(EXTRAS[booking.service]), chance.choice((0, 0, 0, 1, 1, 2)))
        hours = (booking.ends_at - booking.starts_at) / timedelta(hours=1)
        booking.price = int(hours * (139 if booking.service == "move" else 69) + 45 * len(booking.extras)) * 10
        if booking.service == "move":
            booking.to_address = address(cast, chance)

    def _state_of(self, booking: Planned, offset: int) -> BookingState:
        dice, age = self.chance.random(), self.now - booking.created_at
        if booking.service == "car":
            return self._state_of_hire(booking, dice)
        taken = _S.ASSIGNED
        if booking.ends_at < self.now:
            return _of(dice, (0.06, _S.CANCELLED), (0.025, _S.NO_SHOW), (0.025, _S.EXPIRED), (1, _S.DONE))
        if booking.starts_at <= self.now:
            return _S.IN_PROGRESS
        if offset <= 1:
            return _of(dice, (0.9, taken), (0.1, _S.CONFIRMED))
        if age < timedelta(hours=16):
            return _of(dice, (0.75, _S.RECEIVED), (0.25, taken))
        if offset <= 7:
            return _of(dice, (0.05, _S.CANCELLED), (0.88, taken), (0.07, _S.CONFIRMED))
        if age < timedelta(days=2):
            return _of(dice, (0.15, _S.RECEIVED), (0.85, _S.CONFIRMED))
        return _of(dice, (0.05, _S.CANCELLED), (0.35, taken), (0.6, _S.CONFIRMED))

    def _state_of_hire(self, booking: Planned, dice: float) -> BookingState:
        """Cars are confirmed at once; only drivers are found afterwards."""
        if booking.ends_at < self.now:
            return _of(dice, (0.06, _S.CANCELLED), (0.03, _S.NO_SHOW), (1, _S.DONE))
        if booking.starts_at <= self.now:
            return _S.IN_PROGRESS
        taken = _S.ASSIGNED if booking.driver else _S.CONFIRMED
        return _of(dice, (0.05, _S.CANCELLED), (0.8, taken), (0.15, _S.CONFIRMED))

    def _add_newest(self) -> None:
        """What came in during the last hour, so that the live pages have something to show."""
        ahead = [booking for booking in self.planned if booking.starts_at > self.now + timedelta(days=3)]
        count = 16 if self.firm.cast.language == "sv" else 4
        newest = self.chance.sample(ahead, min(count, len(ahead)))
        for number, booking in enumerate(newest):
            # More towards the present: the figure of the last hour climbs.
            booking.created_at = self.now - timedelta(minutes=1.5 + 54 * (number / count) ** 1.4, seconds=number * 7)
            booking.state, booking.reason = _S.CONFIRMED if booking.service == "car" else _S.RECEIVED, ""
            if booking.service != "car":
                booking.price = 0
        lately = [
            booking for booking in ahead if timedelta(hours=2) < self.now - booking.created_at < timedelta(days=3)
        ]
        if lately and len(newest) > 5:
            self.returned, self.afterwards = max(lately, key=lambda booking: booking.created_at), newest[4]
            self.afterwards.who = self.returned.who


def _of(dice: float, *shares: tuple[float, BookingState]) -> BookingState:
    """The state in whose share of the whole the dice fell."""
    for share, state in shares:
        if dice < share:
            return state
        dice -= share
    return shares[-1][1]
