"""The queue's pages: what stands in it, what failed and why, and what a person can do."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.jobs import about, choices, lists, queries, queue, schedule, workers
from app.jobs.api import may_touch_shared
from app.jobs.choices import STATES, Choice
from app.jobs.kinds import QUEUES
from app.jobs.models import Job
from app.jobs.shown import said, shown, things_of
from app.kernel.access import Can
from app.kernel.errors import Forbidden
from app.kernel.tenancy import across_businesses
from app.web.doors import can, needs
from app.web.nav import Badge, Entry, add_entry
from app.web.pages import changed, go, one_or_404, page_number, render, toast
from app.web.requests import is_htmx

bp = Blueprint("queue", __name__, url_prefix="/admin/queue")
LONGEST_WORDS = 200
LONGEST_NOTE = 500
LONGEST_QUERY = 2_000
MOST_PAGES = 2_000
TABS = (
    ("", _l("All")),
    ("queued", _l("Waiting")),
    ("running", _l("Running")),
    ("scheduled", _l("Scheduled")),
    ("failed", _l("Failed")),
    ("closed", _l("Closed")),
    ("done", _l("Done")),
    ("cancelled", _l("Cancelled")),
)


@bp.get("")
@needs(Can.READ_QUEUE)
def show() -> Response:
    """Everything at a glance; asked again by itself every few seconds."""
    return render("jobs/queue.html", "jobs/_queue.html", **_overview())


@bp.get("/alarms")
@needs(Can.SEE_OFFICE)
def alarms() -> Response:
    """The bar on top of the office's pages, for the page that listens."""
    return render("jobs/alarms.html", "office/_alarms.html")


@bp.get("/jobs")
@needs(Can.READ_QUEUE)
def index() -> Response:
    """The jobs that fit, the latest first."""
    return render("jobs/jobs.html", "jobs/_jobs.html", **_list(_choice(request.args), page_number()))


@bp.get("/jobs/<job_id>")
@needs(Can.READ_QUEUE)
def job(job_id: str) -> Response:
    """One job: what it is about, what it was given, what became of it."""
    return render("jobs/job.html", "jobs/_job.html", **_one(_visible(job_id)))


@bp.post("/jobs/<job_id>/tries")
@needs(Can.CHANGE_QUEUE)
def retry(job_id: str) -> Response:
    """Try one again."""
    with across_businesses():
        queue.retry(_changeable(job_id).id)
    toast(_("It is tried again."))
    return _back(job_id)


@bp.post("/jobs/<job_id>/cancellation")
@needs(Can.CHANGE_QUEUE)
def cancel(job_id: str) -> Response:
    """Take one off the queue."""
    with across_businesses():
        queue.cancel(_changeable(job_id).id)
    toast(_("Taken off the queue."))
    return _back(job_id)


@bp.post("/tries")
@needs(Can.CHANGE_QUEUE)
def retry_all() -> Response:
    """Try all failed ones again that fit."""
    choice = _failed(_choice(request.form))
    count, more = choices.retry_chosen(choice, with_shared=may_touch_shared())
    words = ngettext("%(num)s job is tried again.", "%(num)s jobs are tried again.", count)
    if more and choice.q:
        words += " " + _("There are more: press once more for the next ones.")
    elif more:
        words += " " + _("The others follow by themselves.")
    toast(words)
    return _back()


@bp.get("/closing")
@needs(Can.CHANGE_QUEUE)
def closing() -> Response:
    """Ask what there is to say to failures that nobody needs to look at any more."""
    choice = _failed(_choice(request.args))
    found = lists.jobs_page(choice, per_page=1)
    context: dict[str, Any] = {
        "choice": choice,
        "count": found.total,
        "back": _place(request.args),
        "list": request.args.get("list", ""),
        "longest": LONGEST_NOTE,
    }
    return render("jobs/close.html", "jobs/_close.html", **context)


@bp.post("/closing")
@needs(Can.CHANGE_QUEUE)
def close() -> Response:
    """Mark them as seen and closed; they stay in the list, with what was said."""
    note = " ".join(request.form.get("note", "").split())[:LONGEST_NOTE]
    count = choices.close_chosen(_failed(_choice(request.form)), note, with_shared=may_touch_shared())
    toast(ngettext("%(num)s job is closed.", "%(num)s jobs are closed.", count))
    return _back()


@bp.post("/rounds/<name>")
@needs(Can.CHANGE_QUEUE)
def run_now(name: str) -> Response:
    """Ask for what comes round at once."""
    if not may_touch_shared():
        raise Forbidden(_("That is for the owner: it concerns the whole installation."))
    schedule.run_now(name)
    toast(_("Asked for. It runs as soon as a worker is free."))
    return _back()


@bp.post("/sweeps")
@needs(Can.CHANGE_QUEUE)
def sweep() -> Response:
    """Offer what is due once more, and take back what lost its worker."""
    lost = queue.offer_due()
    toast(
        ngettext("%(num)s job was taken back from a lost worker.", "%(num)s jobs were taken back.", lost)
        if lost
        else _("Everything that is due was offered again.")
    )
    return _back()


def _overview() -> dict[str, Any]:
    counts = queries.queue_counts()
    minutes = queries.last_hour(counts)
    causes = queries.causes()
    samples = {one.job.id: one for one in shown([job for cause in causes for job in cause.samples])}
    known = workers.present_workers()
    oldest = max((one.oldest_seconds for one in counts if one.oldest_seconds is not None), default=None)
    alive = [worker for worker in known if workers.is_alive(worker)]
    return {
        "counts": counts,
        "minutes": minutes,
        "causes": [_cause(cause, [samples[job.id] for job in cause.samples]) for cause in causes],
        "failed": sum(one.failed for one in counts),
        "closed": sum(one.closed for one in counts),
        "waiting": sum(one.queued for one in counts),
        "oldest": oldest,
        "is_moving": bool(alive) and (oldest or 0) < queries.TOO_OLD.total_seconds(),
        "delays": queries.delays(),
        "workers": known,
        "alive": alive,
        "rounds": queries.periodic_jobs(),
        "is_overdue": schedule.is_overdue,
        "title_of": queue.title_of,
        "said": said,
        "table": request.args.get("table") == "1",
        "may_change": can(Can.CHANGE_QUEUE),
        "may_touch_shared": may_touch_shared(),
    }


def _cause(cause: queries.Cause, samples: list[Any]) -> dict[str, Any]:
    things = things_of(samples)
    return {
        "cause": cause,
        "words": said(cause.words),
        "titles": list(dict.fromkeys(one.title for one in samples)),
        "things": things,
        "samples": samples,
        "remedy": about.remedy(cause.code, things) if cause.count == 1 else None,
    }


def _list(choice: Choice, page: int) -> dict[str, Any]:
    found = lists.jobs_page(choice, page=min(page, MOST_PAGES))
    return {
        "choice": choice,
        "query": urlencode(choice.as_query() | ({"page": str(page)} if page > 1 else {})),
        "jobs": shown(found.items),
        "rows": found,
        "most_counted": lists.MOST_COUNTED,
        "queues": QUEUES,
        "tabs": TABS,
        "may_change": can(Can.CHANGE_QUEUE),
        "may_touch_shared": may_touch_shared(),
    }


def _one(found: Job) -> dict[str, Any]:
    return {
        "one": shown([found])[0],
        "may_change": can(Can.CHANGE_QUEUE) and (found.business_id is not None or may_touch_shared()),
    }


def _visible(job_id: str) -> Job:
    with across_businesses():
        return one_or_404(lists.visible_job(job_id))


def _changeable(job_id: str) -> Job:
    return one_or_404(lists.job_to_change(job_id, with_shared=may_touch_shared()))


def _choice(source: Any) -> Choice:
    """The filters that were given; what is none of ours is left out, for addresses are kept and changed by people."""
    name, state = source.get("queue", ""), source.get("state", "")
    return Choice(
        queue=name if name in QUEUES else "",
        state=state if state in STATES else "",
        q=source.get("q", "").strip()[:LONGEST_WORDS],
        cause=source.get("cause", "")[:32],
        job=source.get("job", "")[:20],
    )


def _page_in(given: dict[str, str]) -> int:
    page = given.get("page", "")
    return int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1


def _failed(choice: Choice) -> Choice:
    """Of those that fit, the failed ones that nobody has closed."""
    return Choice(**{**choice.as_query(), "state": "failed"})


def _place(source: Any) -> str:
    """Where whoever pressed the button was."""
    return source.get("back") if source.get("back") in ("jobs", "job") else "queue"


def _back(job_id: str = "") -> Response:
    """Where the button was, as it is now; a list comes with the filters that it had (`list`, a query)."""
    place = _place(request.form)
    if place == "job":
        found = job_id or request.form.get("job", "")
        then = url_for(".job", job_id=found)
        return changed("jobs/_job.html", then=then, **_one(_visible(found))) if is_htmx() else go(then)
    if place == "jobs":
        given = dict(parse_qsl(request.form.get("list", "")[:LONGEST_QUERY]))
        context = _list(_choice(given), _page_in(given))
        then = f"{url_for('.index')}?{context['query']}"
        return changed("jobs/_jobs.html", then=then, **context)
    then = url_for(".show")
    return changed("jobs/_queue.html", then=then, **_overview()) if is_htmx() else go(then)


def set_up(app: Flask) -> None:
    """Show the page in the sidebar, with the failures that wait for somebody."""
    add_entry(
        Entry(
            "system", _l("Queue"), "queue.show", "activity", Can.READ_QUEUE,
            badge=lambda: Badge(queries.count_failed(), alert=True),
        )
    )  # fmt: skip
