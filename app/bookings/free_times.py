"""Which days and times of the business in scope can still be kept, and the refusal of what cannot."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from app.bookings import capacity, offers
from app.bookings.capacity import Busy, Rules
from app.bookings.diary_models import ClosedDays, CrewLimit
from app.bookings.holidays import holiday
from app.bookings.models import OPEN, Booking, BookingClaim
from app.bookings.orders import MoveOrder, last_day
from app.fleet.models import Claim, Resource, ResourceKind
from app.identity.turns import take_turn
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.tenancy import current_business_id
from app.web.days import business_today, business_zone, day_span
from app.web.presentation import clock_time, day, local

#: A job may have begun so long before the time that is looked at.
LONGEST = timedelta(days=90)
#: So far around a day that cannot be kept the nearest free ones are looked for.
AROUND = timedelta(days=28)


class NotKept(Invalid):
    """That day or time cannot be kept; `days` are the nearest that can."""

    def __init__(self, field: str, words: str, days: list[date]) -> None:
        super().__init__([(field, words)])
        self.days = days
        self.extra["freeDays"] = [found.isoformat() for found in days]


@dataclass(frozen=True)
class FreeTimes:
    """The times of some days at which a job of one kind can begin."""

    rules: Rules
    first: date
    last: date
    taken: list[Busy]
    closed: list[tuple[date, date, str]]
    holidays: list[str]
    now: datetime
    _known: dict[date, list[datetime]] = field(default_factory=dict, init=False)

    def times(self, wanted: date) -> list[datetime]:
        """When a job can begin that day, as instants."""
        if wanted not in self._known:
            is_out = not self.first <= wanted <= self.last or self.closed_for(wanted) is not None
            self._known[wanted] = [] if is_out else capacity.starts(self.rules, wanted, self.taken, after=self.now)
        return self._known[wanted]

    def is_free(self, wanted: date) -> bool:
        """Whether any time of that day can be kept."""
        return bool(self.times(wanted))

    def closed_for(self, wanted: date) -> str | None:
        """Why nobody works that day; None when it is an ordinary one."""
        for begins, ends, reason in self.closed:
            if begins <= wanted <= ends:
                return reason or _("closed")
        name = holiday(wanted, self.holidays)
        return str(name) if name is not None else None

    def nearest(self, wanted: date) -> list[date]:
        """The free days closest to that one."""
        return capacity.nearest(wanted, self.first, self.last, self.is_free)


def look(kind: str, first: date, last: date, *, but: int = 0) -> FreeTimes | None:
    """What can be kept from `first` to `last`, as if the booking `but` were not there.

    None while the firm has not said when it is open.
    """
    business = get_business(current_business_id())
    if business.hours is None:
        return None
    begins, ends = day_span(first, last)
    closed = select(ClosedDays.first, ClosedDays.last, ClosedDays.reason).where(
        ClosedDays.last >= first, ClosedDays.first <= last
    )
    return FreeTimes(
        rules=rules_of(kind, business.hours),
        first=first,
        last=last,
        taken=list(_taken(begins - timedelta(days=1), ends + timedelta(days=1), but)),
        closed=[(row.first, row.last, row.reason) for row in db.session.execute(closed)],
        holidays=business.holidays,
        now=clock.now(),
    )


def rules_of(kind: str, hours: list[list[str] | None]) -> Rules:
    """What the firm can do of that kind now."""
    crews = select(Resource.id).where(Resource.kind == ResourceKind.CREW, Resource.retired_at.is_(None))
    offer = offers.rules(kind)
    return Rules(
        kind=kind,
        zone=business_zone(),
        hours=tuple(
            (time.fromisoformat(shift[0]), time.fromisoformat(shift[1])) if shift is not None else None
            for shift in hours
        ),
        length=offer.length,
        travel=offer.travel,
        crews=frozenset(db.session.scalars(crews)),
        at_once=db.session.scalar(select(CrewLimit.at_once).where(CrewLimit.kind == kind)),
    )


def keep_diary() -> None:
    """Keep the firm's diary until the transaction ends: nobody else takes a time of it meanwhile."""
    take_turn(f"diary {current_business_id()}")


def kept_span(order: MoveOrder, starts_at: datetime) -> tuple[datetime, datetime]:
    """The time that a booking gets, with the firm's diary kept for it until the transaction ends; NotKept for none.

    Who named a day only gets its first free time.
    """
    keep_diary()
    found = around(order.service_type, order.date)
    if found is None:
        return starts_at, starts_at + offers.rules(order.service_type).length
    refuse_unless_free(found, order.date, starts_at if order.time is not None else None)
    begins = starts_at if order.time is not None else found.times(order.date)[0]
    return begins, begins + found.rules.length


def keep_moved(booking: Booking, starts_at: datetime, ends_at: datetime) -> None:
    """Keep the firm's diary until the transaction ends; NotKept where the booking cannot be moved to that time."""
    if booking.service == "car" or (starts_at, ends_at) == (booking.starts_at, booking.ends_at):
        return
    keep_diary()
    wanted = local(starts_at).date()
    found = around(booking.service, wanted, but=booking.id)
    if found is not None and get_business(current_business_id()).keeps_form:
        found = replace(found, rules=replace(found.rules, length=ends_at - starts_at))
        refuse_unless_free(found, wanted, starts_at)


def around(kind: str, wanted: date, *, but: int = 0) -> FreeTimes | None:
    """What can be kept in the weeks around that day, as far as it can be booked."""
    today = business_today()
    return look(kind, max(today, wanted - AROUND), max(today, min(last_day(today), wanted + AROUND)), but=but)


def refuse_unless_free(found: FreeTimes, wanted: date, starts_at: datetime | None) -> None:
    """NotKept for a day without any free time, and for a time of it that is not free."""
    times = found.times(wanted)
    if not times:
        raise NotKept("date", _day_words(found, wanted), found.nearest(wanted))
    if starts_at is None or starts_at in times or _fits(found, wanted, starts_at):
        return
    free = ", ".join(clock_time(at) for at in times)
    raise NotKept("time", _("No crew is free then. On this day we can come at %(times)s.", times=free), [wanted])


def _fits(found: FreeTimes, wanted: date, starts_at: datetime) -> bool:
    """Whether a time beside the whole hours that are offered can be kept too."""
    shift = found.rules.opens(wanted)
    is_inside = shift is not None and shift[0] <= starts_at and starts_at + found.rules.length <= shift[1]
    return is_inside and starts_at >= found.now and found.rules.can_take(starts_at, found.taken)


def _day_words(found: FreeTimes, wanted: date) -> str:
    reason = found.closed_for(wanted)
    if reason is not None:
        words = _("We do not work on %(day)s (%(reason)s).", day=day(wanted), reason=reason)
    elif found.rules.opens(wanted) is None:
        words = _("We do not work on %(day)s.", day=day(wanted))
    else:
        words = _("We have no crew left on %(day)s.", day=day(wanted))
    near = ", ".join(day(one) for one in found.nearest(wanted))
    if not near:
        return " ".join((words, _("There is no free day in the weeks around it; call us.")))
    return " ".join((words, _("The nearest free days: %(days)s.", days=near)))


def _taken(begins: datetime, ends: datetime, but: int) -> Iterator[Busy]:
    """Everything that takes a crew's time: open bookings with the way behind them, and crews' time off."""
    crew_claims: Any = (
        select(BookingClaim.booking_id, Claim.resource_id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .join(Resource, Resource.id == Claim.resource_id)
        .where(Claim.released_at.is_(None), Resource.kind == ResourceKind.CREW)
        .subquery()
    )
    jobs = (
        select(Booking.starts_at, Booking.ends_at, Booking.service, crew_claims.c.resource_id)
        .outerjoin(crew_claims, crew_claims.c.booking_id == Booking.id)
        .where(
            Booking.id != but, Booking.state.in_(OPEN), Booking.service.in_(("move", "cleaning")),
            Booking.starts_at < ends, Booking.starts_at > begins - LONGEST, Booking.ends_at > begins,
        )
    )  # fmt: skip
    for row in db.session.execute(jobs):
        yield Busy(row.starts_at, row.ends_at + offers.rules(row.service).travel, row.service, row.resource_id)
    off = (
        select(func.lower(Claim.during).label("begins"), func.upper(Claim.during).label("ends"), Claim.resource_id)
        .join(Resource, Resource.id == Claim.resource_id)
        .outerjoin(BookingClaim, BookingClaim.claim_id == Claim.id)
        .where(
            Resource.kind == ResourceKind.CREW, BookingClaim.id.is_(None), Claim.released_at.is_(None),
            or_(Claim.expires_at.is_(None), Claim.expires_at > clock.now()),
            Claim.during.op("&&")(func.tstzrange(begins, ends, "[)")),
        )
    )  # fmt: skip
    for row in db.session.execute(off):
        yield Busy(row.begins, row.ends, "", row.resource_id)
