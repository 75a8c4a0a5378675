"""Asking for jobs, and what a person may do with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.jobs.bell import bell
from app.jobs.kinds import KINDS, JobKind, Lane
from app.jobs.models import Job, JobState
from app.kernel import audit, clock
from app.kernel.db import after_commit, db, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.ids import public_id
from app.kernel.tenancy import business_in_scope
from app.kernel.trace import current_request_id

MOST_AT_ONCE = 5_000


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
    at = run_at or clock.now()
    row = dict(
        public_id=public_id(), business_id=None if shared else business_in_scope(), queue=kind.queue,
        lane=str(kind.travels_in), kind=kind.name, unique_key=_unique(once, shared), payload=payload, about=list(about),
        state=JobState.QUEUED, attempts=0, lost_leases=0, run_at=at, patient_since=at, words="", code="", seen=False,
        request_id=current_request_id(), created_at=clock.now(),
    )  # fmt: skip
    statement = insert(Job.__table__).values(row).on_conflict_do_nothing().returning(Job.__table__.c.id)
    job_id = db.session.execute(statement).scalar()
    if job_id is not None and at <= clock.now():
        ring(kind.travels_in)
    return job_id


def _unique(once: str | None, shared: bool) -> str | None:
    return None if once is None else f"{0 if shared else business_in_scope() or 0}:{once}"


def ring(lane: Lane) -> None:
    """Wake a worker after the commit."""
    after_commit(lambda: bell.ring(lane))


def retry(job_id: int) -> Job:
    """Put a failed or cancelled job back on the queue; Conflict when it is under way or done."""
    with transaction():
        job = lock(Job, job_id)
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            if job.state == JobState.QUEUED:
                return job
            raise Conflict("Only failed and cancelled jobs can be tried again.")
        _put_back(job)
        audit.record("job.retry", f"job:{job.public_id}", after={"kind": job.kind})
    return job


def _put_back(job: Job) -> None:
    job.state, job.attempts, job.lost_leases = JobState.QUEUED, 0, 0
    job.run_at = job.patient_since = clock.now()
    job.finished_at, job.seen = None, False
    ring(Lane(job.lane))


def retry_matching(*conditions: ColumnElement[bool]) -> int:
    """Put all failed jobs that match back on the queue, some thousand a transaction; how many."""
    count = 0
    while True:
        with transaction():
            now = clock.now()
            some = select(Job.id).where(Job.state == JobState.FAILED, *conditions).order_by(Job.id).limit(MOST_AT_ONCE)
            moved = db.session.execute(
                update(Job)
                .where(Job.id.in_(some), Job.state == JobState.FAILED)
                .values(
                    state=JobState.QUEUED, attempts=0, lost_leases=0, run_at=now, patient_since=now, finished_at=None,
                    seen=False,
                )
                .returning(Job.lane)
                .execution_options(synchronize_session=False)
            ).scalars().all()  # fmt: skip
            for lane in set(moved):
                ring(Lane(lane))
            if moved:
                audit.record("job.retry_matching", after={"count": len(moved)})
        count += len(moved)
        if len(moved) < MOST_AT_ONCE:
            return count


def cancel(job_id: int) -> Job:
    """Take a job off the queue; Conflict when it is under way or over."""
    with transaction():
        job = lock(Job, job_id)
        if job.state == JobState.CANCELLED:
            return job
        if job.state not in (JobState.QUEUED, JobState.FAILED):
            raise Conflict("A job that is under way or done cannot be cancelled.")
        job.state, job.finished_at = JobState.CANCELLED, clock.now()
        audit.record("job.cancel", f"job:{job.public_id}", after={"kind": job.kind})
    return job


def mark_seen(*conditions: ColumnElement[bool]) -> int:
    """Close failed jobs that a person has looked at; they no longer count as needing somebody."""
    with transaction():
        done = db.session.execute(
            update(Job)
            .where(Job.state == JobState.FAILED, Job.seen.is_(False), *conditions)
            .values(seen=True)
            .execution_options(synchronize_session=False)
        )
        audit.record("job.seen", after={"count": done.rowcount})
        return int(done.rowcount)


def title_of(kind: str) -> str:
    """What a kind of job is called on pages."""
    known = KINDS.get(kind)
    return str(known.title or kind) if known else kind
