"""The page behind “no such mails”: opening it changes nothing, its button does."""

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from app.bookings import follow_up
from app.bookings.portal import keep_private, link_to, navigation, opened, opens_nothing
from app.kernel.errors import Gone, NotFound
from app.web.doors import greet_visitor, public
from app.web.limits import per_search
from app.web.pages import go, render

bp = Blueprint("follow_up", __name__)
bp.context_processor(navigation)
bp.after_request(keep_private)


@bp.get("/booking/<reference>/no-more")
@public
@per_search
def show(reference: str) -> Response:
    """Ask whether the mails after jobs are to stop."""
    booking = opened(reference)
    greet_visitor()
    return render("bookings/portal/no_more.html", booking=booking, target=link_to("follow_up.stop", booking))


@bp.post("/booking/<reference>/no-more")
@public
@per_search
def stop(reference: str) -> Response:
    """Stop them."""
    booking = opened(reference)
    follow_up.stop(booking)
    flash(_("You get no such mails any more."), "ok")
    return go(link_to("portal.booking", booking))


@bp.errorhandler(NotFound)
@bp.errorhandler(Gone)
def open_nothing(error: NotFound | Gone) -> Response:
    """A link that opens nothing says what to do instead."""
    return opens_nothing(error.status)
