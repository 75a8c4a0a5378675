"""The dispatcher's board as a page: which part of it somebody looks at, and all that it shows."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.bookings.office_parts import words
from app.fleet.models import ResourceKind
from app.kernel.access import Can
from app.office import planboard, suggesting
from app.office import planboard_queries as queries
from app.web.days import business_today, day_in
from app.web.doors import can, current_business, needs
from app.web.pages import page_number, paged, render

bp = Blueprint("board", __name__, url_prefix="/admin/board")
PER_PAGE = 30
FRAGMENT = "office/planboard/_board.html"
_S = ResourceKind


@dataclass(frozen=True)
class View:
    """Which part of the board somebody looks at: whose, a day or a week, from when, which page, which names."""

    kind: ResourceKind
    week: bool
    day: date
    page: int
    q: str
    #: Whether it is shown who could take what nobody has yet.
    suggests: bool

    def url(self, endpoint: str = "board.index", **more: Any) -> str:
        """An address with this view in it."""
        seen: dict[str, Any] = {
            "of": self.kind.value,
            "span": "week" if self.week else None,
            "day": self.day.isoformat(),
        }
        seen |= {
            "page": self.page if self.page > 1 else None,
            "q": self.q or None,
            "suggest": 1 if self.suggests else None,
        }
        return url_for(endpoint, **seen | more)


@bp.get("")
@needs(Can.READ_BOOKINGS)
def index() -> Response:
    """The board."""
    return render("office/planboard/index.html", FRAGMENT, **context_of(view_here()))


def context_of(view: View) -> dict[str, Any]:
    """Everything that the board shows."""
    rows = paged(queries.resources(view.kind, view.q), page=view.page, per_page=PER_PAGE)
    board = planboard.board_of(view.kind, view.day, week=view.week, rows=rows)
    suggests = view.suggests and can(Can.CHANGE_BOOKINGS)
    step = timedelta(days=7 if view.week else 1)
    return {
        "board": board,
        "suggested": suggesting.suggest(view.kind, board.loose, board.window.dates) if suggests else None,
        "view": view,
        "kinds": _kinds(),
        "before": view.day - step,
        "after": view.day + step,
        "today": business_today(),
        **words(),
    }


def _kinds() -> list[ResourceKind]:
    """What the business has: crews for jobs, cars and drivers for rentals."""
    services = set(current_business().services)
    return ([_S.CREW] if services & {"move", "cleaning"} else []) + ([_S.CAR, _S.DRIVER] if "car" in services else [])


def view_here() -> View:
    """The part of the board that the address names; the usual one for what it leaves out."""
    kinds = _kinds() or [_S.CREW]
    kind = next((one for one in _S if one.value == request.args.get("of")), kinds[0])
    q, week = request.args.get("q", "").strip()[:100], request.args.get("span") == "week"
    return View(kind, week, day_here(), page_number(), q, suggests=bool(request.args.get("suggest")))


def day_here() -> date:
    """The day that the address names; today for none."""
    return day_in(request.args.get("day", "")) or business_today()
