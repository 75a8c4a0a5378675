"""The dispatcher's board: crews, cars or drivers down, hours or days across; what takes their time as bars."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from app.bookings import assignment, offers
from app.bookings.models import Booking, BookingState, DriverState
from app.fleet.models import ClaimKind, Resource, ResourceKind
from app.kernel import clock
from app.office import planboard_queries as queries
from app.office.planboard_queries import Piece
from app.web.days import day_span
from app.web.pages import Page
from app.web.presentation import clock_time, local, when

MOST_LANES = 8
#: A job that has not begun so long after its time is late.
LATE = timedelta(minutes=15)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Window:
    """The days and hours that are shown, and how many minutes a column stands for."""

    first: date
    days: int
    opens: int
    hours: int
    unit: int

    @property
    def columns(self) -> int:
        """How many columns the line has."""
        return self.days * self.hours * 60 // self.unit

    @property
    def grid(self) -> str:
        """The class of a line; the style sheet has them all."""
        return {56: "q56", 48: "q48", 7: "q7"}[self.columns]

    @property
    def step(self) -> int:
        """By how many minutes a booking is moved when it is dragged: whole days where days are shown."""
        return self.unit if self.days == 1 else _MINUTES_A_DAY

    @property
    def dates(self) -> list[date]:
        """The days that are shown."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def column(self, at: datetime) -> float:
        """Where that instant lies by the business's clocks, from 0; beyond the edges, at the edges."""
        found = local(at)
        minutes = (found.hour - self.opens) * 60 + found.minute
        minutes = min(max(minutes, 0), self.hours * 60) + (found.date() - self.first).days * self.hours * 60
        return min(max(minutes / self.unit, 0), self.columns)

    def span(self, begins: datetime, ends: datetime) -> tuple[int, int]:
        """First column and the one after the last, from 1; equal where it is too short to be drawn."""
        if self.unit == _MINUTES_A_DAY:
            first, last = int(self.column(begins)), -int(-self.column(ends) // 1)
            return first + 1, last + 1
        return round(self.column(begins)) + 1, round(self.column(ends)) + 1


@dataclass(frozen=True)
class Mark:
    """What is not as it should be, in words and with an icon."""

    icon: str
    words: Any


@dataclass(frozen=True)
class Bar:
    """A booking, a hold, a buffer or time off, between two columns."""

    first: int
    last: int
    look: str
    title: str
    detail: str = ""
    booking: Booking | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def columns(self) -> str:
        """The classes that put it where it belongs."""
        return f"col-start-{self.first} col-end-{self.last}"

    @property
    def is_movable(self) -> bool:
        """Whether it is a booking that has not begun."""
        return self.booking is not None and self.booking.state in ("received", "confirmed", "assigned")


@dataclass
class Line:
    """One crew, car or driver, or (None) what nobody has yet: lanes of bars that do not overlap."""

    resource: Resource | None
    lanes: list[list[Bar]] = field(default_factory=list)
    hidden: int = 0

    def put(self, bar: Bar) -> None:
        """Into the first lane where it fits."""
        lane = next((lane for lane in self.lanes if lane[-1].last <= bar.first), None)
        if lane is not None:
            lane.append(bar)
        elif len(self.lanes) < MOST_LANES:
            self.lanes.append([bar])
        else:
            self.hidden += 1


@dataclass(frozen=True)
class Board:
    """What the page shows."""

    kind: ResourceKind
    window: Window
    lines: list[Line]
    nobody: Line
    rows: Page[Resource]
    now_column: int | None
    #: What nobody has yet.
    loose: Sequence[Booking]
    #: Who is off at this moment.
    off_now: frozenset[int]

    @property
    def waiting(self) -> int:
        """How many bookings nobody has yet."""
        return len(self.loose)


def window_of(kind: ResourceKind, first: date, *, week: bool, pieces: Sequence[Piece] = ()) -> Window:
    """A week from its Monday, or a day: 14 hours where all of it lies within them, else all 24."""
    if week:
        monday = first - timedelta(days=first.weekday())
        unit = 180 if kind is ResourceKind.CAR else _MINUTES_A_DAY
        return Window(monday, 7, 0, 24, unit)
    hours = [local(at) for piece in pieces if piece.booking is not None for at in (piece.begins, piece.ends)]
    own = [at.hour + at.minute / 60 for at in hours if at.date() == first]
    fits = all(6 <= hour <= 20 for hour in own)
    return Window(first, 1, 6, 14, 15) if fits else Window(first, 1, 0, 24, 30)


def board_of(kind: ResourceKind, first: date, *, week: bool, rows: Page[Resource]) -> Board:
    """The board of these resources; few statements, however much there is on it."""
    wide = window_of(kind, first, week=week)
    begins, ends = day_span(wide.dates[0], wide.dates[-1])
    pieces = queries.pieces([resource.id for resource in rows], begins, ends)
    waiting = queries.waiting(kind, begins, ends)
    loose = [Piece(None, ClaimKind.BOOKING, one.starts_at, one.ends_at, "", one) for one in waiting]
    drivers = queries.drivers_of([piece.booking.id for piece in [*pieces, *loose] if piece.booking is not None])
    window = window_of(kind, first, week=week, pieces=[*pieces, *loose])
    lines = {resource.id: Line(resource) for resource in rows}
    before: dict[int, Piece] = {}
    for piece in sorted(pieces, key=lambda one: one.begins):
        bar = _bar(piece, window, kind, drivers, before)
        if bar is not None and piece.resource_id in lines:
            lines[piece.resource_id].put(bar)
    nobody = Line(None)
    for piece in loose:
        bar = _bar(piece, window, kind, drivers, before)
        if bar is not None:
            nobody.put(bar)
    now = clock.now()
    shows_now = begins <= now < ends and window.opens <= local(now).hour < window.opens + window.hours
    now_column = int(window.column(now)) + 1 if shows_now and window.unit < _MINUTES_A_DAY else None
    off_now = frozenset(
        piece.resource_id
        for piece in pieces
        if piece.kind == ClaimKind.BLOCK and piece.resource_id is not None and piece.begins <= now < piece.ends
    )
    return Board(kind, window, list(lines.values()), nobody, rows, now_column, waiting, off_now)


def _bar(
    piece: Piece, window: Window, kind: ResourceKind, drivers: dict[int, tuple[str, str]], before: dict[int, Piece]
) -> Bar | None:
    first, last = window.span(piece.begins, piece.ends)
    if piece.kind == ClaimKind.BUFFER:
        return Bar(first, last, "is-buffer", _("Getting ready")) if last > first else None
    last = max(last, first + 1)
    if first > window.columns:
        first, last = window.columns, window.columns + 1
    if piece.booking is None:
        if piece.kind == ClaimKind.HOLD:
            until = _("until %(time)s", time=clock_time(piece.expires_at)) if piece.expires_at is not None else ""
            return Bar(first, last, "is-hold", _("Being booked"), until)
        return Bar(first, last, "is-off", piece.reason or _("Off"), _times(piece, window))
    marks = tuple(_marks(piece, kind, drivers.get(piece.booking.id, ("", ""))[0], before))
    look = {BookingState.DONE: "is-done", BookingState.IN_PROGRESS: "is-now"}.get(BookingState(piece.booking.state), "")
    look = look or ("is-alert" if piece.resource_id is None or marks else "")
    return Bar(
        first, last, look, piece.booking.contact_name, _detail(piece, window, kind, drivers), piece.booking, marks
    )


def _detail(piece: Piece, window: Window, kind: ResourceKind, drivers: dict[int, tuple[str, str]]) -> str:
    booking = piece.booking
    if booking is None:
        return ""
    if kind is ResourceKind.CAR:
        name = drivers.get(booking.id, ("", ""))[1]
        return _("with %(driver)s", driver=name) if name else _times(piece, window)
    return _times(piece, window) if booking.has_time else _("no set time")


def _times(piece: Piece, window: Window) -> str:
    inside = local(piece.begins).date() == local(piece.ends).date()
    if inside:
        return f"{clock_time(piece.begins)}–{clock_time(piece.ends)}"
    return f"{when(piece.begins)} – {when(piece.ends)}" if window.days == 1 else f"{clock_time(piece.begins)} →"


def _marks(piece: Piece, kind: ResourceKind, driver_state: str, before: dict[int, Piece]) -> list[Mark]:
    """What a person has to see to."""
    booking, found = piece.booking, []
    if booking is None:
        return []
    if booking.state == BookingState.ASSIGNED and booking.starts_at < clock.now() - LATE:
        found.append(Mark("timer", _("late")))
    if driver_state == DriverState.NOBODY:
        found.append(Mark("id-card", _("no driver")))
    if booking.mail_trouble:
        found.append(Mark("mail-x", _("mail came back")))
    if piece.resource_id is not None and kind is not ResourceKind.CAR:
        last = before.get(piece.resource_id)
        gap = assignment.TRAVEL_GAP if booking.service == "car" else offers.rules(booking.service).travel
        if last is not None and booking.is_open and piece.begins - last.ends < gap:
            found.append(Mark("route", _("no time for the way")))
        before[piece.resource_id] = piece
    return found
