"""Where an invite's short link leads. The visit is counted by a POST of the opened page: scanners open every link."""

from flask import Blueprint, Response, make_response, url_for
from werkzeug.utils import redirect

from app.messaging import visits
from app.web.doors import public
from app.web.limits import per_booking
from app.web.pages import render
from app.web.requests import is_htmx

bp = Blueprint("visits", __name__, url_prefix="/i")


@bp.get("/<code>")
@public
def show(code: str) -> Response:
    """The way to the booking page, in the words of the firm; changes nothing."""
    visits.find(code)
    answer = render("messaging/invites/visit.html", code=code)
    answer.headers.update({"Cache-Control": "no-store", "X-Robots-Tag": "noindex"})
    return answer


@bp.post("/<code>/visit")
@public
@per_booking
def visit(code: str) -> Response:
    """Count the visit: the page does so by itself, and its button where no script runs, which goes on to book."""
    visits.count(code)
    if is_htmx():
        return make_response("", 204)
    return make_response(redirect(url_for("portal.choose"), 303))
