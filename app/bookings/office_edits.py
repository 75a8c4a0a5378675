"""The office books for somebody, and changes what a booking says."""

import hashlib
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from app.bookings import lifecycle, moves, overbooking, told_before
from app.bookings.free_times import NotKept
from app.bookings.models import Booking
from app.bookings.naming import service_words
from app.bookings.occupied import Occupied
from app.bookings.office_forms import StaffEdit, StaffEditForm, StaffOrderForm
from app.bookings.office_list import bp
from app.bookings.office_parts import bookable, booking_of, is_overbooking, overbook_reason
from app.bookings.told_before import Message
from app.kernel import ids
from app.kernel.access import Can
from app.kernel.db import transaction
from app.kernel.errors import Invalid, NotFound
from app.web.doors import current_business, needs
from app.web.forms import refused as refused_form
from app.web.idempotency import answer_once
from app.web.pages import go, render
from app.web.security import checks_its_form

EDIT = "bookings/office/edit.html"


@bp.get("/new")
@needs(Can.CHANGE_BOOKINGS)
def new() -> Response:
    """The form by which the office books for somebody."""
    form = _order_form(once=ids.public_id(), language=current_business().language)
    return render("bookings/office/new.html", form=form)


@bp.post("/new")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def create() -> Response:
    """Book for somebody; sent twice, booked once."""
    form = _order_form()
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused_form(form, "bookings/office/new.html")
    said = order.model_dump_json().encode()
    # The key holds the words too: Back, another day and Book again are meant as a second booking.
    key = hashlib.sha256((form.once.data or "").encode() + said).hexdigest()

    reason = overbook_reason()

    def book() -> Response:
        with transaction():
            language, is_meant = current_business().language, bool(reason)
            booking = moves.book_move(order, language=language, by="office", overbook=is_meant)
            if reason:
                lifecycle.add_note(booking.id, _("Overbooked: %(reason)s", reason=reason))
        flash(_("Booked. The confirmation goes to %(mail)s.", mail=order.email), "ok")
        return go(url_for(".show", reference=booking.reference))

    try:
        return answer_once(key, hashlib.sha256(said).digest(), book)
    except NotKept as refused:
        form.blame(refused)
        return refused_form(form, "bookings/office/new.html", not_kept=True, wants_reason=is_overbooking())


def _order_form(**given: str) -> StaffOrderForm:
    """The form with the services of this business; NotFound where there is none to book by it."""
    offered = bookable()
    if not offered:
        raise NotFound()
    form = StaffOrderForm(**given)
    form.service_type.choices = [SelectChoice(name, service_words(name)) for name in offered]
    return form


@bp.get("/<reference>/edit")
@needs(Can.CHANGE_BOOKINGS)
def edit(reference: str) -> Response:
    """The form by which what a booking says is changed."""
    booking = booking_of(reference)
    return render(EDIT, booking=booking, form=StaffEditForm.of(booking))


@bp.post("/<reference>/edit")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def change(reference: str) -> Response:
    """Change what it says; when somebody was faster, 409 with both versions side by side."""
    form = StaffEditForm()
    if request.args.get("check"):
        return form.shown_field()
    booking, order = booking_of(reference), form.checked()
    asked: dict[str, Any] = {"tell": request.form.get("tell", "yes"), "message": _message(booking, order)}
    if request.args.get("tell"):
        return render("bookings/office/_tell.html", booking=booking, **asked)
    if order is None:
        return refused_form(form, EDIT, booking=booking, **asked)
    reason, is_told = overbook_reason(), asked["tell"] != "no"
    try:
        overbooking.edit(booking, order.changes(), version=order.version, tell=is_told, reason=reason)
    except NotKept as refused:
        form.blame(Invalid([("day" if field == "date" else "start", words) for field, words in refused.errors]))
        overbooks = {"not_kept": True, "wants_reason": is_overbooking()}
        return refused_form(form, EDIT, booking=booking, **overbooks, **asked)
    except lifecycle.Stale:
        now = booking_of(reference)
        return render(EDIT, status=409, booking=now, form=form, is_stale=True, differences=form.merge(now), **asked)
    except Occupied as taken:
        form.blame(Invalid([("start", str(taken.detail))]))
        return render(EDIT, status=taken.status, booking=booking_of(reference), form=form, **asked)
    except Invalid as refusal:
        form.blame(refusal)
        return refused_form(form, EDIT, booking=booking, **asked)
    flash(_("Saved."), "ok")
    return go(url_for(".show", reference=reference))


def _message(booking: Booking, order: StaffEdit | None) -> Message | None:
    """What the customer would get, word for word; None where there is nothing to tell."""
    if order is None or not told_before.is_worth_telling(booking, order.changes()):
        return None
    return told_before.message_of(booking, "changed", order.changes())
