"""The office's SMS log: each message, what became of it, and what can be done now."""

from typing import Any

from flask import Blueprint, Flask, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.jobs import about
from app.jobs.health import watch
from app.kernel.access import Can
from app.kernel.errors import NotFound
from app.messaging import consent, invites, sms_naming, sms_news, sms_outbox, sms_queries
from app.messaging.models import WebhookCall
from app.messaging.providers.sms_choice import has_sms_provider
from app.messaging.providers.sms_words import in_words, remedy
from app.messaging.sms_models import TROUBLE, Sms, SmsState
from app.messaging.sms_queries import Filters
from app.web.doors import needs
from app.web.nav import Badge, Entry, add_entry
from app.web.pages import changed, go, one_or_404, page_number, paged, render, toast
from app.web.timeline import moments

bp = Blueprint("sms", __name__, url_prefix="/admin/sms")
VIEWS = {
    "all": _l("All"),
    "attention": _l("Needs a person"),
    "waiting": _l("Waiting"),
    "failed": _l("Failed"),
    "came": _l("Opened the link"),
}
#: Words that come with this module.
PARTS = (sms_naming,)


@bp.get("")
@needs(Can.READ_LOGS)
def index() -> Response:
    """The list, newest first."""
    return render("messaging/sms/list.html", "messaging/sms/_list.html", **_list_context())


@bp.get("/outbox")
@needs(Can.READ_LOGS)
def outbox() -> Response:
    """The messages that are kept here, each with the buttons that play the network."""
    if has_sms_provider():
        raise NotFound()
    return render("messaging/sms/outbox.html", "messaging/sms/_outbox.html", **_outbox_context())


@bp.get("/<sms_id>")
@needs(Can.READ_LOGS)
def show(sms_id: str) -> Response:
    """One message: what it says, what happened, what can be done."""
    return render("messaging/sms/show.html", "messaging/sms/_sms.html", **_context(_find(sms_id)))


@bp.post("/<sms_id>/resend")
@needs(Can.CHANGE_LOGS)
def resend(sms_id: str) -> Response:
    """Send the same text again, as an invite of its own."""
    made = invites.resend(_find(sms_id).id)
    flash(_("It goes out again: %(used)s of %(limit)s used this month.", used=made.used, limit=made.limit), "ok")
    return go(url_for(".show", sms_id=made.sms.public_id))


@bp.post("/<sms_id>/retry")
@needs(Can.CHANGE_LOGS)
def retry(sms_id: str) -> Response:
    """Try a failed message again, as the same one."""
    sms = invites.retry(_find(sms_id).id)
    toast(_("It is tried again."))
    return _changed(sms.public_id)


@bp.post("/<sms_id>/arrived")
@needs(Can.CHANGE_LOGS)
def arrived(sms_id: str) -> Response:
    """A person knows that it arrived."""
    sms = invites.say_it_arrived(_find(sms_id).id)
    toast(_("Noted: it arrived."))
    return _changed(sms.public_id)


@bp.post("/<sms_id>/handled")
@needs(Can.CHANGE_LOGS)
def handled(sms_id: str) -> Response:
    """Note that somebody has dealt with it."""
    sms = invites.mark_handled(_find(sms_id).id)
    toast(_("Marked as dealt with."))
    return _changed(sms.public_id)


@bp.post("/<sms_id>/calls/<int:call_id>")
@needs(Can.CHANGE_LOGS)
def replay(sms_id: str, call_id: int) -> Response:
    """Apply what the provider said once more."""
    sms = _find(sms_id)
    call = one_or_404(select(WebhookCall).where(WebhookCall.id == call_id, WebhookCall.business_id == sms.business_id))
    sms_news.replay(call.id)
    toast(_("Applied once more."))
    return _changed(sms_id)


@bp.post("/<sms_id>/play/<act>")
@needs(Can.CHANGE_LOGS)
def play(sms_id: str, act: str) -> Response:
    """Say of a message what the network or the customer would."""
    if act not in sms_outbox.ACTS or has_sms_provider():
        raise NotFound()
    sms_outbox.play(_find(sms_id).id, act)
    words = {
        "deliver": _("Delivered."),
        "undeliver": _("Not delivered: nobody has this number."),
        "fail": _("Failed in the network."),
        "stop": _("The customer wrote STOP."),
        "start": _("The customer wrote START."),
        "fail_twice": _("Sent again: the first two tries will fail."),
    }
    toast(words[act])
    return changed(
        "messaging/sms/_outbox.html", then=url_for(".outbox", page=request.args.get("page")), **_outbox_context()
    )


def _changed(sms_id: str) -> Response:
    return changed("messaging/sms/_sms.html", then=url_for(".show", sms_id=sms_id), **_context(_find(sms_id)))


def _find(sms_id: str) -> Sms:
    return one_or_404(sms_queries.sms_by_id(sms_id))


def _list_context() -> dict[str, Any]:
    view, state = request.args.get("view", ""), request.args.get("status", "")
    filters = Filters(
        view=view if view in VIEWS else "all",
        state=state if state in list(SmsState) else "",
        q=request.args.get("q", "").strip()[: sms_queries.LONGEST_QUERY],
        customer=request.args.get("customer", "")[:40],
    )
    return {
        "rows": paged(sms_queries.listed(filters), page=page_number()),
        "filters": filters,
        "views": VIEWS,
        "counts": sms_queries.view_counts(),
        "answers": sms_queries.answers(),
        "why": in_words,
    }


def _context(sms: Sms) -> dict[str, Any]:
    wrong = sms.state in TROUBLE and sms.handled_at is None
    return {
        "sms": sms,
        "things": list(about.described(sms.about).values()),
        "is_wrong": wrong,
        "why": in_words(sms.code, sms.words),
        "remedy": remedy(sms.code),
        "may_retry": sms.state == SmsState.FAILED and sms.provider_id is None and not sms.is_in_doubt,
        "is_stopped": consent.is_stopped(sms.to_number),
        "entries": consent.entries(sms.to_number),
        "tries": sms_queries.tries_of(sms.id),
        "beside": sms_queries.beside(sms),
        "calls": sms_queries.calls_about(sms),
        "booked_at": sms_queries.booked_after(sms),
        "moments": moments(f"sms:{sms.id}"),
        "in_words": in_words,
    }


def _outbox_context() -> dict[str, Any]:
    return {"rows": paged(sms_queries.listed(Filters()), page=page_number())}


def set_up(app: Flask) -> None:
    """Stand in the sidebar: in red while messages that went wrong wait for a person."""
    app.jinja_env.globals["has_sms_provider"] = has_sms_provider
    watch("twilio", "sms", _l("The SMS provider does not answer."))
    add_entry(
        Entry(
            "messages",
            _l("SMS"),
            "sms.index",
            icon="message-square-text",
            right=Can.READ_LOGS,
            badge=lambda: Badge(sms_queries.trouble_count(), alert=True),
        )
    )
