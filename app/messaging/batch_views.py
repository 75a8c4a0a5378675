"""The office's pages for invites to many: how far, who gets one and who does not, go, stop, and a table to keep."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.jobs import about
from app.kernel.access import Can
from app.kernel.db import db
from app.messaging import batch_queries, batches, invite_texts, plans, quiet_hours, segments
from app.messaging.batch_models import InviteBatch, InviteRecipient, Outcome
from app.messaging.batch_queries import ROWS, Standing
from app.messaging.providers.sms_words import in_words
from app.web.doors import current_business, needs
from app.web.pages import changed, one_or_404, page_number, paged, render, toast
from app.web.spreadsheets import download

bp = Blueprint("batches", __name__, url_prefix="/admin/invites/batches")
#: What became of somebody, in words.
OUTCOMES = {
    Outcome.UNCHECKED: _l("Not looked at yet"),
    Outcome.READY: _l("Gets one"),
    Outcome.INVITED: _l("Invited"),
    Outcome.NO_MOBILE: _l("No mobile number"),
    Outcome.OPTED_OUT: _l("Wants no invites"),
    Outcome.RECENT: _l("Had one within three days"),
    Outcome.TOO_LONG: _l("The text would be too long"),
    Outcome.LIMIT: _l("The month's invites were used up"),
    Outcome.LAPSED: _l("The subscription has lapsed"),
    Outcome.STOPPED: _l("Stopped before it went"),
}
STATES = {
    "checking": _l("Looking through the customers"),
    "ready": _l("Ready: waits for your go"),
    "sending": _l("Being sent"),
    "stopped": _l("Stopped"),
    "done": _l("Done"),
}
_BATCH = "messaging/batches/_batch.html"


@bp.get("")
@needs(Can.READ_INVITES)
def index() -> Response:
    """All of them, newest first."""
    rows = paged(batch_queries.batches(), page=page_number())
    return render("messaging/batches/list.html", "messaging/batches/_list.html", rows=rows, states=STATES)


@bp.get("/<batch_id>")
@needs(Can.READ_INVITES)
def show(batch_id: str) -> Response:
    """How far it is, and what became of whom."""
    batch = _find(batch_id)
    return render("messaging/batches/show.html", _BATCH, **_context(batch))


@bp.get("/<batch_id>/customers.csv")
@needs(Can.READ_INVITES)
def export(batch_id: str) -> Response:
    """Each customer with what became of them, as a table to take along."""
    batch = _find(batch_id)
    number = batch.id

    def pages() -> Iterator[list[list[Any]]]:
        after = 0
        while rows := db.session.scalars(batch_queries.recipients(number, after=after, count=1_000)).all():
            after = rows[-1].id
            yield [[one.customer.name, one.customer.phone, *_became(one)] for one in rows]

    heads = [_("Name"), _("Phone"), _("What became of it"), _("Message"), _("Reason")]
    return download(f"invites-{batch.public_id}.csv", heads, pages)


@bp.post("/<batch_id>/start")
@needs(Can.CHANGE_INVITES)
def start(batch_id: str) -> Response:
    """Go: send it to those who can get one."""
    batches.start(_find(batch_id).id)
    toast(_("They are on their way. You may close this page."))
    return _changed(batch_id)


@bp.post("/<batch_id>/stop")
@needs(Can.CHANGE_INVITES)
def stop(batch_id: str) -> Response:
    """No more of it."""
    batches.stop(_find(batch_id).id)
    toast(_("Stopped. What had not left is called off and does not count."))
    return _changed(batch_id)


def _changed(batch_id: str) -> Response:
    return changed(_BATCH, then=url_for(".show", batch_id=batch_id), **_context(_find(batch_id)))


def _find(batch_id: str) -> InviteBatch:
    return one_or_404(batch_queries.batch_by_id(batch_id))


def _became(one: InviteRecipient) -> list[str]:
    words = str(OUTCOMES.get(Outcome(one.outcome), one.outcome))
    return [words, one.sms.state, in_words(one.sms.code, one.sms.words)] if one.sms is not None else [words, "", ""]


def _context(batch: InviteBatch) -> dict[str, Any]:
    outcome = request.args.get("outcome", "")
    outcome = outcome if outcome in set(Outcome) else ""
    after = request.args.get("after", "")
    after_id = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    rows = list(db.session.scalars(batch_queries.recipients(batch.id, outcome, after_id, ROWS + 1)))
    standing, plan = batch_queries.standing_of(batch), plans.standing()
    example = next((one.customer for one in rows), None)
    business = current_business()
    link = invite_texts.link_of(business, "x" * invite_texts.CODE_LENGTH)
    text = invite_texts.filled(batch.message, example, business, link) if example is not None else batch.message
    return {
        "batch": batch,
        "standing": standing,
        "outcome": outcome,
        "rows": rows[:ROWS],
        "next_after": rows[ROWS - 1].id if len(rows) > ROWS else None,
        "after": after_id,
        "outcomes": OUTCOMES,
        "states": STATES,
        "time_left": _time_left(batch, standing),
        "plan": plan,
        "fits": min(standing.going, max(plan.left, 0)),
        "cost": batch_queries.cost_of(batch),
        "example": text,
        "measured": segments.measured(text),
        "waits_until_morning": quiet_hours.is_quiet(business.time_zone),
        "why": in_words,
    }


def _time_left(batch: InviteBatch, standing: Standing) -> str:
    left = batch_queries.time_left(batch, standing)
    if left is None:
        return ""
    seconds = ceil(left.total_seconds())
    if seconds < 60:
        return ngettext("about %(num)s second left", "about %(num)s seconds left", seconds)
    return ngettext("about %(num)s minute left", "about %(num)s minutes left", ceil(seconds / 60))


def _names(ids: list[int]) -> dict[int, tuple[str, str]]:
    found = db.session.scalars(batch_queries.batches().where(InviteBatch.id.in_(ids)))
    return {one.id: (_("Invites to many"), url_for("batches.show", batch_id=one.public_id)) for one in found}


about.describe_with("batch", _names)
