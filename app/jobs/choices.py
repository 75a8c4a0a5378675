"""Which jobs somebody means: the filters of the lists, the cause of a failure, and what may be done with all of them.

Jobs of no business (the periodic ones) are seen by all staff, beside those of their own business. So these run across
businesses and name the business themselves; `scope()` is the one place that does.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, and_, cast, func, or_, select, text, union

from app.jobs import about, queue
from app.jobs.chores import RETRY_MATCHING
from app.jobs.kinds import KINDS, QUEUES, Lane
from app.jobs.models import Job, JobState
from app.jobs.queue import enqueue
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, current_business_id

#: What a list can be narrowed to. `failed` still needs somebody, `closed` was seen by one; programs are told `failed`.
STATES = ("queued", "scheduled", "running", "failed", "closed", "done", "cancelled")
#: Kinds of jobs that are simply done are looked for by name among that many of the latest.
LATEST = 10_000
#: Words find that many jobs, the latest.
MOST_FOUND = 5_000
#: With words to look for, "all that match" are put back in the request itself, for that long.
PATIENCE_SECONDS = 2.0


def scope(with_shared: bool = True) -> ColumnElement[bool]:
    """The business in scope, and what belongs to none."""
    own = Job.business_id == current_business_id()
    return or_(own, Job.business_id.is_(None)) if with_shared else own


def cause_of() -> ColumnElement[str]:
    """Names a cause: what failed in the same queue, with the same code, in the same words."""
    return func.md5(func.concat_ws("|", Job.queue, Job.code, Job.words))


@dataclass(frozen=True)
class Choice:
    """The jobs of a queue, in a state, of a cause, that bear some words, or one by its id; empty means any."""

    queue: str = ""
    state: str = ""
    q: str = ""
    cause: str = ""
    job: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a job must fulfil, beside the scope."""
        found: list[ColumnElement[bool]] = []
        if self.queue:
            found.append(Job.queue == self.queue)
        if self.state:
            found.append(in_state(self.state))
        if self.cause:
            found += [Job.state == JobState.FAILED, cause_of() == self.cause]
        if self.job:
            found.append(Job.public_id == self.job)
        if self.q:
            found.append(_bears(self.q))
        return found

    def as_query(self) -> dict[str, str]:
        """The filters that are set, for addresses and forms."""
        return {name: value for name, value in asdict(self).items() if value}


def in_state(state: str) -> ColumnElement[bool]:
    """The jobs in one of `STATES`; `any_failed` are those that wait for somebody and those that were closed."""
    if state in ("queued", "scheduled"):
        due = Job.run_at <= clock.now()
        return and_(waits(), due if state == "queued" else ~due)
    if state in ("failed", "closed"):
        return and_(Job.state == JobState.FAILED, Job.seen.is_(state == "closed"))
    if state == "any_failed":
        return Job.state == JobState.FAILED
    if state in ("done", "cancelled"):
        # Naming the queues lets the index answer that begins with business and queue.
        return and_(Job.state == state, Job.queue.in_(QUEUES))
    return Job.state == state


def waits() -> ColumnElement[bool]:
    """The jobs in scope that stand on the queue, said in the words of the index that workers take them by."""
    line = func.coalesce(Job.business_id, 0)
    return and_(Job.state == JobState.QUEUED, Job.lane.in_(list(Lane)), line.in_((0, current_business_id())))


def _bears(words: str) -> ColumnElement[bool]:
    """The latest jobs found by their id, by what they are about, or by the words on their page."""
    low = words.strip().lower()
    kinds = [name for name, kind in KINDS.items() if low in name.lower() or low in str(kind.title).lower()]
    queues = [name for name in QUEUES if low == name]
    named = or_(Job.kind.in_(kinds), Job.queue.in_(queues))
    # autoescape: what people type holds % and _ too.
    said = or_(named, Job.words.icontains(low, autoescape=True), Job.code == low)
    parts: list[Select[int]] = [
        select(Job.id).where(Job.public_id == words.strip()),
        *(select(Job.id).where(scope(), Job.state == state, said) for state in ("failed", "queued", "running")),
    ]
    if markers := about.markers_like(words.strip()):
        parts.append(select(Job.id).where(about_any(markers)))
    if kinds or queues:
        for whose in (Job.business_id == current_business_id(), Job.business_id.is_(None)):
            latest = select(Job.id, Job.kind, Job.queue).where(whose).order_by(Job.id.desc()).limit(LATEST).subquery()
            parts.append(select(latest.c.id).where(or_(latest.c.kind.in_(kinds), latest.c.queue.in_(queues))))
    found = union(*parts).subquery()
    # Asked apart and first: as a part of the list's own question it would be answered row by row of a million.
    ids = db.session.scalars(select(found.c.id).order_by(found.c.id.desc()).limit(MOST_FOUND)).all()
    return Job.id == func.any(cast(list(ids), ARRAY(BigInteger)))


def about_any(markers: list[str]) -> ColumnElement[bool]:
    """Jobs about one of these things; said so that the index, which leaves out jobs about nothing, can answer."""
    return and_(Job.about.overlap(markers), text("jobs.about <> '{}'"))


def retry_chosen(choice: Choice, *, with_shared: bool, before: datetime | None = None) -> tuple[int, bool]:
    """Put the failed jobs of a choice back: how many at once, and whether others follow or are left.

    A thousand at once; more are put back by a job, for nobody should wait for a page that long. A job's payload holds
    no words that people typed, so with `q` some thousands are done here and what is left waits for another press.
    """
    began, deadline, moved = before or clock.now(), clock.monotonic() + PATIENCE_SECONDS, 0
    with across_businesses():
        conditions = [scope(with_shared), *choice.conditions(), Job.finished_at <= began]
        while True:
            with transaction():
                some = queue.retry_some(*conditions)
                moved += some
                if some < queue.MOST_AT_ONCE:
                    return moved, moved >= MOST_FOUND
                if not choice.q:
                    rest = choice.as_query()
                    enqueue(RETRY_MATCHING, choice=rest, with_shared=with_shared, before=began.isoformat())
                    return moved, True
            if clock.monotonic() > deadline:
                return moved, True


def retry_rest(choice: dict[str, str], with_shared: bool, before: str) -> int:
    """What `retry_chosen` left to a job; how many."""
    until = Job.finished_at <= datetime.fromisoformat(before)
    with across_businesses():
        return queue.retry_all(scope(with_shared), *Choice(**choice).conditions(), until)


def close_chosen(choice: Choice, note: str, *, with_shared: bool) -> int:
    """Mark the failed jobs of a choice as seen and closed; how many."""
    with across_businesses():
        return queue.close(scope(with_shared), *choice.conditions(), note=note)
