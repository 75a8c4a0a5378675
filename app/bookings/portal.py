"""The pages that visitors see: the front door, the booking form in steps, and a booking by its link."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from pydantic.alias_generators import to_camel
from werkzeug.datastructures import MultiDict

from app.bookings import cars_search, handover_words, links, once, own_changes, rentals, standing, unused
from app.bookings.calendar import calendar_entry, content_type, file_name
from app.bookings.choices import said
from app.bookings.confirmation import what_to_prepare
from app.bookings.free_times import NotKept
from app.bookings.models import Booking
from app.bookings.open_hours import hours_in_words, opening_hours
from app.bookings.orders import MoveOrder
from app.bookings.portal_forms import LAST, STEPS, BookingForm
from app.bookings.queries import visible_bookings
from app.kernel.access import Can
from app.kernel.config import settings
from app.kernel.errors import NotFound
from app.web import errors
from app.web.doors import callers, can, current_business, greet_visitor, public
from app.web.i18n import choose_language
from app.web.limits import per_booking, per_search
from app.web.pages import go, one_or_404, render
from app.web.requests import is_htmx
from app.web.security import checks_its_form

bp = Blueprint("portal", __name__)

BOOKABLE = ("move", "cleaning")
#: Whose pages a booking's secret link opens.
_BY_LINK = ("changing", "dates", "again", "follow_up")
_PAGE, _STEPS = "bookings/portal/book.html", "bookings/portal/_steps.html"
_TROUBLE = {
    409: _l("Your booking is still being made. Wait a moment and press again; it is booked once only."),
    429: _l("Very many are booking just now. Wait a minute and press again."),
    503: _l("We are back in a moment. Wait a few seconds and press again."),
}


def set_up(app: Flask) -> None:
    """Let templates, mails too, say the choices in the reader's language: `{{ booking.size | said }}`."""
    app.jinja_env.filters["said"] = said


def bookable() -> list[str]:
    """The services of this business that can be booked here."""
    return [service for service in BOOKABLE if service in current_business().services]


@bp.get("/")
@public
def home() -> Response:
    """The front door."""
    business = current_business()
    hours = hours_in_words(business.hours) if business.hours else opening_hours(business.opening_hours)
    return render("bookings/portal/home.html", bookable=bookable(), hours=hours, asked=cars_search.usual())


@bp.get("/book")
@public
def choose() -> ResponseReturnValue:
    """Which service is to be booked; where there is one only, its form."""
    offered = bookable()
    if len(offered) == 1:
        return go(url_for(".book", service=offered[0]))
    if not offered and "car" in current_business().services:
        return go(url_for("cars.search"))
    return render("bookings/portal/choose.html", bookable=offered)


@bp.get("/privacy")
@public
def privacy() -> Response:
    """What is kept about people, why, for how long, and what they may ask for."""
    business, helpers = current_business(), []
    if settings().resend_api_key:
        helpers.append(("Resend", _("delivers our mail")))
    if settings().openai_api_key and business.uses_ai:
        helpers.append(("OpenAI", _("writes some words about the town; it is told the town and nothing about you")))
    if settings().pexels_api_key:
        helpers.append(("Pexels", _("finds a photo of the town; it is told the town and nothing about you")))
    months = business.retention.get("accounts", unused.USUAL_MONTHS)
    return render("bookings/portal/privacy.html", helpers=helpers, unused_months=months)


@bp.get("/book/<any(move, cleaning):service>")
@public
def book(service: str) -> Response:
    """A step of the form, the first unless `?step=` says otherwise; what stands in the query is filled in."""
    greet_visitor()
    form = form_of(service, formdata=None, data=_prefilled())
    before = next((placed for placed in once.made_here() if placed.service == service), None)
    link = _own_link(before) if before is not None else None
    return _show(form, _step(request.args), booked_before=before, booked_before_at=link)


@bp.post("/book/<any(move, cleaning):service>/check")
@public
@checks_its_form
@per_search
def check(service: str) -> Response:
    """One field of the form, when it is left."""
    return form_of(service).shown_field()


@bp.post("/book/<any(move, cleaning):service>")
@public
@checks_its_form
def send(service: str) -> ResponseReturnValue:
    """The next step, the one before, or after the last the booking."""
    form, step = form_of(service), _step(request.form)
    if request.form.get("go") == "back":
        return _show(form, step - 1)
    if month := request.form.get("month"):
        return _show(form, 2, month=month)
    if form.take_meant():
        return _show(form, step)
    if wrong := form.wrong_step(step):
        return _show(form, wrong, status=422)
    if step < LAST:
        return _show(form, step + 1)
    order = form.checked()
    if order is None:
        return _show(form, LAST, status=422)
    if form.must_ask():
        return _show(form, LAST, asking=True)
    if form.costs_otherwise():
        return _show(form, LAST, notice=_("The firm has just changed its prices; look at the new one."))
    try:
        return _booked(service, order)
    except NotKept as refused:
        form.blame(refused)
        return _show(form, 2, status=422)


@bp.get("/booking/<reference>")
@public
def booking(reference: str) -> ResponseReturnValue:
    """A booking by its link: is it booked, when, and how to change it."""
    found = opened(reference)
    seen = standing.stamp(found)
    if is_htmx() and request.args.get("seen") == seen:
        return "", 204
    return render(
        "bookings/portal/booking.html",
        "bookings/portal/_booking.html",
        booking=found,
        standing=standing.of(found),
        prepare=what_to_prepare(found.service) if found.is_open else [],
        calendar=link_to(".calendar", found),
        handover=handover_words.for_customer(found, request.args.get("t", "")),
        rule=own_changes.rule_of(found),
        change_at=link_to("dates.show" if found.service == "car" else "changing.change", found),
        cancel_at=link_to("changing.cancel", found),
        again_at=link_to("again.show", found) if found.service in current_business().services else None,
        polled=link_to(".booking", found, seen=seen, new=request.args.get("new")),
        is_new="new" in request.args,
        was_booked_before="again" in request.args,
        is_mine=found.public_id in {placed.id for placed in once.made_here()} or _is_booked_by_reader(found),
    )


@bp.get("/booking/<reference>/calendar.ics")
@public
def calendar(reference: str) -> Response:
    """The booking as a calendar file."""
    found = opened(reference)
    link = links.manage_url(found.public_id, found.reference)
    answer = make_response(calendar_entry(found, current_business(), link, choose_language()))
    answer.headers["Content-Type"] = content_type(found)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(found)}"'
    return answer


@bp.after_request
def keep_private(answer: Response) -> Response:
    """A page that a secret link opens is kept by nobody, found by nobody, and tells no other site its address."""
    if request.endpoint in ("portal.booking", "portal.calendar") or request.blueprint in _BY_LINK:
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Robots-Tag"] = "noindex"
        answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.context_processor
def navigation() -> dict[str, Any]:
    """What stands in the head of wide pages."""
    if "business" not in g:
        return {}
    labels = {"move": _("Moving"), "cleaning": _("Cleaning")}
    entries = [{"label": labels[service], "url": url_for("portal.book", service=service)} for service in bookable()]
    if "car" in current_business().services:
        entries.append({"label": _("Cars"), "url": url_for("cars.search")})
    if can(Can.READ_OWN_BOOKINGS):
        entries.append({"label": _("My bookings"), "url": url_for("my.dashboard")})
    return {"portal_nav": [{**entry, "current": entry["url"] == request.path} for entry in entries]}


@bp.errorhandler(Exception)
def answer_kindly(error: Exception) -> Response:
    """A crowd or an outage gives the form back as it was typed; a link that opens nothing says what to do instead."""
    made = errors.answered(error)
    if "business" not in g:
        return made
    if is_htmx() and "seen" in request.args:  # the page asks by itself; nobody pressed anything
        g.pop("toasts", None)
        return make_response("", 204, {"HX-Refresh": "true"} if made.status_code in (404, 410) else {})
    with suppress(Exception):  # what made the trouble may keep the page from being made too
        if request.endpoint == "portal.send" and made.status_code in _TROUBLE and not is_htmx():
            return _as_typed(made)
        if request.endpoint == "portal.booking" and made.status_code in (404, 410):
            return opens_nothing(made.status_code)
    return made


def opens_nothing(status: int) -> Response:
    """The page for a link whose time is over (410), or that never opened anything (404)."""
    more = {"is_over": status == 410, "bookable": bookable()}
    return render("bookings/portal/no_booking.html", status=status, **more)


def _as_typed(made: Response) -> Response:
    words = _TROUBLE[made.status_code]
    service = (request.view_args or {})["service"]
    again = _show(form_of(service), _step(request.form), status=made.status_code, notice=words)
    again.headers["Retry-After"] = made.headers.get("Retry-After", "5")
    return again


def form_of(service: str, **given: Any) -> BookingForm:
    """The form of a service that is offered; NotFound for another."""
    if service not in bookable():
        raise NotFound(_("%(firm)s does not offer this here.", firm=current_business().name))
    return BookingForm(service, country=current_business().country, **given)


def _show(form: BookingForm, step: int, *, status: int = 200, month: str = "", **more: Any) -> Response:
    form.show(min(max(step, 1), LAST), faults=status == 422, month=month)
    answer = render(_PAGE, _STEPS, status=status, form=form, once=once.key(form.service), **more)
    if is_htmx() and form.step != _step(request.form):
        # Back in the browser leads to the step before; the script keeps what is typed.
        step_shown = form.step if form.step > 1 else None
        answer.headers["HX-Push-Url"] = url_for(".book", service=form.service, step=step_shown)
    return answer


def _step(values: MultiDict[str, str]) -> int:
    asked = values.get("step", "")
    return int(asked) if asked in map(str, STEPS) else 1


def _prefilled() -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in (name for names in STEPS.values() for name in names):
        if found := request.args.getlist(name) or request.args.getlist(to_camel(name)):
            given[name] = found if name == "extras" else found[0]
    if can(Can.READ_OWN_BOOKINGS):
        given = {"name": current_user.name, "email": current_user.email} | given
    return given


def _booked(service: str, order: MoveOrder) -> ResponseReturnValue:
    placed, is_as_sent = _place(service, order)
    return go(_own_link(placed, **({"new": "1"} if is_as_sent else {"again": "1"})))


@per_booking
def _place(service: str, order: MoveOrder) -> tuple[once.Placed, bool]:
    return once.book(service, order)


def _own_link(placed: once.Placed, **more: str) -> str:
    return url_for(".booking", reference=placed.reference, _external=False, t=links.token_of(placed.id), **more)


def opened(reference: str) -> Booking:
    """The booking that the link opens, or one that the customer booked while signed in."""
    if "t" not in request.args and can(Can.READ_OWN_BOOKINGS):
        return one_or_404(visible_bookings().where(Booking.reference == reference.upper()))
    return links.booking_of_link(reference, request.args.get("t", ""))


def _is_booked_by_reader(booking: Booking) -> bool:
    if current_user.is_authenticated and booking.booked_by == current_user.user_id:
        return True
    return booking.service == "car" and rentals.is_made_by(booking, callers())


def link_to(endpoint: str, booking: Booking, **more: str | None) -> str:
    """An address of the booking that opens as the present one does."""
    return url_for(endpoint, reference=booking.reference, _external=False, t=request.args.get("t"), **more)
