"""The office's drivers: the list, the form, and times off duty."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func

from app.fleet import cars, queries
from app.fleet.forms import WEEKDAYS, BlockForm, DriverForm
from app.fleet.models import Driver, Resource
from app.fleet.orders import WEEKDAYS_EIGHT_TO_FIVE
from app.identity.history import history_of
from app.kernel.access import Can
from app.kernel.errors import Conflict, Invalid
from app.web.doors import needs
from app.web.forms import refused
from app.web.nav import Entry, add_entry
from app.web.pages import go, one_or_404, page_number, paged, render, toast
from app.web.security import checks_its_form

bp = Blueprint("office_drivers", __name__, url_prefix="/admin/drivers")
_FORM = "fleet/driver.html"
_WORDS: dict[str, Any] = {
    "name": _l("Name"), "phone": _l("Phone"), "channel": _l("Is told of jobs by"), "home_area": _l("Home area"),
    "licences": _l("Licences"), "shifts": _l("Shifts"), "from": _l("From"), "to": _l("To"), "reason": _l("Why"),
}  # fmt: skip

add_entry(Entry("cars", _l("Drivers"), "office_drivers.index", "id-card", Can.READ_BOOKINGS))


@bp.get("")
@needs(Can.READ_BOOKINGS)
def index() -> Response:
    """The drivers in use, with search."""
    q, rows = request.args.get("q", "")[:100], queries.drivers()
    if q:
        rows = rows.where(func.lower(Resource.name).contains(q.lower(), autoescape=True))
    context: dict[str, Any] = {"rows": paged(rows, page=page_number(), per_page=50), "q": q, "off": queries.off_now()}
    return render("fleet/drivers.html", "fleet/_drivers.html", **context)


@bp.route("/new", methods=["GET", "POST"])
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def new() -> Response:
    """The form for a new one, and bringing it in."""
    form = DriverForm(week=WEEKDAYS_EIGHT_TO_FIVE)
    if request.method != "POST":
        return render(_FORM, form=form, driver=None, weekdays=WEEKDAYS)
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused(form, _FORM, driver=None, weekdays=WEEKDAYS)
    try:
        made = cars.add_driver(order)
    except Invalid as refusal:
        form.blame(refusal)
        return refused(form, _FORM, driver=None, weekdays=WEEKDAYS)
    toast(_("%(name)s is in.", name=made.name))
    return go(url_for(".show", public_id=made.public_id))


@bp.get("/<public_id>")
@needs(Can.READ_BOOKINGS)
def show(public_id: str) -> Response:
    """One, as a form, with when it is off duty."""
    found = _find(public_id)
    return render(_FORM, **_context(found, DriverForm.of(found)))


@bp.post("/<public_id>")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def change(public_id: str) -> Response:
    """Change it; when somebody was faster, 409 with the form as it was typed."""
    form, found = DriverForm(), _find(public_id)
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused(form, _FORM, **_context(found))
    given = request.form.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
    try:
        cars.change_driver(found.id, order.model_dump(), version=version)
    except Invalid as refusal:
        form.blame(refusal)
        return refused(form, _FORM, **_context(found))
    except cars.Stale as refusal:
        form.say(str(refusal.detail))
        return render(_FORM, status=409, **_context(_find(public_id), form))
    toast(_("Saved."))
    return go(url_for(".show", public_id=public_id))


@bp.post("/<public_id>/retire")
@needs(Can.CHANGE_BOOKINGS)
def retire(public_id: str) -> Response:
    """Take it out of use, unless something is booked ahead."""
    found = _find(public_id)
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
    """Note a time off duty; refused where it is booked then."""
    found, form = _find(public_id), BlockForm()
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
    """End a time off duty."""
    cars.unblock(_find(public_id).id, min(number, 2**62))
    toast(_("Ended."))
    return go(url_for(".show", public_id=public_id))


def _find(public_id: str) -> Driver:
    return one_or_404(queries.driver_by_public_id(public_id).execution_options(populate_existing=True))


def _context(found: Driver, form: DriverForm | None = None) -> dict[str, Any]:
    more: dict[str, Any] = {} if form is None else {"form": form}
    return {
        "driver": found,
        "block_form": BlockForm(formdata=None),
        "blocks": queries.blocks(found.id),
        "weekdays": WEEKDAYS,
        "deeds": history_of(f"driver:{found.public_id}", _WORDS),
        **more,
    }
