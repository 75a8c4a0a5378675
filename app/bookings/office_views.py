"""One booking in the office: what is wrong first, its facts, what may be done with it, its mails and its story."""

from flask import Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.bookings import (
    driver_off,
    driver_office,
    field_office,
    handover_office,
    lifecycle,
    office_edits,
    office_report,
    own_words,
    placing,
    queries,
    timeline,
)
from app.bookings.models import BookingState
from app.bookings.office_list import bp
from app.bookings.office_parts import booking_context, booking_of
from app.fleet.models import Resource
from app.kernel.access import Can
from app.kernel.errors import Invalid, NotFound
from app.web.doors import needs
from app.web.nav import Badge, Entry, add_entry
from app.web.pages import changed, one_or_404, render

#: What a person may make of a booking by a button; a crew is given in a way of its own.
BY_BUTTON = (
    BookingState.CONFIRMED,
    BookingState.IN_PROGRESS,
    BookingState.DONE,
    BookingState.NO_SHOW,
    BookingState.CANCELLED,
)
LONGEST_NOTE = 1_000
#: Doors and words that come with this module.
PARTS = (driver_off, driver_office, field_office, handover_office, office_edits, office_report, own_words, timeline)


@bp.get("/<reference>")
@needs(Can.READ_BOOKINGS)
def show(reference: str) -> Response:
    """One booking."""
    booking = booking_of(reference)
    return render("bookings/office/show.html", "bookings/office/_booking.html", **booking_context(booking))


@bp.post("/<reference>/state")
@needs(Can.CHANGE_BOOKINGS)
def state(reference: str) -> Response:
    """Confirm it, start it, finish it, note that nobody was there, or cancel it with a reason."""
    wanted = next((one for one in BY_BUTTON if one == request.form.get("state")), None)
    if wanted is None:
        raise NotFound()
    reason = " ".join(request.form.get("reason", "").split())[:300]
    tell = request.form.get("tell") != "no"
    lifecycle.move(booking_of(reference).id, wanted, reason=reason, version=_version(), tell=tell)
    return _changed(reference)


@bp.post("/<reference>/crew")
@needs(Can.CHANGE_BOOKINGS)
def assign(reference: str) -> Response:
    """Give it to a crew, or take it off again."""
    booking, wanted = booking_of(reference), request.form.get("crew", "")
    if wanted:
        crew = one_or_404(select(Resource).where(Resource.public_id == wanted))
        placing.give(booking.id, crew.id, version=_version())
    else:
        lifecycle.move(booking.id, BookingState.CONFIRMED, version=_version())
    return _changed(reference)


@bp.post("/<reference>/notes")
@needs(Can.CHANGE_BOOKINGS)
def note(reference: str) -> Response:
    """Write a note for colleagues onto its timeline."""
    typed = "\n".join(line.strip() for line in request.form.get("note", "").splitlines()).strip()
    if not 0 < len(typed) <= LONGEST_NOTE:
        raise Invalid([("note", "")], _("A note has 1 to %(most)s characters.", most=LONGEST_NOTE))
    lifecycle.add_note(booking_of(reference).id, typed)
    return _changed(reference)


def _version() -> int | None:
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _changed(reference: str) -> Response:
    context = booking_context(booking_of(reference))
    return changed("bookings/office/_booking.html", then=url_for(".show", reference=reference), **context)


def set_up(_app: Flask) -> None:
    """Stand in the sidebar, with how many bookings wait for a yes."""
    add_entry(
        Entry(
            "bookings",
            _l("Bookings"),
            "bookings.index",
            icon="inbox",
            right=Can.READ_BOOKINGS,
            badge=lambda: Badge(queries.waiting_count()),
        )
    )
