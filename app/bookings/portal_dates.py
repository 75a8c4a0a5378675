"""The page by which customers give a rented car other dates: opening it changes nothing, its price is seen first."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, HiddenInput

from app.bookings import own_changes, own_dates
from app.bookings.lifecycle import ForbiddenMove, Stale
from app.bookings.models import Booking
from app.bookings.orders import Day, last_day
from app.bookings.own_changes import TooLate
from app.bookings.own_dates import CostsOtherwise, DatesTaken, Hire, Quote
from app.bookings.portal import keep_private, link_to, navigation, opened
from app.bookings.portal_changes import context_of, late, open_nothing
from app.fleet.models import Car
from app.kernel import clock
from app.kernel.errors import Gone, Invalid, NotFound
from app.web.days import business_today, business_zone
from app.web.doors import greet_visitor, public
from app.web.forms import CheckedForm
from app.web.limits import per_search
from app.web.pages import go, render
from app.web.presentation import local, money
from app.web.schemas import Order
from app.web.security import checks_its_form

bp = Blueprint("dates", __name__)
bp.context_processor(navigation)
bp.after_request(keep_private)
bp.register_error_handler(NotFound, open_nothing)
bp.register_error_handler(Gone, open_nothing)
PAGE, OUTCOME = (f"bookings/portal/{name}.html" for name in ("dates", "_dates"))
#: The verb's words for the fields, and the form's.
_FIELDS = {"from": "first", "to": "last"}


class DatesOrder(Order):
    """Other dates for a rental, as they were seen: with what they cost, and how often the booking had changed."""

    first: Day
    first_at: time
    last: Day
    last_at: time
    seen: Annotated[Decimal, Field(max_digits=12, decimal_places=2)] | None = None
    version: int | None = None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when to when, as instants."""
        return _instant(self.first, self.first_at), _instant(self.last, self.last_at)


class DatesForm(CheckedForm[DatesOrder]):
    """The same on the page."""

    checks: ClassVar[type[Order]] = DatesOrder
    first = StringField(_l("From"), widget=DateInput())
    first_at = SelectField(_l("at"), validate_choice=False)
    last = StringField(_l("To"), widget=DateInput())
    last_at = SelectField(_l("at"), validate_choice=False)
    seen = StringField(widget=HiddenInput())
    version = IntegerField(widget=HiddenInput())

    def offer(self, hire: Hire) -> None:
        """Offer the days that can be booked and the hours at which the car is handed out."""
        own = [f"{local(at):%H:%M}" for at in (hire.booking.starts_at, hire.booking.ends_at)]
        times = [SelectChoice(words, words) for words in sorted({*_half_hours(hire.car), *own})]
        self.first_at.choices = self.last_at.choices = times
        today = business_today()
        self.first.render_kw = self.last.render_kw = {"min": today.isoformat(), "max": last_day(today).isoformat()}


@bp.get("/booking/<reference>/dates")
@public
@per_search
def show(reference: str) -> Response:
    """Choose other dates and see what they cost."""
    hire = _hired(reference)
    if not own_changes.rule_of(hire.booking).allows:
        return late(hire.booking)
    greet_visitor()
    if "first" in request.args:
        form = DatesForm(formdata=request.args, meta={"csrf": False})
        return _page(hire, form, form.checked())
    return _page(hire, DatesForm(formdata=None, data=_written(hire.booking.starts_at, hire.booking.ends_at)), None)


@bp.post("/booking/<reference>/dates/price")
@public
@checks_its_form
@per_search
def price(reference: str) -> Response:
    """What the dates in the form would mean, while somebody chooses; nothing is stored."""
    hire, form = _hired(reference), DatesForm()
    return render(OUTCOME, form=form, is_choosing=True, **_context(hire, form, form.checked()))


@bp.post("/booking/<reference>/dates")
@public
@checks_its_form
@per_search
def take(reference: str) -> Response:
    """Take the new dates and give the old ones back; who has not seen their price yet sees it first."""
    hire, form = _hired(reference), DatesForm()
    order = form.checked()
    if order is None or order.seen is None:
        return _page(hire, form, order, status=422 if order is None else 200)
    try:
        booking = own_dates.change(hire.booking.id, *order.span, seen=order.seen, version=order.version)
    except (TooLate, ForbiddenMove):
        return late(opened(reference), status=409)
    except Invalid:  # the car's rules: the outcome says so itself
        return _page(_hired(reference), form, order, status=422)
    except DatesTaken:
        return _page(_hired(reference), form, order, status=409)
    except (CostsOtherwise, Stale) as refused:
        form.say(str(refused.detail))
        return _page(_hired(reference), form, order, status=409)
    flash(
        _("Your new dates are booked. In all it costs %(price)s.", price=money(booking.price, booking.currency)), "ok"
    )
    return go(link_to("portal.booking", booking))


def _hired(reference: str) -> Hire:
    return own_dates.hire_of(opened(reference))


def _page(hire: Hire, form: DatesForm, order: DatesOrder | None, *, status: int = 200) -> Response:
    form.offer(hire)
    return render(PAGE, status=status, form=form, **_context(hire, form, order))


def _context(hire: Hire, form: DatesForm, order: DatesOrder | None) -> dict[str, Any]:
    """What the page shows; where the dates cannot be had, others that can, and other cars."""
    booking, quote = hire.booking, None
    if order is not None:
        quote = hire.quote(*order.span)
        if quote.faults:
            form.blame(Invalid([(_FIELDS.get(field, field), words) for field, words in quote.faults]))
    is_taken = quote is not None and not quote.faults and not quote.is_free
    return context_of(booking) | {
        "hire": hire,
        "quote": quote,
        "is_taken": is_taken,
        "driver": hire.driver_then(quote) if quote and quote.can_be_had else None,
        "near": [(found, _at(booking, found)) for found in hire.nearest(quote)] if quote and is_taken else [],
        "others": hire.instead(quote) if quote and is_taken else [],
        "take_at": link_to("dates.take", booking),
        "price_at": link_to("dates.price", booking),
    }


def _at(booking: Booking, found: Quote) -> str:
    """The page with those dates filled in."""
    return link_to("dates.show", booking, **_written(found.starts_at, found.ends_at))


def _written(starts_at: datetime, ends_at: datetime) -> dict[str, str]:
    first, last = local(starts_at), local(ends_at)
    return {
        "first": f"{first:%Y-%m-%d}", "first_at": f"{first:%H:%M}", "last": f"{last:%Y-%m-%d}",
        "last_at": f"{last:%H:%M}",
    }  # fmt: skip


def _half_hours(car: Car) -> list[str]:
    times = [time(step // 2, step % 2 * 30) for step in range(48)]
    if car.opens is not None and car.closes is not None:
        times = [at for at in times if car.opens <= at <= car.closes]
    return [f"{at:%H:%M}" for at in times]


def _instant(day: date, at: time) -> datetime:
    return clock.wall_time(day, at.hour, at.minute, business_zone())
