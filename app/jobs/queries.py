"""What the queue's pages, programs and alarms read: counts, the last hour, causes, lists.

Everything here is about the business in scope and what belongs to none (`choices.scope`), unless it says otherwise.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import TIMESTAMP, aggregate_order_by

from app.jobs.choices import cause_of, in_state, scope, waits
from app.jobs.kinds import QUEUES
from app.jobs.models import Job, JobState, PeriodicJob
from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import across_businesses, current_business_id

#: A due job that is older says that something is wrong.
TOO_OLD = timedelta(minutes=5)
MOST_CAUSES = 30
SAMPLES = 3
MINUTES = 60
SPARK_MINUTES = 5


@dataclass
class QueueCounts:
    """One queue at a glance; `oldest_seconds` is how long its oldest due job has waited, None where none waits."""

    name: str
    queued: int = 0
    running: int = 0
    scheduled: int = 0
    failed: int = 0
    closed: int = 0
    done_24h: int = 0
    oldest_seconds: float | None = None
    #: Jobs that ended in the last hour, by five minutes, oldest first.
    spark: list[int] = field(default_factory=lambda: [0] * (MINUTES // SPARK_MINUTES))


@dataclass(frozen=True)
class Minute:
    """What a minute of the last hour saw end, and how many waited at its end."""

    at: datetime
    done: int
    failed: int
    waiting: int


@dataclass(frozen=True)
class Cause:
    """Failed jobs of one queue with the same code and words; the samples are the latest of them."""

    key: str
    queue: str
    code: str
    words: str
    count: int
    first: datetime
    last: datetime
    attempts: int
    samples: list[Job]


@dataclass(frozen=True)
class Delay:
    """Jobs of one queue that did not work and are tried again by themselves, for the same reason."""

    queue: str
    words: str
    count: int
    attempts: int
    next_try: datetime


def queue_counts() -> list[QueueCounts]:
    """Every queue of the program, in its order, with what stands in it."""
    found = {name: QueueCounts(name) for name in QUEUES}
    now = clock.now()
    with across_businesses():
        for state, name, one, other, since in db.session.execute(_counted(now)):
            counts = found[name]
            if state == JobState.QUEUED:
                counts.queued, counts.scheduled = one, other
                counts.oldest_seconds = (now - since).total_seconds() if since else None
            elif state == JobState.RUNNING:
                counts.running = one
            elif state == JobState.FAILED:
                counts.failed, counts.closed = one, other
            else:
                counts.done_24h += one
    return list(found.values())


def _counted(now: datetime) -> Select[Any]:
    """(state, queue, how many, how many others, since when): due and later ones, unseen and closed ones.

    One look a state, so that each is answered by the small index of that state.
    """
    none, never = literal(0), cast(null(), TIMESTAMP(timezone=True))
    looks = [
        select(
            literal(JobState.QUEUED.value), Job.queue, func.count().filter(Job.run_at <= now),
            func.count().filter(Job.run_at > now), func.min(Job.run_at).filter(Job.run_at <= now),
        ).where(waits()),
        select(literal(JobState.RUNNING.value), Job.queue, func.count(), none, never).where(
            scope(), Job.state == JobState.RUNNING
        ),
        select(
            literal(JobState.FAILED.value), Job.queue, func.count().filter(~Job.seen), func.count().filter(Job.seen),
            never,
        ).where(scope(), Job.state == JobState.FAILED),
        *(
            select(literal(JobState.DONE.value), Job.queue, func.count(), none, never).where(
                mine, Job.queue.in_(QUEUES), Job.state == JobState.DONE, Job.finished_at > now - timedelta(hours=24)
            )
            for mine in whose()
        ),
    ]  # fmt: skip
    return select(union_all(*(look.group_by(Job.queue) for look in looks)).subquery())


def last_hour(counts: list[QueueCounts]) -> list[Minute]:
    """The last sixty minutes, oldest first; fills the sparks of the queues on the way."""
    now = clock.now()
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    by_name = {one.name: one for one in counts}
    ended: dict[tuple[int, str], int] = defaultdict(int)
    steps: dict[int, int] = defaultdict(int)
    with across_businesses():
        for minute, name, state, count in db.session.execute(_ended_since(start)):
            ended[minute, state] += count
            by_name[name].spark[min(minute // SPARK_MINUTES, len(by_name[name].spark) - 1)] += count
        for came, went, count in db.session.execute(_waited_since(start, now)):
            steps[max(came, 0)] += count
            if went is not None:
                steps[max(went, 0)] -= count
    found, waiting = [], 0
    for minute in range(MINUTES):
        waiting += steps[minute]
        at = start + timedelta(minutes=minute)
        done, failed = ended[minute, JobState.DONE], ended[minute, JobState.FAILED]
        found.append(Minute(at, done, failed, max(waiting, 0)))
    return found


def _minute(at: Any, start: datetime) -> ColumnElement[int]:
    return cast(func.floor(func.extract("epoch", at - start) / 60), Integer)


def _ended_since(start: datetime) -> Select[Any]:
    minute = _minute(Job.finished_at, start).label("minute")
    return _both(
        lambda mine: (
            select(minute, Job.queue, Job.state, func.count().label("n"))
            .where(
                mine,
                Job.queue.in_(QUEUES),
                Job.state.in_((JobState.DONE, JobState.FAILED)),
                Job.finished_at >= start,
            )
            .group_by("minute", Job.queue, Job.state)
        )
    )


def _waited_since(start: datetime, now: datetime) -> Select[Any]:
    """When jobs came due and when they were taken, in minutes from the start; None for those that wait still."""
    came, went = _minute(Job.run_at, start), _minute(Job.started_at, start)
    taken = [
        (Job.queue.in_(QUEUES), Job.state.in_((JobState.DONE, JobState.FAILED)), Job.finished_at >= start),
        (Job.state == JobState.RUNNING,),
    ]
    looks = [
        select(came.label("came"), went.label("went"), func.count().label("n"))
        .where(mine, *conditions)
        .group_by("came", "went")
        for conditions in taken
        for mine in whose()
    ]
    still = select(came.label("came"), cast(null(), Integer).label("went"), func.count().label("n")).where(
        waits(), Job.run_at <= now
    )
    return select(union_all(*looks, still.group_by("came")).subquery())


def causes() -> list[Cause]:
    """Why jobs failed that nobody has seen to yet, the latest first, with a few of the jobs each."""
    key = cause_of().label("key")
    newest = func.array_agg(aggregate_order_by(Job.id, Job.finished_at.desc()))
    rows = (
        select(
            key, Job.queue, Job.code, Job.words, func.count().label("n"), func.min(Job.finished_at).label("first"),
            func.max(Job.finished_at).label("last"), func.max(Job.attempts).label("attempts"),
            newest[1:SAMPLES].label("samples"),
        )
        .where(scope(), in_state("failed"))
        .group_by(key, Job.queue, Job.code, Job.words)
        .order_by(func.max(Job.finished_at).desc())
        .limit(MOST_CAUSES)
    )  # fmt: skip
    with across_businesses():
        found = db.session.execute(rows).all()
        ids = [job_id for row in found for job_id in row.samples]
        jobs = {job.id: job for job in db.session.scalars(select(Job).where(Job.id.in_(ids)))}
    return [
        Cause(
            row.key, row.queue, row.code, row.words, row.n, row.first, row.last, row.attempts,
            [jobs[job_id] for job_id in row.samples if job_id in jobs],
        )
        for row in found
    ]  # fmt: skip


def delays() -> list[Delay]:
    """What is tried again by itself, and why: one entry a reason, however many jobs wait."""
    rows = (
        select(Job.queue, Job.words, func.count(), func.max(Job.attempts), func.min(Job.run_at))
        .where(waits(), Job.code != "")
        .group_by(Job.queue, Job.words)
        .order_by(func.count().desc())
        .limit(MOST_CAUSES)
    )
    with across_businesses():
        return [Delay(*row) for row in db.session.execute(rows)]


def count_failed(most: int = 1_000) -> int:
    """How many failures wait for somebody, up to `most`."""
    with across_businesses():
        some = select(Job.id).where(scope(), in_state("failed")).limit(most).subquery()
        return db.session.scalar(select(func.count()).select_from(some)) or 0


def count_waiting() -> int:
    """How many due jobs nobody has taken yet."""
    with across_businesses():
        return db.session.scalar(select(func.count()).where(scope(), in_state("queued"))) or 0


def count_unfinished(queue: str) -> int:
    """How many of the business's own jobs in that queue are not over: due or not, and those that are just tried."""
    mine = Job.business_id == current_business_id()
    rows = select(func.count()).where(mine, Job.queue == queue, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    return db.session.scalar(rows) or 0


def periodic_jobs() -> list[PeriodicJob]:
    """What comes round, the next one first; it belongs to no business."""
    return list(db.session.scalars(select(PeriodicJob).order_by(PeriodicJob.next_run, PeriodicJob.name)))


def whose() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The two halves of the scope: apart, each is answered by an index, and in its order."""
    return Job.business_id == current_business_id(), Job.business_id.is_(None)


def _both(look: Any) -> Select[Any]:
    """A look at the business's own jobs and one at those of none: apart, each is answered by the index."""
    return select(union_all(*(look(mine) for mine in whose())).subquery())
