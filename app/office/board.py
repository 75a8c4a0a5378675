"""The day at a glance: who has which job when, as bars on an hour line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from app.bookings.choices import said_all
from app.bookings.figures import blocks_of, jobs_of
from app.bookings.models import Booking, BookingState
from app.bookings.queries import resource_of, resources
from app.fleet.models import Claim, Resource, ResourceKind
from app.kernel import clock
from app.web.days import business_today, day_span
from app.web.doors import current_business
from app.web.presentation import local

QUARTER = 15
USUAL_FIRST, USUAL_LAST = 7, 18
#: A line of 11 hours where that is enough, else of 14; what sticks out is cut at its edges.
NARROW, WIDE = 11, 14
MOST_LANES = 4
_S = BookingState


@dataclass(frozen=True)
class Bar:
    """A job, or time off, between two quarters of an hour (columns from 1)."""

    first: int
    last: int
    look: str
    title: str
    detail: str = ""
    booking: Booking | None = None

    @property
    def columns(self) -> str:
        """The classes that put it where it belongs; the style sheet has them all."""
        return f"col-start-{self.first} col-end-{self.last}"


@dataclass
class Line:
    """One crew (or car), or what has none: lanes of bars that do not overlap, and how many jobs found no room."""

    resource: Resource | None
    lanes: list[list[Bar]] = field(default_factory=list)
    hidden: int = 0

    def put(self, bar: Bar) -> None:
        """Into the first lane where it fits."""
        for lane in self.lanes:
            if lane[-1].last <= bar.first:
                lane.append(bar)
                return
        if len(self.lanes) < MOST_LANES:
            self.lanes.append([bar])
        else:
            self.hidden += 1


@dataclass(frozen=True)
class Board:
    """The day: its hours, its lines, what they sum up to."""

    kind: ResourceKind
    hours: range
    lines: list[Line]
    now_column: int | None
    jobs: Sequence[Booking]
    done: int
    under_way: int
    to_come: int
    without: list[Booking]
    cars_out: int

    @property
    def first_start(self) -> datetime | None:
        """When the first job of the day begins that has a time; what goes on from days before does not count."""
        begin, _end = day_span(business_today())
        return min((job.starts_at for job in self.jobs if job.has_time and job.starts_at >= begin), default=None)

    @property
    def at_work(self) -> int:
        """How many crews (or cars) have a job."""
        return sum(
            line.resource is not None and any(bar.booking for lane in line.lanes for bar in lane) for line in self.lines
        )


def todays_board() -> Board:
    """Today, by crew; in a business that only hires out cars, by car. Four statements."""
    everything = jobs_of(business_today())
    services = set(current_business().services)
    kind = ResourceKind.CAR if services == {"car"} else ResourceKind.CREW
    jobs = [job for job in everything if (job.service == "car") == (kind is ResourceKind.CAR)]
    cars_out = sum(
        job.service == "car" and job.state in (_S.ASSIGNED, _S.CONFIRMED, _S.IN_PROGRESS) for job in everything
    )
    blocks = blocks_of(business_today())
    hours = _hours(jobs)
    has = {job.id: resource_of(job, kind) for job in jobs}
    without = [job for job in jobs if has[job.id] is None and job.state in (_S.RECEIVED, _S.CONFIRMED)]
    return Board(
        kind=kind,
        hours=hours,
        lines=_lines(resources(kind), jobs, blocks, has, hours),
        now_column=_column(clock.now(), hours) if local(clock.now()).hour in hours else None,
        jobs=jobs,
        done=sum(job.state == _S.DONE for job in jobs),
        under_way=sum(job.state == _S.IN_PROGRESS for job in jobs),
        to_come=sum(job.state in (_S.RECEIVED, _S.CONFIRMED, _S.ASSIGNED) for job in jobs),
        without=without,
        cars_out=cars_out,
    )


def _lines(
    known: list[Resource],
    jobs: Sequence[Booking],
    blocks: Sequence[Claim],
    has: dict[int, Resource | None],
    hours: range,
) -> list[Line]:
    lines = {resource.id: Line(resource) for resource in known}
    nobody = Line(None)
    bars = [(has[job.id], _job_bar(job, hours, is_given=has[job.id] is not None)) for job in jobs]
    bars += [(claim.resource, _block_bar(claim, hours)) for claim in blocks if claim.resource_id in lines]
    for resource, bar in sorted(bars, key=lambda pair: pair[1].first):
        line = nobody if resource is None else lines.setdefault(resource.id, Line(resource))
        line.put(bar)
    return [*lines.values(), *([nobody] if nobody.lanes else [])]


def _job_bar(job: Booking, hours: range, *, is_given: bool) -> Bar:
    if job.state == _S.DONE:
        look = "is-done"
    elif job.state == _S.IN_PROGRESS:
        look = "is-now"
    else:
        look = "" if is_given else "is-alert"
    first, last = _span(job.starts_at, job.ends_at, hours)
    detail = said_all(job.size, []) or job.to_address or job.from_address
    return Bar(first, last, look, job.contact_name, detail, job)


def _block_bar(claim: Claim, hours: range) -> Bar:
    begins, ends = claim.during.lower, claim.during.upper
    first, last = _span(begins, ends, hours) if begins is not None and ends is not None else (1, len(hours) * 4 + 1)
    return Bar(first, last, "is-off", claim.reason or _("Off"))


def _span(begins: datetime, ends: datetime, hours: range) -> tuple[int, int]:
    """First column and the column after the last; at least one wide, within the line."""
    first = min(_column(begins, hours), len(hours) * 4)
    return first, max(_column(ends, hours, up=True), first + 1)


def _column(at: datetime, hours: range, *, up: bool = False) -> int:
    found = local(at)
    days = (found.date() - business_today()).days
    minutes = days * 24 * 60 + (found.hour - hours.start) * 60 + found.minute
    quarters = -(-minutes // QUARTER) if up else minutes // QUARTER
    return min(max(quarters, 0), len(hours) * 4) + 1


def _hours(jobs: Sequence[Booking]) -> range:
    today = business_today()
    starts = [local(job.starts_at).hour for job in jobs if local(job.starts_at).date() == today]
    ends = [local(job.ends_at) for job in jobs if local(job.ends_at).date() == today]
    first = min([USUAL_FIRST, *starts])
    last = max([USUAL_LAST, *(at.hour + bool(at.minute) for at in ends)])
    if first == USUAL_FIRST and last == USUAL_LAST:
        return range(USUAL_FIRST, USUAL_LAST)
    first = min(first, 24 - WIDE)
    return range(first, first + WIDE)
