"""Book again in two taps: a page that is filled with what was booked before, and lacks the day."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import ImmutableMultiDict

from app.bookings import again, cars_search, once, standing
from app.bookings.models import Booking
from app.bookings.portal import bookable, form_of, keep_private, link_to, navigation, opened, opens_nothing
from app.kernel.errors import Gone, NotFound
from app.web.doors import current_business, greet_visitor, public
from app.web.limits import per_search
from app.web.pages import go, render

bp = Blueprint("again", __name__)
bp.context_processor(navigation)
bp.after_request(keep_private)


@bp.get("/booking/<reference>/again")
@public
@per_search
def show(reference: str) -> ResponseReturnValue:
    """The form of that service with everything but the day; its button books."""
    before = opened(reference)
    greet_visitor()
    if before.service == "car":
        return _car(before)
    if before.service not in bookable():
        return go(url_for("portal.choose"))
    form = form_of(before.service, formdata=None, data=again.filled(before))
    form.open_month("")
    form.step = 0  # none of the steps: whatever is not shown here travels along
    return render(
        "bookings/portal/again.html",
        form=form,
        before=before,
        day=standing.of(before).day,
        once=once.key(form.service),
        back_at=link_to("portal.booking", before),
    )


@bp.errorhandler(NotFound)
@bp.errorhandler(Gone)
def open_nothing(error: NotFound | Gone) -> Response:
    """A link that opens nothing says what to do instead."""
    return opens_nothing(error.status)


def _car(before: Booking) -> ResponseReturnValue:
    car = again.car_of(before)
    if "car" not in current_business().services or car is None:
        return go(url_for("cars.search"))
    usual = cars_search.read(ImmutableMultiDict({"driver": "y"} if again.has_driver(before) else {}))
    return render(
        "bookings/portal/again_car.html",
        car=car,
        asked=usual,
        before=before,
        day=standing.of(before).day,
        back_at=link_to("portal.booking", before),
    )
