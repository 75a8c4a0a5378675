"""The office's first page, in parts that each ask again when they hear of something, and the search over everything."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask_babel import lazy_gettext as _l

from app.bookings import figures
from app.bookings.office_parts import words
from app.bookings.search import reference_in
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.errors import Forbidden
from app.messaging.kinds import kind_title
from app.office import board, search, tables, today
from app.settings.checklist import Item, checklist, is_incomplete
from app.web.doors import can, needs
from app.web.nav import Entry, add_entry
from app.web.pages import render

bp = Blueprint("office", __name__, url_prefix="/admin")
NEWEST = 7


@bp.get("", endpoint="today")
@needs(Can.SEE_OFFICE)
def home() -> Response:
    """Today at a glance: who has what when, what needs a person, thirty days in small pictures, what is new."""
    found, hour = board.todays_board(), today.look_at_queue()
    return render(
        "office/today/today.html",
        board=found,
        needs=today.needs(found),
        figures=today.all_figures(hour),
        health=today.health(hour),
        items=_still_to_say(),
        **_newest(),
        **words(),
    )


@bp.get("/today/jobs")
@needs(Can.SEE_OFFICE)
def jobs_today() -> Response:
    """Today's jobs on their hour line."""
    return render("office/today/_board.html", board=board.todays_board(), **words())


@bp.get("/today/needs")
@needs(Can.SEE_OFFICE)
def needs_today() -> Response:
    """What needs a person; sends the sidebar's counts along."""
    return render("office/today/_needs.html", needs=today.needs(board.todays_board()), alone=True)


@bp.get("/today/figures")
@needs(Can.SEE_OFFICE)
def figures_today() -> Response:
    """The small pictures."""
    return render("office/today/_figures.html", figures=today.all_figures(today.look_at_queue()), **words())


@bp.get("/today/new")
@needs(Can.SEE_OFFICE)
def new_today() -> Response:
    """The bookings that came in last."""
    return render("office/today/_new.html", **_newest(), **words())


@bp.get("/today/queue")
@needs(Can.SEE_OFFICE)
def queue_today() -> Response:
    """How the queue is."""
    return render("office/today/_queue.html", health=today.health(today.look_at_queue()))


@bp.get("/figures/<any(bookings, revenue, use, mail, waiting):name>")
@needs(Can.SEE_OFFICE)
def table(name: str) -> Response:
    """The numbers behind a picture: in a dialog, or as a page."""
    if name == "mail" and not can(Can.READ_LOGS):
        raise Forbidden()
    title, heads, numbers = tables.TABLES[name]()
    page = "office/today/table.html"
    return render(page, "office/today/_table.html", title=title, heads=heads, numbers=numbers)


@bp.get("/search")
@needs(Can.SEE_OFFICE)
def find() -> Response:
    """Search over bookings, customers and mails; a whole reference leads straight to its booking."""
    typed = request.args.get("q", "").strip()[:100]
    found = search.search_everything(typed, with_mails=can(Can.READ_LOGS))
    if reference_in(typed) and len(found.bookings) == 1 and not found.are_close:
        return redirect(url_for("bookings.show", reference=found.bookings[0].reference), 303)  # type: ignore[return-value]  # Flask's own class
    return render("office/search.html", typed=typed, found=found, kind_title=kind_title, **words())


def _still_to_say() -> list[Item]:
    """The checklist of the settings while something that matters is unsaid, for whoever may say it."""
    items = checklist() if can(Can.CHANGE_SETTINGS) else []
    return items if is_incomplete(items) else []


def _newest() -> dict[str, Any]:
    since = clock.now() - timedelta(hours=24)
    return {"newest": figures.newest_bookings(NEWEST), "came": figures.came_since(since)}


def set_up(app: Flask) -> None:
    """Stand first in the sidebar, and answer the search in the top bar."""
    add_entry(Entry("today", _l("Today"), "office.today", icon="sun", right=Can.SEE_OFFICE))
    app.jinja_env.globals["search_url"] = "/admin/search"
