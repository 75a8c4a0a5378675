"""The office's cars: the list, the form, and times off the road."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func

from app.fleet import cars, photos, queries, words
from app.fleet.forms import BlockForm, CarForm
from app.fleet.models import Car, Resource
from app.identity.history import history_of
from app.kernel.access import Can
from app.kernel.errors import Conflict, Invalid
from app.web.doors import needs
from app.web.forms import refused
from app.web.nav import Entry, add_entry
from app.web.pages import go, one_or_404, page_number, paged, render, toast
from app.web.security import checks_its_form
from app.web.timeline import moments

bp = Blueprint("office_cars", __name__, url_prefix="/admin/cars")
_FORM = "fleet/car.html"
_WORDS: dict[str, Any] = {
    "name": _l("Make and model"), "plate": _l("Plate"), "category": _l("Kind"), "seats": _l("Seats"),
    "transmission": _l("Gears"), "fuel": _l("Drive"), "licence": _l("Licence to drive it"),
    "odometer": _l("Odometer (km)"), "price_hour": _l("An hour"), "price_day": _l("A day"),
    "price_weekend": _l("A weekend"), "price_week": _l("A week"), "price_driver": _l("A day of its driver"),
    "buffer_minutes": _l("Minutes between rentals"), "notice_minutes": _l("Shortest notice (minutes)"),
    "shortest_minutes": _l("Shortest rental (minutes)"), "opens": _l("Handed out from"), "closes": _l("until"),
    "from": _l("From"), "to": _l("To"), "reason": _l("Why"), "photo": _l("Photo"),
}  # fmt: skip

add_entry(Entry("cars", _l("Cars"), "office_cars.index", "car", Can.READ_BOOKINGS))


@bp.get("")
@needs(Can.READ_BOOKINGS)
def index() -> Response:
    """The cars in use, with search."""
    q, rows = request.args.get("q", "")[:100], queries.cars()
    if q:
        rows = rows.where(func.lower(Resource.name + " " + Car.plate).contains(q.lower(), autoescape=True))
    context: dict[str, Any] = {"rows": paged(rows, page=page_number(), per_page=50), "q": q, "words": words}
    return render("fleet/cars.html", "fleet/_cars.html", **context)


@bp.route("/new", methods=["GET", "POST"])
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def new() -> Response:
    """The form for a new one, and bringing it in."""
    form = CarForm()
    if request.method != "POST":
        return render(_FORM, form=form, car=None)
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused(form, _FORM, car=None)
    try:
        made = cars.add_car(order)
    except Invalid as refusal:
        form.blame(refusal)
        return refused(form, _FORM, car=None)
    toast(_("%(name)s is in.", name=made.name))
    return go(url_for(".show", public_id=made.public_id))


@bp.get("/<public_id>")
@needs(Can.READ_BOOKINGS)
def show(public_id: str) -> Response:
    """One, as a form, with when it is off the road."""
    found = find(public_id)
    return render(_FORM, **_context(found, CarForm.of(found)))


@bp.post("/<public_id>")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def change(public_id: str) -> Response:
    """Change it; when somebody was faster, 409 with the form as it was typed."""
    form, found = CarForm(), find(public_id)
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused(form, _FORM, **_context(found))
    given = request.form.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
    try:
        cars.change_car(found.id, order.model_dump(), version=version)
    except Invalid as refusal:
        form.blame(refusal)
        return refused(form, _FORM, **_context(found))
    except cars.Stale as refusal:
        form.say(str(refusal.detail))
        return render(_FORM, status=409, **_context(find(public_id), form))
    toast(_("Saved."))
    return go(url_for(".show", public_id=public_id))


@bp.post("/<public_id>/retire")
@needs(Can.CHANGE_BOOKINGS)
def retire(public_id: str) -> Response:
    """Take it out of use, unless something is booked ahead."""
    found = find(public_id)
    try:
        cars.retire(found.id)
    except Conflict as refusal:
        toast(refusal.detail, "bad")
        return go(url_for(".show", public_id=public_id))
    toast(_("%(name)s is no longer in use.", name=found.name))
    return go(url_for(".index"))


@bp.post("/<public_id>/blocks")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def block(public_id: str) -> Response:
    """Note a time off the road; refused where it is booked then."""
    found, form = find(public_id), BlockForm()
    order = form.checked()
    if order is None:
        toast(form.words(), "bad")
    else:
        try:
            cars.block(found.id, order.starts_at, order.ends_at, reason=order.reason)
            toast(_("Noted."))
        except (Conflict, Invalid) as refusal:
            toast(refusal.detail, "bad")
    return go(url_for(".show", public_id=public_id))


@bp.post("/<public_id>/blocks/<int:number>/end")
@needs(Can.CHANGE_BOOKINGS)
def unblock(public_id: str, number: int) -> Response:
    """End a time off the road."""
    cars.unblock(find(public_id).id, min(number, 2**62))
    toast(_("Ended."))
    return go(url_for(".show", public_id=public_id))


def find(public_id: str) -> Car:
    """That car in use, as it is now; NotFound otherwise."""
    return one_or_404(queries.car_by_public_id(public_id).execution_options(populate_existing=True))


def _context(found: Car, form: CarForm | None = None) -> dict[str, Any]:
    more: dict[str, Any] = {} if form is None else {"form": form}
    return {
        "car": found,
        "deeds": history_of(f"car:{found.public_id}", _WORDS),
        "moments": moments(f"car:{found.id}", group="booking"),
        "photos": photos.photos_of(found.id),
        "blocks": queries.blocks(found.id),
        "block_form": BlockForm(formdata=None),
        **more,
    }
