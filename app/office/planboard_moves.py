"""Moving a booking on the board: by dragging, by the form and by Undo alike, each time checked."""

from datetime import date, datetime, time
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import lifecycle, occupied, placing, told_before
from app.bookings.free_times import NotKept
from app.bookings.models import Booking
from app.bookings.occupied import Occupied
from app.bookings.office_parts import booking_of, is_overbooking, overbook_reason, words
from app.fleet import claims
from app.fleet.models import Resource
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.office import planboard_queries as queries
from app.office.planboard_page import FRAGMENT, View, bp, context_of, view_here
from app.web.days import business_zone
from app.web.doors import needs
from app.web.pages import changed, go, render, toast
from app.web.presentation import local, when
from app.web.requests import is_htmx
from app.web.timeline import moments

_MOVE = "office/planboard/_move.html"


@bp.get("/<reference>/move")
@needs(Can.CHANGE_BOOKINGS)
def move(reference: str) -> Response:
    """The form by which a booking is moved, with who is free then."""
    booking, view = booking_of(reference), view_here()
    if request.args.get("part") == "tell":
        return render("bookings/office/_tell.html", booking=booking, **_telling(booking, _start_or_as_it_is(booking)))
    return _form(booking, view)


@bp.post("/<reference>/place")
@needs(Can.CHANGE_BOOKINGS)
def place(reference: str) -> Response:
    """Put it there: by dragging, by the form and by Undo alike. Refused, nothing is changed and it is said why."""
    booking, view = booking_of(reference), view_here()
    try:
        wanted, starts_at = _wanted(booking, view), _start(booking)
        was, at = placing.holder(booking, view.kind), booking.starts_at
        tell = request.values.get("tell") != "no"
        moved = placing.place(
            booking.id, view.kind, wanted.id if wanted else None, starts_at, version=_version(), tell=tell,
            reason=overbook_reason(),
        )  # fmt: skip
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
        answer = changed(FRAGMENT, then=view.url(), **context_of(view))
        if is_undo:  # a toast's button swaps nothing by itself
            answer.headers.update({"HX-Retarget": "#board", "HX-Reswap": "outerMorph"})
        return answer
    return go(view.url() if is_undo else view.url(moved=reference, back=back.partition("?")[2]))


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


def _start_or_as_it_is(booking: Booking) -> datetime:
    try:
        return _start(booking)
    except Invalid:
        return booking.starts_at


def _telling(booking: Booking, starts_at: datetime) -> dict[str, Any]:
    """Whether the customer is to hear of it, and the words that would go out."""
    changes = {"starts_at": starts_at, "ends_at": starts_at + (booking.ends_at - booking.starts_at)}
    is_news = told_before.is_worth_telling(booking, changes)
    message = told_before.message_of(booking, "changed", changes) if is_news else None
    return {"message": message, "tell": request.values.get("tell", "yes")}


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
        "is_not_kept": isinstance(refusal, NotKept),
        "wants_reason": is_overbooking(),
        "last": next(iter(moments(booking.marker)), None),
        "occupied": refusal if isinstance(refusal, Occupied) else None,
        "written": _written,
        **_telling(booking, starts_at),
        **words(),
    }
    answer = render("office/planboard/move.html", _MOVE, status=refusal.status if refusal else 200, **context)
    if refusal is not None:
        answer.headers.update({"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"})
    return answer
