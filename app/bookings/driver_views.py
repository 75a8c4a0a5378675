"""The driver's day."""

from flask import Blueprint, Response
from flask_login import current_user

from app.bookings import assigned, standing
from app.kernel import clock
from app.kernel.access import Can
from app.web.doors import needs
from app.web.i18n import time_zone
from app.web.pages import render

bp = Blueprint("driver", __name__)


@bp.get("/driver")
@needs(Can.READ_ASSIGNED_BOOKINGS)
def day() -> Response:
    """Today's jobs in order."""
    return render(
        "bookings/driver/day.html",
        "bookings/driver/_jobs.html",
        today=clock.today(time_zone()),
        jobs=assigned.jobs_today(current_user.name),
        words=standing,
    )
