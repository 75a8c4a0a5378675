"""Who has a resource's time and until when, when it is free next, and who could take the job instead."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import Range

from app.bookings import free_times, lifecycle
from app.bookings.models import Booking, BookingClaim
from app.fleet import claims, rules
from app.fleet.models import Car, Claim, ClaimKind, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db, lock
from app.web.days import business_zone
from app.web.presentation import local, when

#: So far ahead a next free time is looked for.
AHEAD = timedelta(days=60)
CREWS_AHEAD_DAYS = 14
MOST_INSTEAD = 3


@dataclass(frozen=True)
class Rival:
    """What takes the time: whose it is (or why it is off), until when, and the booking's reference where it is one."""

    who: str
    until: datetime
    reference: str = ""
    is_off: bool = False


class Occupied(claims.Taken):
    """Somebody has that time; says who, until when, when it is free next and who is free instead."""

    def __init__(
        self, resource: Resource, rival: Rival, next_free: datetime | None = None, instead: list[Resource] | None = None
    ) -> None:
        self.resource, self.rival, self.next_free, self.instead = resource, rival, next_free, instead or []
        super().__init__(
            self._words(), resource=resource.name, by=rival.who, until=rival.until.isoformat(),
            nextFree=next_free.isoformat() if next_free else None, freeInstead=[one.name for one in self.instead],
        )  # fmt: skip

    def _words(self) -> str:
        name, rival = self.resource.name, self.rival
        said = [_("%(name)s is taken until %(until)s: %(who)s.", name=name, until=when(rival.until), who=rival.who)]
        if self.next_free:
            said.append(_("Free for it next: %(when)s.", when=when(self.next_free)))
        if self.instead:
            said.append(_("Free then: %(names)s.", names=", ".join(one.name for one in self.instead)))
        return " ".join(said)


def refuse_if_taken(booking: Booking, resources: Iterable[Resource], starts_at: datetime, ends_at: datetime) -> None:
    """Occupied where one of them has something else then; in the open transaction, under the lock of each."""
    own = {link.claim_id for link in lifecycle.claims_of(booking)}
    for resource in sorted(resources, key=lambda one: one.id):  # in one order, so that two never wait for each other
        lock(Resource, resource.id)
        claims.lift_lapsed(resource.id, at=clock.now())
        during = claims.period(starts_at, ends_at + _buffer(resource))
        if (found := rival(resource.id, during, but=own)) is not None:
            later = next_free(booking, resource, starts_at, but=own)
            instead = free_instead(ResourceKind(resource.kind), during, but=own)
            raise Occupied(resource, found, later, instead)


def rival(resource_id: int, during: Range[datetime], *, but: Collection[int] = ()) -> Rival | None:
    """What the resource is taken by in that time, leaving out those claims; None where it is free."""
    rows = _taken(during, but).where(Claim.resource_id == resource_id).order_by(func.lower(Claim.during)).limit(1)
    found = db.session.execute(rows).first()
    return _rival(found) if found is not None else None


def rivals(kind: ResourceKind, during: Range[datetime], *, but: Collection[int] = ()) -> dict[int, Rival]:
    """The same for all resources of that kind which are taken then; one statement."""
    rows = _taken(during, but).where(Resource.kind == kind).order_by(func.lower(Claim.during).desc())
    return {row.resource_id: _rival(row) for row in db.session.execute(rows)}


def free_instead(kind: ResourceKind, during: Range[datetime], *, but: Collection[int] = ()) -> list[Resource]:
    """Up to three of that kind whom nobody has then."""
    taken = rivals(kind, during, but=but)
    rows = select(Resource).where(Resource.kind == kind, Resource.retired_at.is_(None), Resource.id.not_in(taken))
    return list(db.session.scalars(rows.order_by(func.length(Resource.name), Resource.name).limit(MOST_INSTEAD)))


def next_free(booking: Booking, resource: Resource, after: datetime, *, but: Collection[int] = ()) -> datetime | None:
    """When the resource can take the whole booking next, from `after` on; None where that is too far ahead."""
    after = max(after, _quarter(clock.now()))
    spans, length = _spans(resource.id, after, but), booking.ends_at - booking.starts_at
    if resource.kind == ResourceKind.CREW:
        return _next_of_crew(booking, spans, after)
    car = db.session.get(Car, resource.id) if resource.kind == ResourceKind.CAR else None
    length += _buffer(resource)
    at, zone = _first_gap(spans, after, length), business_zone()
    while car is not None and at is not None and not rules.is_open(car, at, zone):
        opens = car.opens
        if opens is None or at > after + AHEAD:
            return None
        day = at.astimezone(ZoneInfo(zone)).date()
        opening = clock.wall_time(day, opens.hour, opens.minute, zone)
        if opening <= at:
            opening = clock.wall_time(day + timedelta(days=1), opens.hour, opens.minute, zone)
        at = _first_gap(spans, opening, length)
    return at


def _buffer(resource: Resource) -> timedelta:
    car = db.session.get(Car, resource.id) if resource.kind == ResourceKind.CAR else None
    return car.buffer if car is not None else timedelta()


def _next_of_crew(booking: Booking, spans: list[tuple[datetime, datetime]], after: datetime) -> datetime | None:
    length, first = booking.ends_at - booking.starts_at, local(after).date()
    found = free_times.around(booking.service, first, but=booking.id)
    if found is None:
        return _first_gap(spans, after, length)
    found = replace(found, rules=replace(found.rules, length=length))
    for number in range(CREWS_AHEAD_DAYS):
        for at in found.times(first + timedelta(days=number)):
            if at >= after and not any(begins < at + length and at < ends for begins, ends in spans):
                return at
    return None


def _quarter(at: datetime) -> datetime:
    return at + (datetime.min.replace(tzinfo=at.tzinfo) - at) % timedelta(minutes=15)


def _first_gap(spans: list[tuple[datetime, datetime]], after: datetime, length: timedelta) -> datetime | None:
    at = after
    for begins, ends in spans:
        if begins - at >= length:
            break
        at = max(at, ends)
    return at if at <= after + AHEAD else None


def _spans(resource_id: int, after: datetime, but: Collection[int]) -> list[tuple[datetime, datetime]]:
    during = Range(after, after + AHEAD, bounds="[)")
    rows = _taken(during, but).where(Claim.resource_id == resource_id).order_by(func.lower(Claim.during))
    return [(row.begins, row.ends) for row in db.session.execute(rows)]


def _taken(during: Range[datetime], but: Collection[int]) -> Select[Any]:
    return (
        select(
            Claim.resource_id, Claim.kind, Claim.reason, func.lower(Claim.during).label("begins"),
            func.upper(Claim.during).label("ends"), Booking.contact_name, Booking.reference,
        )
        .join(Resource, Resource.id == Claim.resource_id)
        .outerjoin(BookingClaim, BookingClaim.claim_id == Claim.id)
        .outerjoin(Booking, Booking.id == BookingClaim.booking_id)
        .where(
            Claim.released_at.is_(None), Claim.during.overlaps(during), Claim.id.not_in(list(but)),
            or_(Claim.expires_at.is_(None), Claim.expires_at > clock.now()),
        )
    )  # fmt: skip


def _rival(row: Any) -> Rival:
    if row.contact_name:
        return Rival(row.contact_name, row.ends, row.reference)
    if row.kind == ClaimKind.BLOCK:
        return Rival(row.reason or _("time off"), row.ends, is_off=True)
    return Rival(_("somebody who is booking just now"), row.ends)
