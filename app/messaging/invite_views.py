"""The office's invites: choose customers, write, see what it costs and whom it reaches, send; and the plan."""

import hashlib
from typing import Any

from flask import Blueprint, Flask, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from app.customers.orders import many_lines
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import public_id
from app.messaging import batches, invite_texts, plans, segments, selections
from app.messaging.selections import MOST_AT_ONCE, Outcome
from app.web.doors import current_business, needs
from app.web.idempotency import answer_once
from app.web.nav import Entry, add_entry
from app.web.pages import go, render, toast
from app.web.timeline import moments

bp = Blueprint("invites", __name__, url_prefix="/admin/invites")
MOST_FOUND = 20
#: Why somebody gets none, in the words of the preview.
PROBLEMS = {
    "no_mobile": _l("no mobile number"),
    "opted_out": _l("want no invites"),
    "recent": _l("had one within three days"),
    "too_long": _l("the text would be too long"),
    "limit": _l("the month's invites are used up"),
    "lapsed": _l("the subscription has lapsed"),
}
#: Names of that many are said one by one.
MOST_NAMES = 5


@bp.get("")
@needs(Can.READ_INVITES)
def index() -> Response:
    """The page; `?to=` chooses customers beforehand."""
    chosen = request.args.getlist("to")
    return render("messaging/invites/index.html", "messaging/invites/_invites.html", **_context(chosen))


@bp.get("/standing")
@needs(Can.READ_INVITES)
def standing() -> Response:
    """What is used and what is left, for the page that listens."""
    return render("messaging/invites/standing.html", "messaging/invites/_standing.html", **_standing())


@bp.post("")
@needs(Can.CHANGE_INVITES)
def act() -> Response:
    """Search, check, swap dear letters, or send: whatever the pressed button says."""
    wanted = request.form.get("act", "check")
    if wanted in ("send", "many"):
        return _send() if wanted == "send" else _invite_many()
    message = _typed()
    if wanted == "swap":
        message = segments.swapped(message)
    context = _context(request.form.getlist("to"), message=message)
    place = request.headers.get("HX-Target", "")
    part = next((name for name in ("people", "preview") if place.endswith(f"#invite-{name}")), "invites")
    return render("messaging/invites/index.html", f"messaging/invites/_{part}.html", **context)


@bp.post("/plan")
@needs(Can.CHANGE_BUSINESSES)
def choose_plan() -> Response:
    """The operator puts the business on another plan, at once."""
    code = request.form.get("plan", "")[:40]
    plans.subscribe(current_business().id, code)
    toast(_("The plan is changed."))
    return go(url_for(".index"))


def _send() -> Response:
    message, form = _typed(), request.form
    customers = selections.customers_of(form.getlist("to"))
    faults = _faults(message, len(customers), len(set(form.getlist("to"))))
    if faults:
        context = _context(form.getlist("to"), message=message) | {"faults": faults}
        return render("messaging/invites/index.html", "messaging/invites/_invites.html", status=422, **context)

    def send() -> Response:
        outcomes = selections.send(customers, message, also_recent=bool(form.get("recent")))
        for words, tone in _told(outcomes):
            flash(words, tone)
        gone = [one for one in outcomes if one.sms is not None]
        return go(url_for("sms.index") if gone else url_for(".index", to=form.getlist("to")[:MOST_AT_ONCE]))

    # Pressed twice it is one sending: the page gave the form a key of its own.
    key = form.get("key", "")[:40] or public_id()
    return answer_once(key, hashlib.sha256(b"invites").digest(), send)


def _invite_many() -> Response:
    """A batch for all that fit the search and the tag; it is looked through before anybody says go."""
    message, form = _typed(), request.form
    faults = _text_faults(message)
    if faults:
        context = _context(form.getlist("to"), message=message) | {"faults": faults}
        return render("messaging/invites/index.html", "messaging/invites/_invites.html", status=422, **context)

    def draft() -> Response:
        made = batches.draft(message, q=_q(), tag=_tag(), also_recent=bool(form.get("recent")))
        return go(url_for("batches.show", batch_id=made.public_id))

    key = form.get("key", "")[:40] or public_id()
    return answer_once(key, hashlib.sha256(b"invites to many").digest(), draft)


def _faults(message: str, known: int, wanted: int) -> list[tuple[str, str, str]]:
    found = []
    if not wanted:
        found.append(("q", "", _("Choose at least one customer.")))
    elif known < wanted:
        found.append(("q", "", _("At most %(most)s customers at once, and only those of yours.", most=MOST_AT_ONCE)))
    return found + _text_faults(message)


def _text_faults(message: str) -> list[tuple[str, str, str]]:
    found = []
    if not message:
        found.append(("message", "", _("Write what the invite says.")))
    if unknown := invite_texts.unknown_places(message):
        found.append(("message", "", _("Nobody fills in %(places)s.", places=", ".join(unknown))))
    return found


def _told(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """What became of them, in a few sentences: each refusal once, those of single customers by name."""
    told = []
    gone = sum(1 for one in outcomes if one.sms is not None)
    if gone:
        words = ngettext("%(num)s invite is on its way.", "%(num)s invites are on their way.", gone)
        told.append((words, "ok"))
    reasons: dict[str, list[str]] = {}
    for one in outcomes:
        if one.sms is None:
            said = _("Had an invite within three days:") if one.refusal == "recent" else one.refusal
            reasons.setdefault(said, []).append(one.customer.name)
    for said, names in reasons.items():
        shown = ", ".join(names[:MOST_NAMES]) + (f" +{len(names) - MOST_NAMES}" if len(names) > MOST_NAMES else "")
        told.append((said if shown in said else f"{said} ({shown})", "bad"))
    return told


def _typed() -> str:
    try:
        return many_lines(request.form.get("message", ""))[: segments.LONGEST + 400]
    except ValueError as error:
        raise Invalid([("message", str(error))]) from None


def _context(chosen_ids: list[str], *, message: str | None = None) -> dict[str, Any]:
    q, tag = _q(), _tag()
    chosen = selections.customers_of(chosen_ids)
    fitting = selections.like(q, tag)
    found = list(db.session.scalars(fitting.limit(MOST_FOUND))) if q or tag else []
    if request.form.get("act") == "all":
        found = list(db.session.scalars(fitting.limit(MOST_AT_ONCE))) if q or tag else []
        known = {one.id for one in chosen}
        chosen = [*chosen, *(one for one in found if one.id not in known)][:MOST_AT_ONCE]
    text = invite_texts.suggested() if message is None else message
    recent = bool(request.form.get("recent"))
    return {
        "q": q,
        "tag": tag,
        "tags": selections.tags(),
        "found_count": db.session.scalar(select(func.count()).select_from(fitting.order_by(None).subquery())),
        "found": [one for one in found if one.id not in {each.id for each in chosen}],
        "chosen": chosen,
        "message": text,
        "recent": recent,
        "preview": selections.preview(chosen, text, also_recent=recent),
        "says_stop": invite_texts.says_how_to_stop(text),
        "unknown": invite_texts.unknown_places(text),
        "places": [f"{{{name}}}" for name in invite_texts.KNOWN],
        "problems": PROBLEMS,
        "most_names": MOST_NAMES,
        "key": public_id(),
        "faults": [],
        **_standing(),
    }


def _q() -> str:
    return " ".join(request.values.get("q", "").split())[:100]


def _tag() -> str:
    return request.values.get("tag", "").strip()[:40]


def _standing() -> dict[str, Any]:
    return {
        "standing": plans.standing(),
        "months": plans.months(),
        "plans": plans.all_plans(),
        "history": moments(f"subscription:{current_business().id}"),
    }


def set_up(_app: Flask) -> None:
    """Stand in the sidebar."""
    add_entry(Entry("messages", _l("Invites"), "invites.index", icon="ticket", right=Can.READ_INVITES))
