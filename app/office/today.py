"""What the office sees first: what needs a person with its remedy, the figures of thirty days, how the queue is."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from app.bookings import figures, handover_words, handovers, stats
from app.bookings.handover_models import Handover
from app.bookings.models import Booking
from app.bookings.queries import longest_waiting
from app.bookings.rentals import without_driver
from app.jobs import queries as jobs
from app.jobs import schedule, workers
from app.jobs.choices import in_state, scope
from app.jobs.models import Job, Worker
from app.jobs.queue import title_of
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.tenancy import across_businesses
from app.messaging import queries as mails
from app.messaging.jobs import SEND_EMAIL
from app.messaging.kinds import kind_title
from app.messaging.models import EmailLog
from app.messaging.providers.words import in_words
from app.office.board import Board
from app.web.days import DayByDay
from app.web.doors import can
from app.web.presentation import ago_words, clock_time, when

#: How many of a kind are named one by one before the rest becomes a count.
MOST_MAILS, MOST_JOBS, MOST_WAITING = 6, 4, 3
QUEUE = "/admin/queue"


@dataclass(frozen=True)
class Need:
    """Something that waits for a person: what, since when, and where it is mended."""

    id: str
    icon: str
    tone: str
    title: str
    body: str
    url: str
    act: str


@dataclass(frozen=True)
class Needs:
    """All of it: the first ones named, how many there are together, how many were dealt with today."""

    named: list[Need]
    total: int
    handled: int


@dataclass(frozen=True)
class LastHour:
    """The queues as they are, and the sixty minutes before."""

    counts: list[jobs.QueueCounts]
    minutes: list[jobs.Minute]


@dataclass(frozen=True)
class Figures:
    """The small pictures: bookings and revenue by day, use of crews or cars, mails by day, jobs waiting by minute.

    `recent` is what came in during thirty days and in the thirty before: cancellations, lead time, holds.
    """

    bookings: DayByDay
    revenue: DayByDay
    use: figures.Use
    mails: DayByDay | None
    waiting: list[jobs.Minute]
    recent: tuple[stats.Recent, stats.Recent]

    @property
    def mails_well(self) -> float | None:
        """Per cent of the mails that went out without trouble; None when there was none."""
        if self.mails is None or not self.mails.total:
            return None
        return float(self.mails.total_of("well") * 100 / self.mails.total)

    @property
    def most_waiting(self) -> jobs.Minute:
        """The minute in which most jobs waited."""
        return max(self.waiting, key=lambda minute: minute.waiting)


@dataclass(frozen=True)
class Health:
    """How the queue is: its workers, what waits, what was done, what failed, what comes next."""

    alive: list[Worker]
    last_seen: datetime | None
    waiting: int
    oldest_seconds: float | None
    done_hour: int
    failed: int
    next_name: str
    next_at: datetime | None

    @property
    def is_moving(self) -> bool:
        """Whether a worker lives and nothing due is too old."""
        return bool(self.alive) and (self.oldest_seconds or 0) < jobs.TOO_OLD.total_seconds()


def needs(board: Board) -> Needs:
    """What needs a person now, what went wrong first."""
    named: list[Need] = []
    total = handled = 0
    reads_logs = can(Can.READ_LOGS)
    if reads_logs:
        wrong, handled = mails.trouble_counts()
        total += wrong
        named += [_of_mail(mail) for mail in mails.troubles(MOST_MAILS)] if wrong else []
    total += len(board.without)
    named += [_of_job(job) for job in board.without[:MOST_JOBS]]
    if len(board.without) > MOST_JOBS:
        named.append(_more_jobs(len(board.without) - MOST_JOBS))
    broken = handovers.claims()
    total += len(broken)
    named += [_of_marks(look, booking) for look, booking in broken[:MOST_JOBS]]
    lone = db.session.scalars(without_driver()).all()
    total += len(lone)
    named += [_of_rental(booking) for booking in lone[:MOST_JOBS]]
    longest, waiting = longest_waiting(MOST_WAITING)
    total += waiting
    named += [_of_waiting(booking) for booking in longest]
    if waiting > len(longest):
        named.append(_more_waiting(waiting - len(longest)))
    if can(Can.READ_QUEUE) and (failed := _other_failures()):
        total += failed
        named.append(_of_failed(failed))
    return Needs(named, total, handled)


def _of_rental(booking: Booking) -> Need:
    return Need(
        id=f"need-driver-{booking.reference}",
        icon="id-card",
        tone="text-bad",
        title=_("No driver for %(name)s", name=booking.contact_name),
        body=_("%(when)s, %(place)s", when=when(booking.starts_at), place=booking.from_address),
        url=url_for("bookings.show", reference=booking.reference),
        act=_("Choose one") if can(Can.CHANGE_BOOKINGS) else _("Open"),
    )


def _of_marks(look: Handover, booking: Booking) -> Need:
    return Need(
        id=f"need-marks-{booking.reference}",
        icon="triangle-alert",
        tone="text-bad",
        title=_("A car came back from %(name)s with something new", name=booking.contact_name),
        body=", ".join(handover_words.mark_words(mark) for mark in look.fresh),
        url=url_for("bookings.handover", reference=booking.reference),
        act=_("Compare") if can(Can.CHANGE_BOOKINGS) else _("Open"),
    )


def _other_failures() -> int:
    """How many failed jobs wait for somebody, besides those whose mails are named already."""
    with across_businesses():
        unseen = select(func.count()).where(scope(), in_state("failed"), Job.kind != SEND_EMAIL.name)
        return db.session.scalar(unseen) or 0


def _of_mail(mail: EmailLog) -> Need:
    who = mail.to_name or mail.to_address
    titles = {
        "bounced": _("Mail to %(name)s bounced", name=who),
        "complained": _("%(name)s marked a mail as spam", name=who),
    }
    why = in_words(mail.code, mail.words) or kind_title(mail.kind)
    return Need(
        id=f"need-mail-{mail.public_id}",
        icon="mail-x",
        tone="text-bad",
        title=titles.get(mail.state, _("Mail to %(name)s could not be sent", name=who)),
        body=f"{why} · {ago_words(mail.settled_at or mail.created_at)}",
        url=url_for("emails.show", email_id=mail.public_id),
        act=_("Correct") if mail.state == "bounced" and can(Can.CHANGE_LOGS) else _("Open"),
    )


def _of_job(job: Booking) -> Need:
    at = clock_time(job.starts_at) if job.has_time else _("time open")
    return Need(
        id=f"need-crew-{job.reference}",
        icon="circle-dashed",
        tone="text-warn",
        title=_("%(name)s, %(time)s, nobody has it", name=job.contact_name, time=at),
        body=job.from_address,
        url=url_for("bookings.show", reference=job.reference),
        act=_("Assign") if can(Can.CHANGE_BOOKINGS) else _("Open"),
    )


def _more_jobs(count: int) -> Need:
    return Need(
        id="need-crew-more",
        icon="circle-dashed",
        tone="text-warn",
        title=ngettext("%(num)s more job today without a crew", "%(num)s more jobs today without a crew", count),
        body=_("They stand in the list under No crew."),
        url=url_for("bookings.index", view="no_crew"),
        act=_("Show"),
    )


def _of_waiting(booking: Booking) -> Need:
    return Need(
        id=f"need-yes-{booking.reference}",
        icon="clock",
        tone="text-warn",
        title=_("%(name)s waits for your yes", name=booking.contact_name),
        body=_("Booked %(then)s, for %(day)s", then=when(booking.created_at), day=when(booking.starts_at)),
        url=url_for("bookings.show", reference=booking.reference),
        act=_("Confirm") if can(Can.CHANGE_BOOKINGS) else _("Open"),
    )


def _more_waiting(count: int) -> Need:
    return Need(
        id="need-yes-more",
        icon="clock",
        tone="text-warn",
        title=ngettext("%(num)s more booking waits for a yes", "%(num)s more bookings wait for a yes", count),
        body=_("For more than a day."),
        url=url_for("bookings.index", view="all", state="received", sort="came"),
        act=_("Show"),
    )


def _of_failed(count: int) -> Need:
    return Need(
        id="need-queue",
        icon="activity",
        tone="text-bad",
        title=ngettext("%(num)s failed job to look at", "%(num)s failed jobs to look at", count),
        body=_("The queue says which and why."),
        url=QUEUE,
        act=_("Open"),
    )


def look_at_queue() -> LastHour:
    """The queues and their last hour; read once for the figures and the health."""
    counts = jobs.queue_counts()
    return LastHour(counts, jobs.last_hour(counts))


def all_figures(hour: LastHour) -> Figures:
    """The figures of thirty days and of the last hour."""
    return Figures(
        bookings=figures.bookings_a_day(),
        revenue=figures.revenue_a_day(),
        use=figures.resources_in_use(),
        mails=mails.mails_a_day() if can(Can.READ_LOGS) else None,
        waiting=hour.minutes,
        recent=stats.recent(),
    )


def health(hour: LastHour) -> Health:
    """How the queue is just now."""
    known = workers.present_workers()
    oldest = [one.oldest_seconds for one in hour.counts if one.oldest_seconds is not None]
    coming = next((one for one in jobs.periodic_jobs() if not schedule.is_overdue(one)), None)
    return Health(
        alive=[worker for worker in known if workers.is_alive(worker)],
        last_seen=max((worker.last_seen for worker in known), default=None),
        waiting=sum(one.queued for one in hour.counts),
        oldest_seconds=max(oldest, default=None),
        done_hour=sum(minute.done for minute in hour.minutes),
        failed=sum(one.failed for one in hour.counts),
        next_name=title_of(coming.kind) if coming is not None else "",
        next_at=coming.next_run if coming is not None else None,
    )
