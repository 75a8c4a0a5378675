"""A driver who falls ill, on the drivers' own pages: off for the rest of the day in one press, and back again."""

from flask import Response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.bookings import off_today
from app.fleet import queries
from app.fleet.drivers_views import bp
from app.kernel.access import Can
from app.web.doors import needs
from app.web.pages import go, one_or_404, toast


@bp.post("/<public_id>/off-today")
@needs(Can.CHANGE_BOOKINGS)
def off_for_today(public_id: str) -> Response:
    """Off from now until the day ends; what was still to begin goes to others."""
    driver = one_or_404(queries.driver_by_public_id(public_id))
    name, freed = driver.name, off_today.go_off(driver.id)
    said = _("%(name)s is off for the rest of today.", name=name)
    if freed:
        said += " " + ngettext(
            "%(num)s booking is free for others.", "%(num)s bookings are free for others.", len(freed)
        )
    toast(said)
    return go(url_for(".index"))


@bp.post("/<public_id>/back-today")
@needs(Can.CHANGE_BOOKINGS)
def back_today(public_id: str) -> Response:
    """Works again; what was given to others stays with them."""
    driver = one_or_404(queries.driver_by_public_id(public_id))
    name = driver.name
    off_today.come_back(driver.id)
    toast(_("%(name)s works again.", name=name))
    return go(url_for(".index"))
