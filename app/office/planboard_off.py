"""A morning that goes wrong: somebody is off today, and what nobody has is given out by suggestion."""

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.bookings import off_today, placing, queries
from app.fleet.models import Resource, ResourceKind
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Refusal
from app.office.planboard_page import FRAGMENT, bp, context_of, view_here
from app.office.suggesting import MOST
from app.web.doors import needs
from app.web.pages import changed, one_or_404, toast

_PEOPLE = (ResourceKind.CREW, ResourceKind.DRIVER)


@bp.post("/<public_id>/off-today")
@needs(Can.CHANGE_BOOKINGS)
def off(public_id: str) -> Response:
    """Somebody is ill: off for the rest of the day, and what was still to begin goes to others."""
    resource = _person(public_id)
    freed = off_today.go_off(resource.id)
    said = _("%(name)s is off for the rest of today.", name=resource.name)
    if freed:
        said += " " + ngettext(
            "%(num)s booking is free for others.", "%(num)s bookings are free for others.", len(freed)
        )
    toast(said)
    return _board()


@bp.post("/<public_id>/back-today")
@needs(Can.CHANGE_BOOKINGS)
def back(public_id: str) -> Response:
    """Somebody works again; what was given to others stays with them."""
    resource = _person(public_id)
    off_today.come_back(resource.id)
    toast(_("%(name)s works again.", name=resource.name))
    return _board()


@bp.post("/suggestions")
@needs(Can.CHANGE_BOOKINGS)
def accept() -> Response:
    """Take all suggestions as they were shown; each is checked again, and those that no longer fit are named."""
    view, given = view_here(), 0
    for line in request.form.getlist("give")[:MOST]:
        reference, public_id, version = [*line.split(":"), "", "", ""][:3]
        booking = db.session.scalar(queries.booking_by_reference(reference[:9]))
        wanted = db.session.scalar(select(Resource).where(Resource.public_id == public_id[:40]))
        if booking is None or wanted is None:
            continue
        read = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        try:
            placing.place(booking.id, view.kind, wanted.id, booking.starts_at, version=read)
            given += 1
        except Refusal as refusal:
            toast(f"{booking.contact_name}: {refusal.detail}", "bad")
    toast(ngettext("%(num)s booking given out.", "%(num)s bookings given out.", given))
    return _board()


def _person(public_id: str) -> Resource:
    rows = select(Resource).where(Resource.public_id == public_id, Resource.kind.in_(_PEOPLE))
    return one_or_404(rows.where(Resource.retired_at.is_(None)))


def _board() -> Response:
    view = view_here()
    return changed(FRAGMENT, then=view.url(), **context_of(view))
