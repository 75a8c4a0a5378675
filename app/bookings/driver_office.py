"""The dispatcher chooses who drives, or lets the jobs ask once more."""

from flask import Response, request, url_for
from flask_babel import gettext as _

from app.bookings import assignment
from app.bookings.office_list import bp
from app.bookings.office_parts import booking_context, booking_of
from app.fleet import queries
from app.kernel.access import Can
from app.web.doors import needs
from app.web.pages import changed, one_or_404, toast


@bp.post("/<reference>/driver")
@needs(Can.CHANGE_BOOKINGS)
def choose_driver(reference: str) -> Response:
    """Give it to that driver; without one, ask all of them again."""
    booking, wanted = booking_of(reference), request.form.get("driver", "")[:40]
    if wanted:
        driver = one_or_404(queries.driver_by_public_id(wanted))
        assignment.give_by_hand(booking.id, driver.id)
        toast(_("%(name)s drives.", name=driver.name))
    else:
        assignment.look_again(booking.id)
        toast(_("The drivers are asked again."))
    context = booking_context(booking_of(reference))
    return changed("bookings/office/_booking.html", then=url_for("bookings.show", reference=reference), **context)
