"""What the queue's pages, programs and alarms read: counts, the last hour, causes, lists.

Everything here is about the business in scope and what belongs to none (`choices.scope`), unless it says otherwise.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.jobs.choices import Choice, cause_of, in_state, scope, waits
from app.jobs.kinds import QUEUES
from app.jobs.models import Job, JobState, PeriodicJob
from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import across_businesses, current_business_id
from app.web.pages import Page

#: A due job that is older says that something is wrong.
TOO_OLD = timedelta(minutes=5)
#: Lists count no further: "more than 5,000" says enough, and a million is not counted at each look.
MOST_COUNTED = 5_000
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


def queue_counts() -> list[QueueCounts]:
    """Every queue of the program, in its order, with what stands in it."""
    found = {name: QueueCounts(name) for name in QUEUES}
    now = clock.now()
    with across_businesses():
        _count_open(found, now)
        over = _both(
            lambda whose: (
                select(Job.queue, func.count().label("n"))
                .where(
                    whose,
                    Job.queue.in_(QUEUES),
                    Job.state == JobState.DONE,
                    Job.finished_at > now - timedelta(hours=24),
                )
                .group_by(Job.queue)
            )
        )
        for row in db.session.execute(over):
            found[row.queue].done_24h += row.n
    return list(found.values())


def _count_open(found: dict[str, QueueCounts], now: datetime) -> None:
    oldest = func.min(Job.run_at).filter(Job.run_at <= now)
    # One look a state, so that each is answered by the small index of that state.
    looks = [
        select(Job.queue, func.count().filter(Job.run_at <= now), func.count().filter(Job.run_at > now), oldest)
        .where(waits())
        .group_by(Job.queue),
        select(Job.queue, func.count(), func.count().filter(Job.id < 0), func.min(Job.run_at))
        .where(scope(), Job.state == JobState.RUNNING)
        .group_by(Job.queue),
        select(Job.queue, func.count().filter(~Job.seen), func.count().filter(Job.seen), func.min(Job.run_at))
        .where(scope(), Job.state == JobState.FAILED)
        .group_by(Job.queue),
    ]
    queued, running, failed = (db.session.execute(look).all() for look in looks)
    for name, due, later, since in queued:
        counts = found[name]
        counts.queued, counts.scheduled = due, later
        counts.oldest_seconds = (now - since).total_seconds() if since else None
    for name, count, _none, _since in running:
        found[name].running = count
    for name, unseen, seen, _since in failed:
        found[name].failed, found[name].closed = unseen, seen


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
        lambda whose: (
            select(minute, Job.queue, Job.state, func.count().label("n"))
            .where(
                whose,
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
        .where(whose, *conditions)
        .group_by("came", "went")
        for conditions in taken
        for whose in _whose()
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


def count_failed(most: int = 1_000) -> int:
    """How many failures wait for somebody, up to `most`."""
    with across_businesses():
        some = select(Job.id).where(scope(), in_state("failed")).limit(most).subquery()
        return db.session.scalar(select(func.count()).select_from(some)) or 0


def count_waiting() -> int:
    """How many due jobs nobody has taken yet."""
    with across_businesses():
        return db.session.scalar(select(func.count()).where(scope(), in_state("queued"))) or 0


#: What lists can be ordered by, as programs name it.
SORTS: dict[str, Any] = {"createdAt": Job.id, "runAt": Job.run_at}


def jobs_page(
    choice: Choice, *, page: int = 1, per_page: int = 25, sort: str = "-createdAt", exact: bool = False
) -> Page[Job]:
    """That page of the chosen jobs, the latest first; without `exact` the total stops at one above `MOST_COUNTED`."""
    with across_businesses():
        conditions = choice.conditions()
        few = _count(choice, conditions, MOST_COUNTED + 1)
        total = _count(choice, conditions, None) if exact and few > MOST_COUNTED else few
        ids = _walked(conditions, sort, page * per_page) if few > MOST_COUNTED else _gathered(conditions, sort)
        wanted = db.session.scalars(ids.limit(per_page).offset((page - 1) * per_page)).all()
        jobs = {job.id: job for job in db.session.scalars(select(Job).where(Job.id.in_(wanted)))}
    return Page([jobs[job_id] for job_id in wanted if job_id in jobs], page, per_page, total)


def _count(choice: Choice, conditions: Sequence[ColumnElement[bool]], most: int | None) -> int:
    total = 0
    for whose in _whose():
        some = select(literal(1)).where(whose, *conditions).limit(most)
        if choice.queue and choice.state in ("", "done", "cancelled"):
            # Without an order the planner hopes to meet some soon, and reads a whole table that holds none.
            some = some.order_by(Job.business_id, Job.queue, Job.state, Job.finished_at)
        total += db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return total if most is None else min(total, most)


def _order(column: Any, job_id: Any, sort: str) -> list[Any]:
    order = [job_id] if column is job_id else [column, job_id]
    return [one.desc() for one in order] if sort.startswith("-") else order


def _gathered(conditions: Sequence[ColumnElement[bool]], sort: str) -> Select[int]:
    """Few match: find all of them first. In the order of the list one might walk past a million to find them."""
    column = SORTS[sort.removeprefix("-")]
    parts = (select(Job.id, column.label("by")).where(whose, *conditions) for whose in _whose())
    found = union_all(*parts).cte("found").prefix_with("MATERIALIZED")
    return select(found.c.id).order_by(*_order(found.c.by, found.c.id, sort))


def _walked(conditions: Sequence[ColumnElement[bool]], sort: str, until: int) -> Select[int]:
    """Many match: walk in the order of the list. Own jobs and those of none apart, each in order from its index."""
    column = SORTS[sort.removeprefix("-")]
    order = _order(column, Job.id, sort)
    parts = [
        select(Job.id, column.label("by")).where(whose, *conditions).order_by(*order).limit(until) for whose in _whose()
    ]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(found.c.id).order_by(*_order(found.c.by, found.c.id, sort))


def periodic_jobs() -> list[PeriodicJob]:
    """What comes round, the next one first; it belongs to no business."""
    return list(db.session.scalars(select(PeriodicJob).order_by(PeriodicJob.next_run, PeriodicJob.name)))


def _whose() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Job.business_id == current_business_id(), Job.business_id.is_(None)


def _both(look: Any) -> Select[Any]:
    """A look at the business's own jobs and one at those of none: apart, each is answered by the index."""
    return select(union_all(*(look(whose) for whose in _whose())).subquery())


def visible_job(public_id: str) -> Select[Job]:
    """The job with that id, if it is the business's own or of none; run it across businesses."""
    return select(Job).where(Job.public_id == public_id, or_(*_whose()))
