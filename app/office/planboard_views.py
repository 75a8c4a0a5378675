"""The dispatcher's board and its doors: look, move a booking, undo it; and a crew's day on paper."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.bookings import lifecycle, occupied, placing
from app.bookings.models import Booking
from app.bookings.office_parts import booking_of, words
from app.bookings.placing import Occupied
from app.fleet import claims
from app.fleet.models import Resource, ResourceKind
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.office import planboard
from app.office import planboard_queries as queries
from app.web.days import business_zone, day_span
from app.web.doors import current_business, needs
from app.web.nav import Entry, add_entry
from app.web.pages import changed, go, one_or_404, page_number, paged, render, toast
from app.web.presentation import local, when
from app.web.requests import is_htmx
from app.web.timeline import moments

bp = Blueprint("board", __name__, url_prefix="/admin/board")
PER_PAGE = 30
_FRAGMENT, _MOVE = "office/planboard/_board.html", "office/planboard/_move.html"
_S = ResourceKind


@dataclass(frozen=True)
class View:
    """Which part of the board somebody looks at: whose, a day or a week, from when, which page, which names."""

    kind: ResourceKind
    week: bool
    day: date
    page: int
    q: str

    def url(self, endpoint: str = "board.index", **more: Any) -> str:
        """An address with this view in it."""
        seen = {"of": self.kind.value, "span": "week" if self.week else None, "day": self.day.isoformat()}
        return url_for(endpoint, **seen | {"page": self.page if self.page > 1 else None, "q": self.q or None} | more)


@bp.get("")
@needs(Can.READ_BOOKINGS)
def index() -> Response:
    """The board."""
    return render("office/planboard/index.html", _FRAGMENT, **_context(_view()))


@bp.get("/<reference>/move")
@needs(Can.CHANGE_BOOKINGS)
def move(reference: str) -> Response:
    """The form by which a booking is moved, with who is free then."""
    return _form(booking_of(reference), _view())


@bp.post("/<reference>/place")
@needs(Can.CHANGE_BOOKINGS)
def place(reference: str) -> Response:
    """Put it there: by dragging, by the form and by Undo alike. Refused, nothing is changed and it is said why."""
    booking, view = booking_of(reference), _view()
    try:
        wanted, starts_at = _wanted(booking, view), _start(booking)
        was, at = placing.holder(booking, view.kind), booking.starts_at
        tell = request.values.get("tell") != "no"
        moved = placing.place(
            booking.id, view.kind, wanted.id if wanted else None, starts_at, version=_version(), tell=tell
        )
    except (Conflict, Invalid) as refusal:
        return _form(booking_of(reference), view, refusal)
    back = view.url(
        ".place", reference=reference, resource=was.public_id if was else "", at=_written(at), version=moved.version,
        tell=request.values.get("tell"), undo=1,
    )  # fmt: skip
    whom = wanted.name if wanted else _("nobody yet")
    said = _("%(name)s: %(whom)s, %(when)s.", name=moved.contact_name, whom=whom, when=when(moved.starts_at))
    is_undo = "undo" in request.args
    if is_htmx():
        toast(said, undo=None if is_undo else back)
        answer = changed(_FRAGMENT, then=view.url(), **_context(view))
        answer.headers.update({"HX-Retarget": "#board", "HX-Reswap": "outerMorph"})
        return answer
    return go(view.url() if is_undo else view.url(moved=reference, back=back.partition("?")[2]))


@bp.get("/day/<public_id>")
@needs(Can.READ_BOOKINGS)
def paper(public_id: str) -> Response:
    """The day of one crew, car or driver, to print: in order, with addresses, phones and notes."""
    resource, day = one_or_404(select(Resource).where(Resource.public_id == public_id)), _day()
    jobs = queries.jobs_of(resource, *day_span(day))
    return render("office/planboard/paper.html", resource=resource, day=day, jobs=jobs, **words())


def _context(view: View) -> dict[str, Any]:
    rows = paged(queries.resources(view.kind, view.q), page=view.page, per_page=PER_PAGE)
    board = planboard.board_of(view.kind, view.day, week=view.week, rows=rows)
    step = timedelta(days=7 if view.week else 1)
    return {
        "board": board,
        "view": view,
        "kinds": _kinds(),
        "before": view.day - step,
        "after": view.day + step,
        "today": planboard.usual_day(),
        **words(),
    }


def _kinds() -> list[ResourceKind]:
    """What the business has: crews for jobs, cars and drivers for rentals."""
    services = set(current_business().services)
    return ([_S.CREW] if services & {"move", "cleaning"} else []) + ([_S.CAR, _S.DRIVER] if "car" in services else [])


def _view() -> View:
    kinds = _kinds() or [_S.CREW]
    kind = next((one for one in _S if one.value == request.args.get("of")), kinds[0])
    return View(
        kind, request.args.get("span") == "week", _day(), page_number(), request.args.get("q", "").strip()[:100]
    )


def _day() -> date:
    try:
        found = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return planboard.usual_day()
    return found if 2000 <= found.year <= 2100 else planboard.usual_day()


def _version() -> int:
    """The version that was read; who has read none is told to look first."""
    given = request.values.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _wanted(booking: Booking, view: View) -> Resource | None:
    """Whom it is to be given to, None for nobody; whoever has it where nothing was said."""
    public_id = request.values.get("resource")
    if public_id is None:
        return placing.holder(booking, view.kind)
    if not public_id:
        return None
    found = db.session.scalar(select(Resource).where(Resource.public_id == public_id[:40], Resource.kind == view.kind))
    if found is None:
        raise NotFound()
    return found


def _start(booking: Booking) -> datetime:
    """The start that was asked for, by the business's clocks; as it was where nothing was said."""
    day, at = request.values.get("on", "").strip(), request.values.get("at", "").strip()
    if "T" in at:
        day, _t, at = at.partition("T")
    at = at.zfill(5)[:5] if at else ""
    was = local(booking.starts_at)
    if (day or f"{was:%Y-%m-%d}", at or f"{was:%H:%M}") == (f"{was:%Y-%m-%d}", f"{was:%H:%M}"):
        return booking.starts_at
    try:
        wanted = datetime.combine(
            date.fromisoformat(day) if day else was.date(), time.fromisoformat(at) if at else was.time()
        )
        if not 2000 <= wanted.year <= 2100:
            raise ValueError
    except ValueError:
        raise Invalid([("at", _("Write a day and a time, such as 08:30."))]) from None
    return clock.wall_time(wanted.date(), wanted.hour, wanted.minute, business_zone())


def _written(at: datetime) -> str:
    return f"{local(at):%Y-%m-%dT%H:%M}"


def _form(booking: Booking, view: View, refusal: Refusal | None = None) -> Response:
    """The form, filled with what was asked for; with a refusal 409 (422 for what cannot be read) and why."""
    try:
        wanted, starts_at = _wanted(booking, view), _start(booking)
    except (Invalid, NotFound):
        wanted, starts_at = placing.holder(booking, view.kind), booking.starts_at
    own = [link.claim_id for link in lifecycle.claims_of(booking)]
    during = claims.period(starts_at, starts_at + (booking.ends_at - booking.starts_at))
    context = {
        "booking": booking,
        "view": view,
        "wanted": wanted,
        "starts_at": starts_at,
        "has": placing.holder(booking, view.kind),
        "choices": db.session.scalars(queries.resources(view.kind)).all(),
        "rivals": occupied.rivals(view.kind, during, but=own),
        "refusal": refusal,
        "is_stale": isinstance(refusal, lifecycle.Stale),
        "last": next(iter(moments(booking.marker)), None),
        "occupied": refusal if isinstance(refusal, Occupied) else None,
        "written": _written,
        **words(),
    }
    answer = render("office/planboard/move.html", _MOVE, status=refusal.status if refusal else 200, **context)
    if refusal is not None:
        answer.headers.update({"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"})
    return answer


def set_up(_app: Flask) -> None:
    """Stand in the sidebar."""
    add_entry(Entry("bookings", _l("Board"), "board.index", icon="chart-no-axes-gantt", right=Can.READ_BOOKINGS))
