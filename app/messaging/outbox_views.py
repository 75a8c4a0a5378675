"""The outbox: where no provider carries mails outside, a person says here what it would say of each."""

from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.kernel.access import Can
from app.kernel.errors import NotFound
from app.messaging import outbox, queries
from app.messaging.kinds import kind_title
from app.messaging.models import EmailLog
from app.messaging.providers.choice import has_outside_provider
from app.web.doors import needs
from app.web.nav import Entry, add_entry
from app.web.pages import changed, one_or_404, page_number, paged, render, toast

bp = Blueprint("outbox", __name__, url_prefix="/admin/outbox")
ACTS = ("deliver", "open", "bounce", "complain", "fail_twice")


@bp.get("")
@needs(Can.READ_LOGS)
def index() -> Response:
    """The mails that are kept here, newest first, each with the buttons that play the provider."""
    if has_outside_provider():
        raise NotFound()
    return render("messaging/outbox.html", "messaging/_outbox.html", **_context())


@bp.post("/<email_id>/<act>")
@needs(Can.CHANGE_LOGS)
def play(email_id: str, act: str) -> Response:
    """Say of a mail what a provider would."""
    if act not in ACTS or has_outside_provider():
        raise NotFound()
    mail: EmailLog = one_or_404(queries.email_by_id(email_id))
    outbox.play(mail.id, act)
    words = {
        "deliver": _("Delivered."),
        "open": _("Opened."),
        "bounce": _("Bounced: the mailbox does not exist."),
        "complain": _("Marked as spam by its reader."),
        "fail_twice": _("Sent again: the first two tries will fail."),
    }
    toast(words[act])
    return changed("messaging/_outbox.html", then=url_for(".index", page=request.args.get("page")), **_context())


def _context() -> dict[str, Any]:
    rows = paged(queries.listed(queries.Filters()), page=page_number())
    return {"rows": rows, "kind_title": kind_title}


def set_up(_app: Flask) -> None:
    """Stand in the sidebar, where there is no provider."""
    if not has_outside_provider():
        add_entry(Entry("messages", _l("Outbox"), "outbox.index", icon="send", right=Can.READ_LOGS))
