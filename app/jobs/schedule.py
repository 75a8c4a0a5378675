"""Periodic jobs: declared once, asked for by whoever moves the row forward first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.jobs.kinds import KINDS, JobKind
from app.jobs.models import PeriodicJob
from app.jobs.queue import enqueue
from app.kernel import audit, clock
from app.kernel.db import change, db, transaction
from app.kernel.errors import NotFound
from app.kernel.tenancy import across_businesses

#: How late a periodic job may be asked for before that is worth a word.
GRACE = timedelta(minutes=1)
#: A row whose declaration is gone stays that long, so that the version before and the new one may run side by side.
FORGOTTEN_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Periodic:
    """A job that comes round: `next_after(instant)` is its next time."""

    name: str
    kind: JobKind
    next_after: Callable[[datetime], datetime]

    @property
    def how_often(self) -> timedelta:
        """The length of one round, for telling whether it is overdue."""
        first = self.next_after(clock.now())
        return self.next_after(first) - first


PERIODIC: dict[str, Periodic] = {}


def periodic(name: str, kind: JobKind, next_after: Callable[[datetime], datetime]) -> None:
    """Declare a periodic job; pages call it what its kind is called."""
    PERIODIC[name] = Periodic(name, kind, next_after)


def every(**length: float) -> Callable[[datetime], datetime]:
    """At whole multiples of that length since the epoch, so that all workers mean the same instants."""
    seconds = timedelta(**length).total_seconds()

    def next_after(at: datetime) -> datetime:
        return datetime.fromtimestamp((at.timestamp() // seconds + 1) * seconds, at.tzinfo)

    return next_after


def daily(hour: int, minute: int = 0) -> Callable[[datetime], datetime]:
    """Once a day at that time, UTC."""

    def next_after(at: datetime) -> datetime:
        today = at.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today > at else today + timedelta(days=1)

    return next_after


def ask_for_due() -> int:
    """Ask for the periodic jobs whose time has come; how many were asked for by this call."""
    asked = 0
    with across_businesses():
        _make_rows()
        for found in PERIODIC.values():
            asked += _ask_if_due(found)
    return asked


def _make_rows() -> None:
    with transaction():
        now = clock.now()
        known = {row.name: row for row in db.session.scalars(select(PeriodicJob))}
        for name, found in PERIODIC.items():
            says = {"kind": found.kind.name, "every_seconds": round(found.how_often.total_seconds())}
            row = known.get(name)
            if row is None:
                fresh = insert(PeriodicJob).values(name=name, next_run=found.next_after(now), **says)
                db.session.execute(fresh.on_conflict_do_nothing())
            elif (row.kind, row.every_seconds) != (says["kind"], says["every_seconds"]):
                # It comes round at other times now; an early first one does no harm, a very late one might.
                soon = min(row.next_run, found.next_after(now))
                db.session.execute(update(PeriodicJob).where(PeriodicJob.name == name).values(next_run=soon, **says))
        for name in known.keys() - PERIODIC.keys():
            if known[name].next_run < now - FORGOTTEN_AFTER:
                db.session.execute(delete(PeriodicJob).where(PeriodicJob.name == name))


def _ask_if_due(found: Periodic) -> int:
    now = clock.now()
    with transaction():
        due_at = db.session.scalar(select(PeriodicJob.next_run).where(PeriodicJob.name == found.name))
        if due_at is None or due_at > now:
            return 0
        mine = (PeriodicJob.name == found.name, PeriodicJob.next_run == due_at)
        if not change(update(PeriodicJob).where(*mine).values(last_run=now, next_run=found.next_after(now))):
            return 0
        # The unique key (job, period) holds even where two databases' clocks or a restored backup ask again.
        enqueue(found.kind, once=f"{found.name}:{due_at.isoformat()}", shared=True)
    return 1


def run_now(name: str) -> None:
    """Ask for a periodic job at once, beside its rounds; twice in a second is once. NotFound for an unknown one."""
    with transaction():
        kind = KINDS.get(db.session.scalar(select(PeriodicJob.kind).where(PeriodicJob.name == name)) or "")
        if kind is None:
            raise NotFound()
        now = clock.now()
        enqueue(kind, once=f"{name}:by-hand:{now.isoformat(timespec='seconds')}", shared=True)
        change(update(PeriodicJob).where(PeriodicJob.name == name).values(last_run=now))
        audit.record("job.run_now", name)


def is_overdue(row: PeriodicJob) -> bool:
    """Whether its time has passed without anybody asking for it."""
    return row.next_run < clock.now() - GRACE
