"""What went out to other systems: to whom, what they answered; pause, and send again."""

from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from app.crm import pushes
from app.crm.models import Push, PushState
from app.crm.providers import choice
from app.jobs import about
from app.kernel.access import Can
from app.kernel.config import settings
from app.kernel.db import db
from app.web.doors import can, needs
from app.web.nav import Badge, Entry, add_entry
from app.web.pages import changed, one_or_404, page_number, paged, render, toast

bp = Blueprint("crm", __name__, url_prefix="/admin/crm")
FRAGMENT = "office/crm/_log.html"
TARGETS = {"webhook": _l("Webhook"), "hubspot": "HubSpot"}
STATES = {
    "": _l("All"),
    "failed": _l("Failed"),
    "queued": _l("On their way"),
    "held": _l("Kept back"),
    "sent": _l("Sent"),
}


@bp.get("")
@needs(Can.READ_LOGS)
def index() -> Response:
    """The log, newest first."""
    return render("office/crm/index.html", FRAGMENT, **_context())


@bp.post("/pause")
@needs(Can.CHANGE_LOGS)
def pause() -> Response:
    """Keep news back."""
    pushes.pause()
    toast(_("News are kept back from now on."))
    return _changed()


@bp.post("/resume")
@needs(Can.CHANGE_LOGS)
def resume() -> Response:
    """Let them go again."""
    count = pushes.go_on()
    toast(ngettext("One piece of news goes out now.", "%(num)s pieces of news go out now.", count))
    return _changed()


@bp.post("/replay-failed")
@needs(Can.CHANGE_LOGS)
def replay_failed() -> Response:
    """Send all again that failed."""
    count = pushes.replay_failed()
    toast(ngettext("One is sent again.", "%(num)s are sent again.", count))
    return _changed()


@bp.post("/<push_id>/replay")
@needs(Can.CHANGE_LOGS)
def replay(push_id: str) -> Response:
    """Send one again."""
    pushes.replay(one_or_404(select(Push).where(Push.public_id == push_id)).id)
    toast(_("It is sent again."))
    return _changed()


def failed_count() -> int:
    """How many news nobody took."""
    rows = select(func.count()).select_from(Push).where(Push.state == PushState.FAILED)
    return db.session.scalar(rows) or 0


def _changed() -> Response:
    return changed(FRAGMENT, then=url_for(".index"), **_context())


def _context() -> dict[str, Any]:
    state = request.values.get("state", "")
    state = state if state in STATES else ""
    rows = select(Push).order_by(Push.id.desc())
    page = paged(rows.where(Push.state == state) if state else rows, page=page_number(), per_page=50)
    return {
        "rows": page,
        "state": state,
        "states": STATES,
        "target_words": TARGETS,
        "things": about.described([one.subject for one in page]),
        "listeners": [TARGETS[target] for target in choice.targets()],
        "pause": pushes.standing(),
        "is_dry": settings().is_dry,
        "failed": failed_count(),
        "may_change": can(Can.CHANGE_LOGS),
    }


def set_up(_app: Flask) -> None:
    """Stand in the sidebar, with how many news nobody took where somebody is to be told."""
    add_entry(
        Entry(
            "system",
            _l("Other systems"),
            "crm.index",
            icon="webhook",
            right=Can.READ_LOGS,
            badge=lambda: Badge(failed_count() if choice.targets() else 0, alert=True),
        )
    )
