"""The office's list of bookings: saved views, search, filters, the side panel, and a table to take along."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.bookings import queries, search
from app.bookings.models import SERVICES, Booking, BookingState
from app.bookings.naming import service_words
from app.bookings.office_parts import booking_context, booking_if_any, words
from app.bookings.queries import Filters
from app.kernel.access import Can
from app.kernel.db import db
from app.web.days import business_today, business_zone, day_in
from app.web.doors import current_business, needs
from app.web.pages import Page, page_number, paged, render
from app.web.presentation import here_with
from app.web.spreadsheets import download

bp = Blueprint("bookings", __name__, url_prefix="/admin/bookings")
MOST_ON_A_PAGE, USUAL_ON_A_PAGE = 100, 25
ROWS_OF_AN_EXPORT = 500
VIEWS = {
    "coming": _l("Coming"),
    "today": _l("Today"),
    "no_crew": _l("No crew"),
    "attention": _l("Needs a person"),
    "done": _l("Done"),
    "all": _l("All"),
}


@bp.get("")
@needs(Can.READ_BOOKINGS)
def index() -> Response:
    """The list: saved views, search as one types, filters; beside it the booking that is open."""
    context = _list_context()
    if request.headers.get("HX-Target", "").endswith("#booking-rows"):
        answer = render("bookings/office/_rows.html", alone=True, **context)
        if request.headers.get("HX-Source") == "form#booking-search":
            answer.headers["HX-Replace-Url"] = here_with(page=None)
        return answer
    shown = booking_if_any(request.args.get("open", ""))
    more = booking_context(shown) if shown is not None else {"booking": None}
    return render("bookings/office/list.html", "bookings/office/_list.html", **(context | more))


@bp.get("/export.csv")
@needs(Can.READ_BOOKINGS)
def export() -> Response:
    """What is filtered, as a table to take along, by when the jobs are."""
    filters, match = _filters(), search.meant_by(_typed())

    def pages() -> Iterator[list[list[Any]]]:
        last = None
        while rows := db.session.scalars(queries.listed_after(filters, match, last, ROWS_OF_AN_EXPORT)).all():
            last = rows[-1]
            yield [_cells(booking) for booking in rows]

    return download(f"bookings-{business_today().isoformat()}.csv", _heads(), pages)


def state_words() -> dict[str, str]:
    """What the states are called."""
    return {
        "received": _("Received"),
        "confirmed": _("Confirmed"),
        "assigned": _("Assigned"),
        "in_progress": _("In progress"),
        "done": _("Done"),
        "cancelled": _("Cancelled"),
        "expired": _("Expired"),
        "no_show": _("No-show"),
    }


def _list_context() -> dict[str, Any]:
    filters, typed = _filters(), _typed()
    match = search.meant_by(typed)
    rows: Page[Booking] = paged(queries.listed(filters, match), page=page_number(), per_page=_per_page())
    return {
        "rows": rows,
        "filters": filters,
        "typed": typed,
        "is_close": match is not None and match.is_close,
        "counts": queries.view_counts(),
        "all_crews": queries.crews(),
        "holder_of": queries.holder_of,
        "is_without_crew": queries.is_without_crew,
        "services": [name for name in SERVICES if name in current_business().services],
        "states": state_words(),
        "views": VIEWS,
        "open": request.args.get("open", ""),
        "export_url": here_with().replace(request.path, url_for(".export"), 1),
        **words(),
    }


def _per_page() -> int:
    asked = request.args.get("perPage", "")
    fits = asked.isascii() and asked.isdigit() and len(asked) < 5
    return min(max(int(asked), 1), MOST_ON_A_PAGE) if fits else USUAL_ON_A_PAGE


def _filters() -> Filters:
    """What the address asks for; anything unknown is as if it were not there. A search looks in all bookings."""
    args = request.args
    return Filters(
        view="all" if _typed() else _one_of(args.get("view", ""), queries.VIEWS) or "coming",
        service=_one_of(args.get("service", ""), SERVICES),
        state=_one_of(args.get("state", ""), list(BookingState)),
        crew=args.get("crew", "")[:20],
        since=day_in(args.get("from", "")),
        until=day_in(args.get("to", "")),
        sort=_one_of(args.get("sort", ""), queries.SORTS),
    )


def _typed() -> str:
    return request.args.get("q", "").strip()[: search.LONGEST_QUERY]


def _one_of(value: str, known: Sequence[str]) -> str:
    return value if value in known else ""


def _heads() -> list[str]:
    return [
        _("Reference"), _("State"), _("Service"), _("Day"), _("Start"), _("End"), _("Name"), _("E-mail"), _("Phone"),
        _("From"), _("To"), _("Size"), _("Extras"), _("Crew or car"), _("Price"), _("Currency"), _("Booked"),
        _("Notes"), _("Reason for cancelling"),
    ]  # fmt: skip


def _cells(booking: Booking) -> list[Any]:
    zone, holder = ZoneInfo(business_zone()), queries.holder_of(booking)
    begins, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    return [
        booking.reference, state_words()[booking.state], service_words(booking.service), f"{begins:%Y-%m-%d}",
        f"{begins:%H:%M}" if booking.has_time else "", f"{ends:%H:%M}" if booking.has_time else "",
        booking.contact_name, booking.customer.email, booking.contact_phone, booking.from_address, booking.to_address,
        booking.size, ", ".join(booking.extras), holder.name if holder is not None else "",
        "" if booking.price is None else booking.price, booking.currency,
        f"{booking.created_at.astimezone(zone):%Y-%m-%d %H:%M}", booking.notes, booking.cancelled_reason,
    ]  # fmt: skip
