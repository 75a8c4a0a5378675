"""The office's e-mail log: the list, each mail as it was sent, what happened to it, and what can be done."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.customers.contact import likely_meant
from app.jobs import about
from app.jobs.health import watch
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.errors import Conflict, Invalid, NotFound
from app.messaging import emails, naming, news, preview, queries, timeline
from app.messaging.kinds import SECRET_KINDS, TITLES, kind_title
from app.messaging.models import TROUBLE, EmailLog, EmailState
from app.messaging.office_forms import CorrectionForm
from app.messaging.outbox_views import bp as outbox_bp
from app.messaging.outbox_views import set_up as set_up_outbox
from app.messaging.providers.words import in_words
from app.messaging.queries import Filters
from app.web.days import day_in
from app.web.doors import can, needs
from app.web.forms import refused
from app.web.nav import Badge, Entry, add_entry
from app.web.pages import changed, go, one_or_404, page_number, paged, render, toast, trigger
from app.web.presentation import here_with
from app.web.security import checks_its_form, framed
from app.web.timeline import moments

bp = Blueprint("emails", __name__, url_prefix="/admin/emails")
__all__ = ["bp", "outbox_bp", "set_up"]
#: Resending again so soon asks first.
SOON = timedelta(minutes=10)
MOST_TROUBLES = 5
FORMS = ("sent", "text", "source")
VIEWS = {
    "all": _l("All"),
    "attention": _l("Needs a person"),
    "waiting": _l("Waiting"),
    "failed": _l("Failed"),
    "held": _l("Not sent"),
}
#: Words that come with this module: how mails are named and what happened to them.
PARTS = (naming, timeline)


@bp.get("")
@needs(Can.READ_LOGS)
def index() -> Response:
    """The list, newest first; what needs a person stands on top."""
    context = _list_context()
    if request.headers.get("HX-Target", "").endswith("#mail-rows"):
        answer = render("messaging/_rows.html", alone=True, **context)
        if request.headers.get("HX-Source") == "form#mail-search":
            answer.headers["HX-Replace-Url"] = here_with(page=None)
        return answer
    return render("messaging/list.html", "messaging/_list.html", mail=None, **context)


@bp.get("/<email_id>")
@needs(Can.READ_LOGS)
def show(email_id: str) -> Response:
    """One mail beside the list: as it was sent, what happened, what can be done."""
    mail = _mail(email_id)
    return render("messaging/list.html", "messaging/_list.html", **_list_context(), **_mail_context(mail))


@bp.get("/<email_id>/history")
@needs(Can.READ_LOGS)
def history(email_id: str) -> Response:
    """What happened to it, for the page that listens."""
    context = {**_mail_context(_mail(email_id)), "kind_title": kind_title}
    return render("messaging/_history.html", alone=True, **context)


@bp.get("/<email_id>/body")
@needs(Can.READ_LOGS)
def body(email_id: str) -> Response:
    """The mail as its reader sees it, for a frame; its policy lets styles run and nothing else."""
    answer = make_response(preview.shown_html(_mail(email_id)))
    answer.headers["Referrer-Policy"] = "no-referrer"
    return framed(answer)


@bp.get("/<email_id>/files/<int:number>")
@needs(Can.READ_LOGS)
def file(email_id: str, number: int) -> Response:
    """A file that travelled with it, to keep; counted from 1."""
    files = preview.files_of(_mail(email_id))
    if not 0 < number <= len(files):
        raise NotFound()
    part = files[number - 1]
    name = "".join(char for char in part.filename if char.isprintable()) or "file"
    answer = send_file(BytesIO(part.content), part.content_type, as_attachment=True, download_name=name)
    return framed(answer)


@bp.post("/<email_id>/resend")
@needs(Can.CHANGE_LOGS)
def resend(email_id: str) -> Response:
    """Send it once more, as a mail of its own that names this one; a second press so soon asks first."""
    mail = _mail(email_id)
    last = queries.last_resend(mail.id)
    if last is not None and last.created_at > clock.now() - SOON and not request.form.get("again"):
        answer = render("messaging/again.html", "messaging/_again.html", mail=mail, last=last)
        answer.headers.update({"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"})
        return answer
    made = emails.resend(mail.id)
    flash(_("It goes out again to %(address)s.", address=made.to_address), "ok")
    return go(url_for(".show", email_id=made.public_id))


@bp.post("/<email_id>/correction")
@needs(Can.CHANGE_LOGS)
@checks_its_form
def correct(email_id: str) -> Response:
    """Write the right address down for the customer and send the mail there."""
    mail, form = _mail(email_id), CorrectionForm()
    if not may_be_corrected(mail):
        raise NotFound()
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is not None:
        try:
            made = emails.resend(mail.id, to_address=order.email)
        except Conflict as refusal:
            form.blame(Invalid([("email", refusal.detail)]))
        else:
            flash(_("Corrected. The mail goes out to %(address)s.", address=made.to_address), "ok")
            return go(url_for(".show", email_id=made.public_id))
    context = {**_list_context(), **_mail_context(mail)}
    context.pop("form")
    return refused(form, "messaging/list.html", "messaging/_correct.html", **context)


@bp.post("/<email_id>/calls/<int:call_id>")
@needs(Can.CHANGE_LOGS)
def replay(email_id: str, call_id: int) -> Response:
    """Apply once more what the provider said of it."""
    mail = _mail(email_id)
    call = one_or_404(queries.call_about(mail, call_id))
    news.replay(call.id)
    toast(_("Applied once more."))
    context = {**_mail_context(_mail(email_id)), "kind_title": kind_title}
    return changed("messaging/_history.html", then=url_for(".show", email_id=email_id), alone=True, **context)


@bp.post("/<email_id>/handled")
@needs(Can.CHANGE_LOGS)
def handled(email_id: str) -> Response:
    """Note that somebody has dealt with it."""
    mail = _mail(email_id)
    emails.mark_handled(mail.id)
    flash(_("Marked as dealt with."), "ok")
    trigger("handled")
    return go(url_for(".show", email_id=mail.public_id))


def may_be_corrected(mail: EmailLog) -> bool:
    """Whether another address may be given: never for what opens an account, nor where no customer is written to."""
    return mail.customer_id is not None and mail.kind not in SECRET_KINDS and not mail.may_go_out


def _mail(email_id: str) -> EmailLog:
    return one_or_404(queries.email_by_id(email_id))


def _list_context() -> dict[str, Any]:
    filters = _filters()
    rows = paged(queries.listed(filters), page=page_number())
    first = not filters.are_set and filters.view == "all" and rows.page == 1
    return {
        "rows": rows,
        "troubles": queries.troubles(MOST_TROUBLES) if first else [],
        "filters": filters,
        "counts": queries.view_counts(),
        "views": VIEWS,
        "kinds": {kind: str(title) for kind, title in TITLES.items()},
        "states": list(EmailState),
        "kind_title": kind_title,
    }


def _mail_context(mail: EmailLog) -> dict[str, Any]:
    wrong = mail.state in TROUBLE and mail.handled_at is None
    meant = likely_meant(mail.to_address)
    last = queries.last_resend(mail.id)
    return {
        "mail": mail,
        "things": list(about.described(mail.about).values()),
        "shape": request.args.get("as") if request.args.get("as") in FORMS else "sent",
        "files": preview.files_of(mail),
        "shown_text": preview.shown_text,
        "shown_source": preview.shown_source,
        "why": in_words(mail.code, mail.words),
        "is_wrong": wrong,
        "may_correct": may_be_corrected(mail),
        "may_resend": not mail.may_go_out,
        "meant": meant,
        "form": CorrectionForm(formdata=None, email=meant or mail.to_address),
        "tries": queries.tries_of(mail.id),
        "calls": queries.calls_about(mail),
        "may_replay": can(Can.CHANGE_LOGS),
        "beside": queries.mails_beside(mail),
        "last": last,
        "moments": moments(f"email:{mail.id}"),
        "in_words": in_words,
    }


def _filters() -> Filters:
    args = request.args
    since, until = queries.days_as_instants(day_in(args.get("from", "")), day_in(args.get("to", "")))
    view, state, kind = args.get("view", ""), args.get("status", ""), args.get("kind", "")
    return Filters(
        view=view if view in VIEWS else "all",
        state=state if state in list(EmailState) else "",
        kind=kind if kind in TITLES else "",
        q=args.get("q", "").strip()[: queries.LONGEST_QUERY],
        since=since,
        until=until,
    )


def set_up(app: Flask) -> None:
    """Stand in the sidebar: in red while mails that went wrong wait for a person."""
    add_entry(
        Entry(
            "messages",
            _l("E-mail"),
            "emails.index",
            icon="mail",
            right=Can.READ_LOGS,
            badge=lambda: Badge(queries.trouble_count(), alert=True),
        )
    )
    for gate in ("resend", "smtp"):
        watch(gate, "mail", _l("The mail provider does not answer."))
    set_up_outbox(app)
