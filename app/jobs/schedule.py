"""Periodic jobs: declared once, asked for by whoever moves the row forward first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.jobs.kinds import JobKind
from app.jobs.models import PeriodicJob
from app.jobs.queue import enqueue
from app.kernel import audit, clock
from app.kernel.db import db, transaction
from app.kernel.errors import NotFound
from app.kernel.tenancy import across_businesses


@dataclass(frozen=True)
class Periodic:
    """A job that comes round: `next_after(instant)` is its next time."""

    name: str
    title: Any
    kind: JobKind
    next_after: Callable[[datetime], datetime]

    @property
    def how_often(self) -> timedelta:
        """The length of one round, for telling whether it is overdue."""
        first = self.next_after(clock.now())
        return self.next_after(first) - first


PERIODIC: dict[str, Periodic] = {}


def periodic(name: str, title: Any, kind: JobKind, next_after: Callable[[datetime], datetime]) -> None:
    """Declare a periodic job."""
    PERIODIC[name] = Periodic(name, title, kind, next_after)


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
        known = set(db.session.scalars(select(PeriodicJob.name)))
        for name in PERIODIC.keys() - known:
            first = PERIODIC[name].next_after(clock.now())
            db.session.execute(insert(PeriodicJob).values(name=name, next_run=first).on_conflict_do_nothing())


def _ask_if_due(found: Periodic) -> int:
    now = clock.now()
    with transaction():
        due_at = db.session.scalar(select(PeriodicJob.next_run).where(PeriodicJob.name == found.name))
        if due_at is None or due_at > now:
            return 0
        moved = db.session.execute(
            update(PeriodicJob)
            .where(PeriodicJob.name == found.name, PeriodicJob.next_run == due_at)
            .values(last_run=now, next_run=found.next_after(now))
        )
        if not moved.rowcount:
            return 0
        # The unique key (job, period) holds even where two databases' clocks or a restored backup ask again.
        enqueue(found.kind, once=f"{found.name}:{due_at.isoformat()}", shared=True)
    return 1


def run_now(name: str) -> None:
    """Ask for a periodic job at once, beside its rounds."""
    if name not in PERIODIC:
        raise NotFound()
    with transaction():
        enqueue(PERIODIC[name].kind, once=f"{name}:by-hand:{clock.now().isoformat(timespec='seconds')}", shared=True)
        audit.record("job.run_now", name)
