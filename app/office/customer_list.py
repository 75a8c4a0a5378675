"""The office's list of customers: search, filters, and a table to take along."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.customers import search
from app.customers.models import Customer
from app.kernel.access import Can
from app.kernel.db import db
from app.office import customer_queries as queries
from app.office.customer_forms import CHANNELS
from app.office.customer_queries import Filters
from app.web.days import business_today
from app.web.doors import can, needs
from app.web.i18n import LANGUAGES
from app.web.pages import Page, page_number, paged, render
from app.web.presentation import here_with
from app.web.spreadsheets import download

bp = Blueprint("customers", __name__, url_prefix="/admin/customers")
ROWS_OF_AN_EXPORT = 500
TROUBLES = {"mail": _l("Mail comes back"), "number": _l("No number"), "none": _l("No trouble")}


@bp.get("")
@needs(Can.READ_CUSTOMERS)
def index() -> Response:
    """The list, with search as one types."""
    typed = _typed()
    match, filters = search.meant_by(typed), _filters()
    rows: Page[Customer] = paged(queries.listed(filters, match), page=page_number())
    context: dict[str, Any] = {
        "rows": rows,
        "filters": filters,
        "typed": typed,
        "is_close": match is not None and match.is_close,
        "bookings_of": queries.bookings_of_each([one.id for one in rows]),
        "tags": queries.tags_in_use(),
        "troubles": TROUBLES,
        "may_change": can(Can.CHANGE_CUSTOMERS),
        "export_url": here_with().replace(request.path, url_for(".table"), 1),
    }
    if request.headers.get("HX-Target", "").endswith("#customer-rows"):
        answer = render("office/customers/_rows.html", alone=True, **context)
        if request.headers.get("HX-Source") == "form#customer-search":
            answer.headers["HX-Replace-Url"] = here_with(page=None)
        return answer
    return render("office/customers/list.html", **context)


@bp.get("/export.csv")
@needs(Can.READ_CUSTOMERS)
def table() -> Response:
    """What is filtered, as a table to take along, by name."""
    filters, match = _filters(), search.meant_by(_typed())

    def pages() -> Iterator[list[list[Any]]]:
        last = None
        while rows := db.session.scalars(queries.listed_after(filters, match, last, ROWS_OF_AN_EXPORT)).all():
            last = rows[-1]
            counts = queries.bookings_of_each([one.id for one in rows])
            yield [_cells(one, counts.get(one.id, 0)) for one in rows]

    return download(f"customers-{business_today().isoformat()}.csv", _heads(), pages)


def _heads() -> list[str]:
    return [
        _("Name"), _("E-mail"), _("Phone"), _("Language"), _("Messages by"), _("Tags"), _("Bookings"), _("Since"),
        _("Notes"),
    ]  # fmt: skip


def _cells(customer: Customer, bookings: int) -> list[Any]:
    return [
        customer.name, customer.email, customer.phone, LANGUAGES.get(customer.language, customer.language),
        str(CHANNELS[customer.channel]), ", ".join(customer.tags), bookings, f"{customer.created_at:%Y-%m-%d}",
        customer.notes,
    ]  # fmt: skip


def _filters() -> Filters:
    """What the address asks for; anything unknown is as if it were not there."""
    args = request.args
    trouble, sort = args.get("trouble", ""), args.get("sort", "")
    return Filters(
        tag=args.get("tag", "").replace("\x00", "")[:40],
        trouble=trouble if trouble in queries.TROUBLES else "",
        sort=sort if sort in queries.SORTS else "",
    )


def _typed() -> str:
    return request.args.get("q", "").replace("\x00", "").strip()[: search.LONGEST_QUERY]
