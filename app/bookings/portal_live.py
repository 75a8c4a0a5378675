"""What the booking form asks for while somebody types: the price, and the days and hours that are free."""

from flask import Blueprint, Response, make_response, request

from app.bookings.portal import form_of
from app.web.doors import public
from app.web.limits import per_search
from app.web.pages import render
from app.web.security import checks_its_form

bp = Blueprint("asking", __name__)


@bp.post("/book/<any(move, cleaning):service>/price")
@public
@checks_its_form
@per_search
def price(service: str) -> Response:
    """The price of what has been typed so far; nothing is stored."""
    return render("bookings/portal/_price.html", form=form_of(service))


@bp.post("/book/<any(move, cleaning):service>/days")
@public
@checks_its_form
@per_search
def days(service: str) -> Response:
    """The calendar with another month."""
    form = form_of(service)
    form.open_month(request.form.get("month", ""))
    if form.month is None:  # the firm has just begun to take every day
        return make_response("", 204, {"HX-Refresh": "true"})
    return render("bookings/portal/_when.html", form=form)


@bp.post("/book/<any(move, cleaning):service>/times")
@public
@checks_its_form
@per_search
def times(service: str) -> Response:
    """The hours within which we can come on the day that was chosen."""
    form = form_of(service)
    form.open_month("")
    return render("bookings/portal/_times.html", form=form)
