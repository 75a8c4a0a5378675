"""The pages by which customers change or cancel a booking: opening them changes nothing, only their buttons do."""

from datetime import date, datetime, time
from typing import Annotated, Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput

from app.bookings import own_changes, portal_days, standing
from app.bookings.free_times import NotKept
from app.bookings.lifecycle import ForbiddenMove
from app.bookings.models import Booking
from app.bookings.orders import EARLIEST_START, LATEST_START, Day, Start, last_day, still_ahead
from app.bookings.own_changes import TooLate
from app.bookings.portal import keep_private, link_to, navigation, opened, opens_nothing
from app.kernel import clock
from app.kernel.errors import Gone, NotFound
from app.web.days import business_today, business_zone
from app.web.doors import greet_visitor, public
from app.web.forms import CheckedForm
from app.web.limits import per_search
from app.web.pages import go, render
from app.web.presentation import clock_time, local
from app.web.schemas import Order
from app.web.security import checks_its_form

bp = Blueprint("changing", __name__)
bp.context_processor(navigation)
bp.after_request(keep_private)
CHANGE, CANCEL, LATE = (f"bookings/portal/{name}.html" for name in ("change", "cancel", "too_late"))


class TimeOrder(Order):
    """Another day and time for a booking."""

    date: Day
    time: Annotated[Start, AfterValidator(still_ahead)]


class TimeForm(CheckedForm[TimeOrder]):
    """The same on the page."""

    checks = TimeOrder
    date = StringField(_l("Day"), widget=DateInput())
    time = SelectField(_l("Start"), validate_choice=False)

    def offer(self, booking: Booking) -> None:
        """Offer the times of the chosen day: the free ones, or any where the firm takes every request."""
        free = portal_days.windows(booking.service, str(self.date.data or ""), moving=booking)
        if free is not None:
            self.time.label.text = _("We come between")
        else:
            steps = range(EARLIEST_START.hour * 2, LATEST_START.hour * 2 + 2)
            halves = [f"{step // 2:02d}:{step % 2 * 30:02d}" for step in steps]
            own = clock_time(booking.starts_at)
            free = [SelectChoice(words, words) for words in sorted({*halves, own})]
        self.time.choices = free
        today = business_today()
        self.date.render_kw = {"min": today.isoformat(), "max": last_day(today).isoformat()}


@bp.get("/booking/<reference>/change")
@public
@per_search
def change(reference: str) -> Response:
    """Choose another time: first the day, then its free hours."""
    found = opened(reference)
    if found.service == "car":  # its dates hang together with its price and its driver: a page of their own
        return go(link_to("dates.show", found))
    if not own_changes.rule_of(found).allows:
        return late(found)
    greet_visitor()
    own = local(found.starts_at)
    chosen = request.args.get("date", "") if "date" in request.args or "month" in request.args else f"{own:%Y-%m-%d}"
    return _show(found, TimeForm(formdata=None, data={"date": chosen, "time": f"{own:%H:%M}"}))


@bp.post("/booking/<reference>/change")
@public
@checks_its_form
@per_search
def reschedule(reference: str) -> Response:
    """Take the new time and give the old one back; when it was taken meanwhile, the old one stays."""
    found, form = _moving(reference), TimeForm()
    order = form.checked()
    if order is None:
        return _show(found, form, status=422)
    try:
        own_changes.reschedule(found.id, _instant(order.date, order.time))
    except NotKept as refused:
        form.blame(refused)
        return _show(opened(reference), form, status=409, near=refused.days)
    except (TooLate, ForbiddenMove):
        return late(opened(reference), status=409)
    flash(_("Your new time is booked."), "ok")
    return go(link_to("portal.booking", found))


@bp.get("/booking/<reference>/cancel")
@public
@per_search
def cancel(reference: str) -> Response:
    """Ask whether it is really to be cancelled, and why."""
    found = opened(reference)
    if not own_changes.rule_of(found).allows:
        return late(found)
    greet_visitor()
    return render(CANCEL, **context_of(found))


@bp.post("/booking/<reference>/cancel")
@public
@per_search
def call_off(reference: str) -> Response:
    """Cancel it; pressed twice, cancelled once."""
    found = opened(reference)
    reason = " ".join(request.form.get("reason", "").split())[:300]
    try:
        own_changes.cancel(found.id, reason=reason)
    except (TooLate, ForbiddenMove):
        return late(opened(reference), status=409)
    return go(link_to("portal.booking", found))


@bp.errorhandler(NotFound)
@bp.errorhandler(Gone)
def open_nothing(error: NotFound | Gone) -> Response:
    """A link that opens nothing says what to do instead."""
    return opens_nothing(error.status)


def _moving(reference: str) -> Booking:
    found = opened(reference)
    if found.service == "car":
        raise NotFound()
    return found


def _instant(day: date, at: time) -> datetime:
    return clock.wall_time(day, at.hour, at.minute, business_zone())


def _show(booking: Booking, form: TimeForm, *, status: int = 200, near: list[date] | None = None) -> Response:
    form.offer(booking)
    asked, chosen = request.args.get("month", ""), str(form.date.data or "")
    month = portal_days.month_of(booking.service, chosen, asked, moving=booking)
    return render(CHANGE, status=status, form=form, month=month, near=near, chosen=chosen, **context_of(booking))


def late(booking: Booking, *, status: int = 200) -> Response:
    """The page that says that it is too late, and whom to call."""
    return render(LATE, status=status, **context_of(booking))


def context_of(booking: Booking) -> dict[str, Any]:
    """What the pages about that booking show."""

    def at(**more: str) -> str:
        return link_to("changing.change", booking, **more)

    return {
        "booking": booking,
        "rule": own_changes.rule_of(booking),
        "day": standing.of(booking).day,
        "hours": standing.hours_of(booking),
        "service": standing.service_word(booking.service),
        "back_at": link_to("portal.booking", booking),
        "change_at": at,
        "cancel_at": link_to("changing.cancel", booking),
    }
