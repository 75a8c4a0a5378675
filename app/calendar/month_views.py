"""The office's calendar: a month of bookings, from which one goes to the board of a day or a week."""

from datetime import date, timedelta

from flask import Blueprint, Flask, Response, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.bookings.models import SERVICES
from app.bookings.office_parts import words
from app.calendar.months import month_of
from app.fleet.models import Resource
from app.kernel.access import Can
from app.kernel.db import db
from app.web.days import business_today
from app.web.doors import current_business, needs
from app.web.nav import Entry, add_entry
from app.web.pages import render

bp = Blueprint("calendar", __name__, url_prefix="/admin/calendar")


@bp.get("")
@needs(Can.READ_BOOKINGS)
def index() -> Response:
    """A month: how many bookings begin on each day and the first of them; of one service or crew where one asks."""
    first = _month_here()
    services = [name for name in SERVICES if name in current_business().services]
    service = next((name for name in services if name == request.args.get("service")), "")
    rows = select(Resource).where(Resource.retired_at.is_(None))
    resources = db.session.scalars(
        rows.order_by(Resource.kind.desc(), func.length(Resource.name), Resource.name, Resource.id)
    ).all()
    chosen = next((one for one in resources if one.public_id == request.args.get("whose")), None)
    return render(
        "calendar/month.html",
        "calendar/_month.html",
        month=month_of(first, service=service, resource=chosen),
        before=(first - timedelta(days=1)).replace(day=1),
        after=(first.replace(day=28) + timedelta(days=4)).replace(day=1),
        today=business_today(),
        services=services,
        service=service,
        resources=resources,
        chosen=chosen,
        **words(),
    )


def _month_here() -> date:
    """The first day of the month that the address names; of this month for none."""
    try:
        found = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        found = business_today()
    return (found if 2000 <= found.year <= 2100 else business_today()).replace(day=1)


def set_up(_app: Flask) -> None:
    """Stand in the sidebar."""
    add_entry(Entry("bookings", _l("Calendar"), "calendar.index", icon="calendar-days", right=Can.READ_BOOKINGS))
