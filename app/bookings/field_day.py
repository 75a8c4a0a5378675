"""The day of somebody who drives or carries: the jobs with how far each is, the hours, and what tomorrow brings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from app.bookings.checklists import items_of
from app.bookings.field_models import FieldReport, Kind
from app.bookings.models import CALLED_OFF, Booking, BookingClaim, BookingState
from app.fleet.models import Claim, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import db
from app.web.days import business_today, day_span


@dataclass
class Job:
    """A job of the day: `at` is how far it is: assigned, on_the_way, started or done."""

    booking: Booking
    at: str = "assigned"
    car: Resource | None = None
    on_the_way_at: datetime | None = None
    started_at: datetime | None = None
    done_at: datetime | None = None
    ticked: set[str] = field(default_factory=set)
    notes: list[FieldReport] = field(default_factory=list)
    extras: list[FieldReport] = field(default_factory=list)

    @property
    def items(self) -> tuple[str, ...]:
        """What is to be ticked off."""
        return items_of(self.booking.service)

    def worked(self, now: datetime) -> timedelta:
        """How long it has taken, so far or in all."""
        if self.started_at is None:
            return timedelta()
        return max((self.done_at or now) - self.started_at, timedelta())


@dataclass
class Day:
    """The jobs of today in order, and of tomorrow."""

    jobs: list[Job]
    tomorrow: Sequence[Booking]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(job.at == "done" for job in self.jobs)

    @property
    def current(self) -> Job | None:
        """The first one that is not done."""
        return next((job for job in self.jobs if job.at != "done"), None)

    @property
    def minutes(self) -> int:
        """The minutes worked so far."""
        now = clock.now()
        return int(sum((job.worked(now) for job in self.jobs), timedelta()) / timedelta(minutes=1))


def day_of(own: Sequence[Resource], asked: set[int]) -> Day:
    """The day of whoever is one of those crews or drivers; without what they are only `asked` for so far."""
    today = business_today()
    bookings = [one for one in _bookings(own, today, running=True) if one.id not in asked]
    following = [one for one in _bookings(own, today + timedelta(days=1)) if one.id not in asked]
    ids = [one.id for one in bookings]
    reports: dict[int, list[FieldReport]] = defaultdict(list)
    rows = select(FieldReport).where(FieldReport.booking_id.in_(ids)).order_by(FieldReport.id)
    for report in db.session.scalars(rows) if ids else ():
        reports[report.booking_id].append(report)
    links = _links(ids)
    mine = {resource.id for resource in own}
    return Day([_job(one, reports[one.id], links[one.id], mine) for one in bookings], following)


def _bookings(own: Sequence[Resource], day: date, *, running: bool = False) -> Sequence[Booking]:
    """The bookings of that day; with those still `running` from before."""
    if not own:
        return []
    begin, end = day_span(day)
    given = select(BookingClaim.booking_id).join(Claim, Claim.id == BookingClaim.claim_id)
    given = given.where(Claim.resource_id.in_([one.id for one in own]), Claim.released_at.is_(None))
    then = and_(Booking.starts_at >= begin, Booking.starts_at < end)
    if running:
        then = or_(then, and_(Booking.state == BookingState.IN_PROGRESS, Booking.starts_at < begin))
    rows = select(Booking).where(Booking.id.in_(given), then, Booking.state.not_in(CALLED_OFF))
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id)).all()


def _links(ids: Sequence[int]) -> dict[int, list[Claim]]:
    """The live claims of each booking, with their cars and crews."""
    found: dict[int, list[Claim]] = defaultdict(list)
    rows = select(BookingClaim).where(BookingClaim.booking_id.in_(ids))
    for link in db.session.scalars(rows) if ids else ():
        if link.claim.released_at is None:
            found[link.booking_id].append(link.claim)
    return found


def _job(booking: Booking, reports: list[FieldReport], claims: list[Claim], mine: set[int]) -> Job:
    job = Job(booking, car=next((one.resource for one in claims if one.resource.kind == ResourceKind.CAR), None))
    given_at = max((one.created_at for one in claims if one.resource_id in mine), default=booking.created_at)
    for report in reports:
        if report.kind == Kind.NOTE:
            job.notes.append(report)
        elif report.kind == Kind.EXTRA:
            job.extras.append(report)
        elif report.kind == Kind.TICKED:
            job.ticked.add(report.words)
        elif report.kind == Kind.UNTICKED:
            job.ticked.discard(report.words)
        elif report.at >= given_at and report.kind in (Kind.ON_THE_WAY, Kind.STARTED, Kind.DONE):
            setattr(job, f"{report.kind}_at", report.said_at)
        elif report.at >= given_at and report.kind == Kind.CAR_OUT:
            job.started_at = job.started_at or report.said_at
        elif report.at >= given_at and report.kind == Kind.CAR_BACK:
            job.done_at = job.done_at or report.said_at
    if booking.state == BookingState.DONE:
        job.at = "done"
    elif booking.state == BookingState.IN_PROGRESS:
        job.at = "started"
    elif job.on_the_way_at is not None:
        job.at = "on_the_way"
    return job
