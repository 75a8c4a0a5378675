"""The queue for programs, by the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from apiflask import APIBlueprint
from flask import request
from flask_babel import gettext as _
from flask_login import current_user
from pydantic import Field

from app.jobs import choices, lists, queries, queue, workers
from app.jobs.choices import Choice
from app.jobs.models import Job
from app.jobs.shown import ShownJob, shown
from app.kernel.access import Can, Role
from app.kernel.errors import WrongType
from app.kernel.tenancy import across_businesses
from app.web.doors import needs
from app.web.limits import per_api
from app.web.pages import one_or_404
from app.web.schemas import Listed, Listing, Order, Shown, parse_json

bp = APIBlueprint("jobs_api", __name__, url_prefix="/api/v1/jobs", tag="Jobs")
QueueName = Literal[
    "mail", "sms", "bookings", "calendar", "import", "etl", "ai", "reports", "compliance", "onboarding", "crm"
]
#: Who may touch jobs that belong to no business.
TOUCH_SHARED = frozenset({Role.OWNER, Role.PLATFORM})


class JobListing(Listing):
    """The query of the list of jobs; `q` finds ids, references, customers, queues, titles and reasons."""

    queue: QueueName | None = None
    status: Literal["queued", "scheduled", "running", "done", "failed", "cancelled"] | None = None
    sort: Literal["", "createdAt", "-createdAt", "runAt", "-runAt"] = ""


class ThingShown(Shown):
    """Something that a job is about, and the office's page of it."""

    kind: str
    label: str
    url: str


class JobShown(Shown):
    """A job; `closed` says of a failed one that a person has seen it and leaves it so, with their `note`."""

    id: str
    queue: str
    kind: str
    title: str
    status: str
    attempts: int
    about: list[ThingShown]
    arguments: dict[str, str]
    reason: str
    code: str
    closed: bool
    note: str
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    request_id: str


class QueueStats(Shown):
    """One queue; `failed` are those that nobody has closed."""

    queued: int
    running: int
    scheduled: int
    failed: int
    done_24h: Annotated[int, Field(alias="done24h")]
    oldest_queued_seconds: int


class WorkerShown(Shown):
    """A worker process."""

    name: str
    alive: bool
    busy: int
    threads: int
    memory_mb: int
    started_at: datetime
    last_seen: datetime


class Stats(Shown):
    """All queues by name, and the workers."""

    queues: dict[str, QueueStats]
    workers: list[WorkerShown]


class RetryOrder(Order):
    """Which failed jobs are tried again: those of a queue, or all."""

    queue: QueueName | None = None


class Retried(Shown):
    """How many jobs were put back; with `more` others follow in the background."""

    retried: int
    more: bool


@bp.get("")
@needs(Can.READ_QUEUE)
@per_api
@bp.input(JobListing, location="query", arg_name="listing")
@bp.output(Listed[JobShown])
def index(listing: JobListing) -> Any:
    """The jobs of the business and of the whole deployment, the latest first."""
    state = "any_failed" if listing.status == "failed" else listing.status or ""
    found = lists.jobs_page(
        Choice(queue=listing.queue or "", state=state, q=listing.q),
        page=listing.page,
        per_page=listing.per_page,
        sort=listing.sort or "-createdAt",
        exact=True,
    )
    return Listed[JobShown](items=_shown(found.items), page=found.page, per_page=found.per_page, total=found.total)


@bp.get("/stats")
@needs(Can.READ_QUEUE)
@per_api
@bp.output(Stats)
def stats() -> Any:
    """What stands in each queue, and who works."""
    return Stats(
        queues={
            one.name: QueueStats(
                queued=one.queued,
                running=one.running,
                scheduled=one.scheduled,
                failed=one.failed,
                done_24h=one.done_24h,
                oldest_queued_seconds=round(one.oldest_seconds or 0),
            )
            for one in queries.queue_counts()
        },
        workers=[
            WorkerShown(
                name=one.name,
                alive=workers.is_alive(one),
                busy=one.busy,
                threads=one.threads,
                memory_mb=one.memory_mb,
                started_at=one.started_at,
                last_seen=one.last_seen,
            )
            for one in workers.present_workers()
        ],
    )


@bp.get("/<job_id>")
@needs(Can.READ_QUEUE)
@per_api
@bp.output(JobShown)
def show(job_id: str) -> Any:
    """One job."""
    with across_businesses():
        job = one_or_404(lists.visible_job(job_id))
    return _shown([job])[0]


@bp.post("/<job_id>/retry")
@needs(Can.CHANGE_QUEUE)
@per_api
@bp.output(JobShown)
@bp.doc(responses={409: "It is under way or done."})
def retry(job_id: str) -> Any:
    """Put a failed or cancelled job back on the queue; one that waits for its next try is tried at once."""
    with across_businesses():
        job = queue.retry(one_or_404(lists.job_to_change(job_id, with_shared=may_touch_shared())).id)
    return _shown([job])[0]


@bp.post("/<job_id>/cancel")
@needs(Can.CHANGE_QUEUE)
@per_api
@bp.output(JobShown)
@bp.doc(responses={409: "It is under way or done."})
def cancel(job_id: str) -> Any:
    """Take a job off the queue."""
    with across_businesses():
        job = queue.cancel(one_or_404(lists.job_to_change(job_id, with_shared=may_touch_shared())).id)
    return _shown([job])[0]


@bp.post("/retry-failed")
@needs(Can.CHANGE_QUEUE)
@per_api
@bp.output(Retried)
@bp.doc(description='Put all failed jobs back on the queue, or those of one: a body `{"queue": …}` names it.')
def retry_failed() -> Any:
    """Put failed jobs back on the queue."""
    order = _retry_order(request.get_data())
    choice = Choice(queue=order.queue or "", state="failed")
    count, more = choices.retry_chosen(choice, with_shared=may_touch_shared())
    return Retried(retried=count, more=more)


def may_touch_shared() -> bool:
    """Whether whoever asks may act on jobs of no business."""
    return current_user.role in TOUCH_SHARED


def _retry_order(raw: bytes) -> RetryOrder:
    """The body, which may be missing."""
    if not raw:
        return RetryOrder()
    if not request.is_json:
        raise WrongType(_("Send application/json."))
    return cast(RetryOrder, parse_json(RetryOrder, raw))


def _shown(jobs: Sequence[Job]) -> list[JobShown]:
    return [_show(one) for one in shown(jobs)]


def _show(one: ShownJob) -> JobShown:
    job = one.job
    return JobShown(
        id=job.public_id,
        queue=job.queue,
        kind=job.kind,
        title=one.title,
        status=job.shown_state,
        attempts=job.attempts,
        about=[ThingShown(kind=thing.kind, label=thing.label, url=thing.url) for thing in one.things],
        arguments=dict(one.arguments),
        reason=one.words,
        code=job.code,
        closed=job.seen,
        note=job.note,
        run_at=job.run_at,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        request_id=job.request_id,
    )
