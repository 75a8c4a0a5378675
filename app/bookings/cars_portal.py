"""The pages of a car hire: free cars, a car held against the clock, and booking it."""

from datetime import datetime
from typing import Any, ClassVar

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import EmailField, HiddenField, RadioField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.bookings import again as again_
from app.bookings import cars_search, links, rentals
from app.bookings.asking import AskingForm
from app.bookings.cars_search import MOST_SHOWN, Asked
from app.bookings.choices import CHANNELS
from app.bookings.models import Booking
from app.bookings.portal import navigation
from app.bookings.queries import visible_bookings
from app.bookings.rentals import RentalOrder
from app.fleet import holds, photos, prices, queries, words
from app.fleet.models import Car, Hold, HoldEnd, Resource
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.web.days import business_zone
from app.web.doors import caller, callers, can, current_business, greet_visitor, public
from app.web.i18n import choose_language
from app.web.limits import per_booking, per_search
from app.web.pages import changed, go, one_or_404, render, toast
from app.web.presentation import clock_time
from app.web.requests import is_htmx
from app.web.schemas import Order
from app.web.security import checks_its_form

bp = Blueprint("cars", __name__)
bp.context_processor(navigation)
MINUTE = 60


class RentalForm(AskingForm[RentalOrder]):
    """Who books the held car."""

    checks: ClassVar[type[Order]] = RentalOrder
    asked_at: ClassVar[str] = "/book/car/check"

    hold_id = HiddenField()
    name = StringField(_l("Name"), render_kw={"maxlength": 200, "autocomplete": "name"})
    email = EmailField(_l("E-mail"), render_kw={"maxlength": 320, "autocomplete": "email"})
    phone = TelField(_l("Mobile phone"), render_kw={"maxlength": 40, "autocomplete": "tel"})
    pickup_address = StringField(
        _l("Where shall the driver pick you up?"), render_kw={"maxlength": 300, "autocomplete": "street-address"}
    )
    channel = RadioField(
        _l("How shall we keep you posted?"), choices=[SelectChoice(*each) for each in CHANNELS.items()], default="email"
    )
    notes = TextAreaField(_l("Anything we should know?"), render_kw={"maxlength": 5000})

    def __init__(self, **given: Any) -> None:
        super().__init__(country=current_business().country, **given)

    def speak_of(self, kept: Hold) -> None:
        """Ask what that hold needs asking: without a driver nobody is picked up."""
        if not kept.with_driver:
            self.pickup_address.label.text = _("Where do you fetch it, if not at our place?")
            self.pickup_address.flags.optional = True


@bp.context_processor
def say() -> dict[str, Any]:
    """How templates speak of cars."""
    return {"car_words": words}


@bp.get("/search")
@public
@per_search
def search() -> Response:
    """The cars that are free, following along by itself; the address can be shared."""
    _must_let_cars()
    greet_visitor()
    asked = cars_search.read(request.args)
    context = _results(asked)
    answer = render("bookings/cars/search.html", "bookings/cars/_found.html", **context)
    if is_htmx() and "shown" not in request.args:
        answer.headers["HX-Push-Url"] = asked.address()
    return answer


@bp.post("/book/car")
@public
@per_booking
def hold() -> ResponseReturnValue:
    """Keep a car for ten minutes and go on to its form; who holds it already goes there too."""
    greet_visitor()
    asked = cars_search.read(request.form)
    car = one_or_404(queries.car_by_public_id(request.form.get("car", "")))
    try:
        kept = _hold(car, asked.starts_at, asked.ends_at, with_driver=asked.with_driver)
    except holds.CarTaken:
        toast(_("%(car)s has just been taken. These are free then.", car=car.name), "bad")
        return go(asked.address(taken=car.public_id))
    except (Invalid, holds.TooManyHolds) as refusal:
        fault = refusal.errors[0][1] if isinstance(refusal, Invalid) else refusal.detail
        toast(fault, "bad")
        return go(asked.address())
    return go(url_for(".book", hold=kept.public_id, again=request.form.get("again") or None))


@bp.get("/book/car")
@public
def book() -> ResponseReturnValue:
    """The form beside the countdown; asked by the countdown when it ends, what stands in its place then."""
    if "hold" not in request.args:
        return go(url_for(".search"))
    kept = _own(request.args["hold"])
    if kept.ended_how == HoldEnd.CONFIRMED:
        return go(_link(rentals.booking_of_hold(kept)))
    given = _known_of_reader()
    form = RentalForm(formdata=None, hold_id=kept.public_id, **given)
    if is_htmx():
        return render("bookings/cars/_clock.html", **_held(kept, form))
    return _page(kept, form)


@bp.post("/book/car/check")
@public
@checks_its_form
@per_search
def check() -> Response:
    """One field of the form, when it is left."""
    form = RentalForm()
    form.speak_of(_own(form.hold_id.data or ""))
    return form.shown_field()


@bp.post("/book/car/extend")
@public
@per_booking
def extend() -> Response:
    """Five minutes more, once."""
    kept = holds.extend(request.form.get("hold", ""), callers())
    context = _held(kept, RentalForm(formdata=None, hold_id=kept.public_id))
    return changed("bookings/cars/_clock.html", then=url_for(".book", hold=kept.public_id), **context)


@bp.post("/book/car/release")
@public
def release() -> Response:
    """Give it up, and look for another."""
    kept = _own(request.form.get("hold", ""))
    asked = cars_search.of_hold(kept.starts_at, kept.ends_at, with_driver=kept.with_driver)
    if kept.is_live(clock.now()):
        holds.release(kept.public_id, callers())
        toast(_("Given up. Somebody else can have it now."))
    return go(asked.address())


@bp.post("/book/car/again")
@public
@per_booking
def again() -> ResponseReturnValue:
    """Hold the same car for the same time once more, with everything that was typed."""
    form = RentalForm()
    before = _own(form.hold_id.data or "")
    try:
        kept = _hold(before.car, before.starts_at, before.ends_at, with_driver=before.with_driver)
    except holds.CarTaken:
        return _page(before, form, status=409, is_taken=True)
    except (Invalid, holds.TooManyHolds) as refusal:
        form.say(str(refusal.errors[0][1] if isinstance(refusal, Invalid) else refusal.detail))
        return _page(before, form, status=422)
    form.hold_id.data = kept.public_id
    return _page(kept, form)


@bp.post("/book/car/confirm")
@public
@checks_its_form
@per_booking
def confirm() -> ResponseReturnValue:
    """Book the held car; late, 410 with the form as it was typed and one press to hold it again."""
    form = RentalForm()
    kept = _own(form.hold_id.data or "")
    if form.take_meant():
        return _page(kept, form)
    order = form.checked()
    if order is None:
        return _page(kept, form, status=422)
    if form.must_ask() and kept.is_live(clock.now()):
        return _page(kept, form, asking=True)
    try:
        booking = rentals.confirm(order, callers(), language=choose_language())
    except holds.HoldOver:
        return _page(_own(kept.public_id), form, status=410)
    return go(_link(booking, new="1"))


def _known_of_reader() -> dict[str, Any]:
    """What the form knows of whoever is signed in, from the booking that is made again where there is one."""
    if not can(Can.READ_OWN_BOOKINGS):
        return {}
    before = visible_bookings().where(Booking.reference == request.args.get("again", "")[:9].upper())
    found = db.session.scalar(before)
    return again_.person(found) if found else {"name": current_user.name, "email": current_user.email}


def _must_let_cars() -> None:
    if "car" not in current_business().services:
        raise NotFound(_("%(firm)s does not offer this here.", firm=current_business().name))


def _own(public_id: str) -> Hold:
    kept = queries.hold_by_public_id(public_id[:40])
    if kept is None or kept.client not in callers():
        raise NotFound()
    return kept


def _hold(car: Car, starts_at: datetime, ends_at: datetime, *, with_driver: bool) -> Hold:
    """A new hold, or the one that this client has for the same car and time already (Back, and Choose again)."""
    for kept in db.session.scalars(queries.live_holds(caller())):
        if (kept.car_id, kept.starts_at, kept.ends_at, kept.with_driver) == (car.id, starts_at, ends_at, with_driver):
            return kept
    return holds.hold(car.id, starts_at, ends_at, client=caller(), with_driver=with_driver)


def _link(booking: Booking, **more: str) -> str:
    token = links.token_of(booking.public_id)
    return url_for("portal.booking", reference=booking.reference, _external=False, t=token, **more)


def _page(kept: Hold, form: RentalForm, *, status: int = 200, **more: Any) -> Response:
    return render("bookings/cars/book.html", status=status, **_held(kept, form, **more))


def _held(kept: Hold, form: RentalForm, **more: Any) -> dict[str, Any]:
    """What the page of a hold shows; times in milliseconds of the server's clock."""
    now = clock.now()
    is_over = not kept.is_live(now)
    price = prices.price_of(
        kept.car, kept.starts_at, kept.ends_at, business_zone(), with_driver=kept.with_driver,
        seasons=queries.seasons_now(),
    )  # fmt: skip
    asked = cars_search.of_hold(kept.starts_at, kept.ends_at, with_driver=kept.with_driver)
    others = []
    if is_over:
        others = queries.alternatives(kept.car, kept.starts_at, kept.ends_at, with_driver=kept.with_driver)
    is_taken = is_over and not queries.is_free(kept.car, kept.starts_at, kept.ends_at)
    form.speak_of(kept)
    return {
        "hold": kept, "form": form, "is_over": is_over, "is_taken": is_taken, "others": others, "asked": asked,
        "photos": photos.photos_of(kept.car_id),
        "price": price, "deadline": round(kept.expires_at.timestamp() * 1000), "now_ms": round(now.timestamp() * 1000),
        "total": (15 if kept.extended_at else 10) * MINUTE, "until": clock_time(kept.expires_at),
    } | more  # fmt: skip


def _results(asked: Asked) -> dict[str, Any]:
    """The free cars, those that went while the page was open, and what the filters would find."""
    free = [] if asked.faults else queries.offers(asked.wish)
    offers = asked.narrowed(free)[:MOST_SHOWN]
    there = {offer.car.public_id for offer in offers}
    shown = [one for one in request.args.getlist("shown")[:MOST_SHOWN] if one not in there]
    taken = request.args.get("taken", "")
    mine = [kept for client in callers() for kept in db.session.scalars(queries.live_holds(client))]
    gone = _cars([*shown, taken] if taken and taken not in there else shown, but={kept.car_id for kept in mine})
    return {
        "asked": asked, "offers": offers, "free": free, "gone": [car for car in gone if car.public_id in shown],
        "taken": next((car for car in gone if car.public_id == taken), None), "mine": mine,
        "faults": [(name, "", said) for name, said in asked.faults],
        "near": cars_search.near(asked) if not asked.faults and not offers else [],
        "counts": _counts(free), "shown": [*(offer.car.public_id for offer in offers), *shown],
    }  # fmt: skip


def _cars(public_ids: list[str], *, but: set[int]) -> list[Car]:
    wanted = [one for one in public_ids if one]
    if not wanted:
        return []
    found = db.session.scalars(queries.cars().where(Resource.public_id.in_(wanted)))
    return [car for car in found if car.id not in but]


def _counts(free: list[queries.Offer]) -> dict[str, dict[Any, int]]:
    found: dict[str, dict[Any, int]] = {"category": {}, "seats": {}, "fuel": {}, "transmission": {}}
    for offer in free:
        for name in ("category", "fuel", "transmission"):
            value = getattr(offer.car, name)
            found[name][value] = found[name].get(value, 0) + 1
        for seats in cars_search.SEATS:
            if offer.car.seats >= seats:
                found["seats"][seats] = found["seats"].get(seats, 0) + 1
    return found
