"""Asking for jobs, and what a person may do with them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.jobs.bell import bell
from app.jobs.claims import due_lanes, take_back_lost, tell_given_up
from app.jobs.events import JobsChanged
from app.jobs.kinds import KINDS, TRIED_AGAIN, JobKind, Lane
from app.jobs.models import Job, JobState
from app.kernel import audit, clock
from app.kernel.db import StrayChange, after_commit, change, db, in_transaction, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.events import announce
from app.kernel.ids import public_id
from app.kernel.tenancy import business_in_scope
from app.kernel.trace import current_request_id

MOST_AT_ONCE = 1_000
TAKEN_OFF = _l("Somebody took it off the queue.")


def enqueue(
    kind: JobKind,
    *,
    once: str | None = None,
    run_at: datetime | None = None,
    about: Sequence[str] = (),
    shared: bool = False,
    **payload: Any,
) -> int | None:
    """Ask for a job in the open transaction; its id, or None when `once` says that it was asked for before.

    `payload` holds ids and plain values only. `shared` jobs belong to no business.
    """
    if not in_transaction():
        raise StrayChange(f"{kind.name} was asked for outside a transaction")
    at = run_at or clock.now()
    row = dict(
        public_id=public_id(), business_id=None if shared else business_in_scope(), queue=kind.queue,
        lane=str(kind.travels_in), kind=kind.name, unique_key=_unique(once, shared), payload=payload,
        about=list(about), state=JobState.QUEUED, attempts=0, lost_leases=0, run_at=at, patient_since=at, words="",
        machine_words="", code="", seen=False, note="", request_id=current_request_id(), created_at=clock.now(),
    )  # fmt: skip
    statement = insert(Job.__table__).values(row).on_conflict_do_nothing().returning(Job.__table__.c.id)
    job_id = db.session.execute(statement).scalar()
    if job_id is not None and at <= clock.now():
        ring(kind.travels_in)
    return job_id


def _unique(once: str | None, shared: bool) -> str | None:
    return None if once is None else f"{0 if shared else business_in_scope() or 0}:{once}"


def is_waiting(kind: JobKind, once: Sequence[str]) -> bool:
    """Whether one of these wishes still waits for its time."""
    keys = [_unique(one, shared=False) for one in once]
    rows = select(Job.id).where(Job.kind == kind.name, Job.unique_key.in_(keys), Job.state == JobState.QUEUED)
    return db.session.scalar(rows.limit(1)) is not None


def ring(lane: Lane) -> None:
    """Wake a worker after the commit."""
    after_commit(lambda: bell.ring(lane))


def reschedule(kind: JobKind, moved: Callable[[datetime], datetime]) -> int:
    """In the open transaction: let what waits for its time wait for another, by the one it has; how many."""
    rows = select(Job).where(Job.kind == kind.name, Job.state == JobState.QUEUED)
    waiting = db.session.scalars(
        rows.order_by(Job.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    for job in waiting:
        job.run_at = moved(job.run_at)
        job.patient_since = max(job.run_at, clock.now())
        if job.run_at <= clock.now():
            ring(Lane(job.lane))
    return len(waiting)


def retry(job_id: int) -> Job:
    """Put a failed or cancelled job back on the queue, or bring one that waits for its next try forward.

    Asked twice it changes nothing more; Conflict when the job is under way or done.
    """
    with transaction():
        job = lock(Job, job_id)
        if job.state == JobState.QUEUED:
            if job.attempts and job.run_at > clock.now():
                job.run_at = clock.now()
                ring(Lane(job.lane))
            return job
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise Conflict(_("Only failed and cancelled jobs can be tried again."))
        job.state, job.attempts, job.lost_leases = JobState.QUEUED, 0, 0
        job.run_at = job.patient_since = clock.now()
        job.finished_at, job.seen, job.note = None, False, ""
        db.session.flush()
        _tell_tried_again([(job.kind, job.payload)])
        ring(Lane(job.lane))
        audit.record("job.retry", f"job:{job.public_id}", after={"kind": job.kind})
        _tell_pages(1)
    return job


def retry_some(*conditions: ColumnElement[bool], most: int = MOST_AT_ONCE) -> int:
    """Put up to `most` failed jobs that match back on the queue, the oldest first; how many."""
    with transaction():
        now = clock.now()
        some = (
            select(Job.id)
            .where(Job.state == JobState.FAILED, *conditions)
            .order_by(Job.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("some")  # not a subquery: that may be run again for each row, and find others each time
        )
        moved = db.session.execute(
            update(Job)
            .where(Job.id.in_(select(some.c.id)), Job.state == JobState.FAILED)
            .values(
                state=JobState.QUEUED, attempts=0, lost_leases=0, run_at=now, patient_since=now, finished_at=None,
                seen=False, note="",
            )
            .returning(Job.lane, Job.kind, Job.payload)
            .execution_options(synchronize_session=False)
        ).all()  # fmt: skip
        if moved:
            _tell_tried_again([(row.kind, row.payload) for row in moved])
            for lane in {row.lane for row in moved}:
                ring(Lane(lane))
            audit.record("job.retry_matching", after={"count": len(moved)})
            _tell_pages(len(moved))
    return len(moved)


def retry_all(*conditions: ColumnElement[bool]) -> int:
    """Put all failed jobs that match back on the queue, a thousand a transaction; how many.

    What fails again meanwhile is left alone: it has had its new try.
    """
    began, count = clock.now(), 0
    while moved := retry_some(*conditions, Job.finished_at <= began):
        count += moved
    return count


def _tell_tried_again(jobs: list[tuple[str, dict[str, Any]]]) -> None:
    payloads = defaultdict(list)
    for kind, payload in jobs:
        payloads[kind].append(payload)
    for kind, found in payloads.items():
        if listener := TRIED_AGAIN.get(kind):
            listener(found)


def _tell_pages(count: int) -> None:
    if business_in_scope() is not None:
        announce(JobsChanged(count))


def cancel(job_id: int) -> Job:
    """Take a job off the queue; asked twice it changes nothing more. Conflict when it is under way or over."""
    with transaction():
        job = lock(Job, job_id)
        if job.state == JobState.CANCELLED:
            return job
        if job.state not in (JobState.QUEUED, JobState.FAILED):
            raise Conflict(_("A job that is under way or done cannot be cancelled."))
        was_waiting = job.state == JobState.QUEUED
        job.state, job.finished_at = JobState.CANCELLED, clock.now()
        db.session.flush()
        if was_waiting:
            tell_given_up(job.kind, job.business_id, job.payload, str(TAKEN_OFF), "cancelled")
        audit.record("job.cancel", f"job:{job.public_id}", after={"kind": job.kind})
        _tell_pages(1)
    return job


def offer_due() -> int:
    """Ring for whatever is due and take back what lost its worker, without waiting for the next sweep; how many."""
    lost = take_back_lost()
    lanes = due_lanes()
    with transaction():
        for lane in lanes:
            ring(lane)
    return lost


def close(*conditions: ColumnElement[bool], note: str = "") -> int:
    """Mark failed jobs as seen and closed, with what a person says to it; they no longer need anybody. How many."""
    with transaction():
        closed = change(
            update(Job)
            .where(Job.state == JobState.FAILED, Job.seen.is_(False), *conditions)
            .values(seen=True, note=note)
            .execution_options(synchronize_session=False)
        )
        if closed:
            audit.record("job.closed", after={"count": closed, "note": note})
            _tell_pages(closed)
    return closed


def title_of(kind: str) -> str:
    """What a kind of job is called on pages."""
    known = KINDS.get(kind)
    return str(known.title or kind) if known else kind
