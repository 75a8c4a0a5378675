"""The doors of the board beside its page: bookings moved, somebody off today, suggestions, and a day on paper."""

from flask import Flask, Response
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.bookings.office_parts import words
from app.fleet.models import Resource
from app.kernel.access import Can
from app.office import planboard_moves, planboard_off
from app.office import planboard_queries as queries
from app.office.planboard_page import bp, day_here
from app.web.days import day_span
from app.web.doors import needs
from app.web.nav import Entry, add_entry
from app.web.pages import one_or_404, render

#: Doors that come with this module.
PARTS = (planboard_moves, planboard_off)


@bp.get("/day/<public_id>")
@needs(Can.READ_BOOKINGS)
def paper(public_id: str) -> Response:
    """The day of one crew, car or driver, to print: in order, with addresses, phones and notes."""
    resource, day = one_or_404(select(Resource).where(Resource.public_id == public_id)), day_here()
    jobs = queries.jobs_of(resource, *day_span(day))
    return render("office/planboard/paper.html", resource=resource, day=day, jobs=jobs, **words())


def set_up(_app: Flask) -> None:
    """Stand in the sidebar."""
    add_entry(Entry("bookings", _l("Board"), "board.index", icon="chart-no-axes-gantt", right=Can.READ_BOOKINGS))
