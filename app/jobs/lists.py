"""Lists of jobs that stay quick beside a million done ones."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from app.jobs.choices import Choice, scope
from app.jobs.models import Job
from app.jobs.queries import whose
from app.kernel.db import db
from app.kernel.tenancy import across_businesses
from app.web.pages import Page

#: Lists count no further: "more than 5,000" says enough, and a million is not counted at each look.
MOST_COUNTED = 5_000
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
    for mine in whose():
        some = select(literal(1)).where(mine, *conditions).limit(most)
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
    parts = (select(Job.id, column.label("by")).where(mine, *conditions) for mine in whose())
    found = union_all(*parts).cte("found").prefix_with("MATERIALIZED")
    return select(found.c.id).order_by(*_order(found.c.by, found.c.id, sort))


def _walked(conditions: Sequence[ColumnElement[bool]], sort: str, until: int) -> Select[int]:
    """Many match: walk in the order of the list. Own jobs and those of none apart, each in order from its index."""
    column = SORTS[sort.removeprefix("-")]
    order = _order(column, Job.id, sort)
    parts = [
        select(Job.id, column.label("by")).where(mine, *conditions).order_by(*order).limit(until) for mine in whose()
    ]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(found.c.id).order_by(*_order(found.c.by, found.c.id, sort))


def visible_job(public_id: str) -> Select[Job]:
    """The job with that id, if it is the business's own or of none; run it across businesses."""
    return select(Job).where(Job.public_id == public_id, scope())


def job_to_change(public_id: str, *, with_shared: bool) -> Select[Job]:
    """The same for those who may act on it; jobs of no business only `with_shared`."""
    return select(Job).where(Job.public_id == public_id, scope(with_shared))
