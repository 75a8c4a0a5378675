"""One customer in the office: all that happened, what is written down, notes and tags."""

from typing import Any

from flask import Flask, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.bookings.naming import service_words
from app.customers import doubles, merging, people
from app.customers.models import Customer
from app.customers.orders import one_tag
from app.jobs import about
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.messaging.kinds import kind_title
from app.messaging.naming import known_outside
from app.office import customer_merging, customer_privacy
from app.office import customer_queries as queries
from app.office.customer_forms import CHANNELS, CustomerChangeForm, CustomerForm
from app.office.customer_list import bp
from app.office.customer_parts import customer_of
from app.web.doors import can, current_business, needs
from app.web.forms import refused
from app.web.nav import Entry, add_entry
from app.web.pages import changed, go, page_number, render
from app.web.security import checks_its_form

EDIT, NEW = "office/customers/edit.html", "office/customers/new.html"
FRAGMENT = "office/customers/_customer.html"
LONGEST_NOTE = 1_000
#: Doors that come with this module.
PARTS = (customer_merging, customer_privacy)


@bp.route("/new", methods=["GET", "POST"])
@needs(Can.CHANGE_CUSTOMERS)
@checks_its_form
def new() -> Response:
    """A new customer by form."""
    if request.method != "POST":
        return render(NEW, form=CustomerForm(language=current_business().language))
    form = CustomerForm()
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused(form, NEW)
    try:
        made = people.create(order)
    except Invalid as refusal:
        form.blame(refusal)
        return refused(form, NEW)
    flash(_("Saved."), "ok")
    return go(url_for(".show", customer_id=made.public_id))


@bp.get("/<customer_id>")
@needs(Can.READ_CUSTOMERS)
def show(customer_id: str) -> Response:
    """One customer; who became part of another leads there."""
    found = db.session.scalar(select(Customer).where(Customer.public_id == customer_id))
    if found is None:
        now = merging.now_known_as(customer_id)
        if now is None:
            raise NotFound()
        return redirect(url_for(".show", customer_id=now.public_id), 303)  # type: ignore[return-value]  # Flask's own
    return render("office/customers/show.html", FRAGMENT, **_context(found))


@bp.route("/<customer_id>/edit", methods=["GET", "POST"])
@needs(Can.CHANGE_CUSTOMERS)
@checks_its_form
def edit(customer_id: str) -> Response:
    """Change what is written down; when somebody was faster, 409 with both versions side by side."""
    customer = customer_of(customer_id)
    if request.method != "POST":
        return render(EDIT, customer=customer, form=CustomerChangeForm.of(customer))
    form = CustomerChangeForm()
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return refused(form, EDIT, customer=customer)
    try:
        people.change(customer.id, order.changes(), version=order.version)
    except people.Stale:
        now = customer_of(customer_id)
        return render(EDIT, status=409, customer=now, form=form, is_stale=True, differences=form.merge(now))
    except Invalid as refusal:
        form.blame(refusal)
        return refused(form, EDIT, customer=customer)
    flash(_("Saved."), "ok")
    return go(url_for(".show", customer_id=customer_id))


@bp.post("/<customer_id>/notes")
@needs(Can.CHANGE_CUSTOMERS)
def note(customer_id: str) -> Response:
    """Write a note for colleagues onto the timeline."""
    customer = customer_of(customer_id)
    typed = "\n".join(line.strip() for line in request.form.get("note", "").splitlines()).strip()
    if not 0 < len(typed) <= LONGEST_NOTE:
        raise Invalid([("note", "")], _("A note has 1 to %(most)s characters.", most=LONGEST_NOTE))
    people.add_note(customer.id, typed)
    return _changed(customer_id)


@bp.post("/<customer_id>/tags")
@needs(Can.CHANGE_CUSTOMERS)
def tag(customer_id: str) -> Response:
    """Give the customer a tag, or take one off (`off`)."""
    customer = customer_of(customer_id)
    try:
        typed = one_tag(request.form.get("tag", "")[:41])
    except ValueError as fault:
        raise Invalid([("tag", str(fault))], str(fault)) from None
    if len(typed) > 40:
        raise Invalid([("tag", "")], _("A tag has 40 characters at most."))
    if request.form.get("off"):
        people.take_tag(customer.id, typed)
    else:
        people.put_tag(customer.id, typed)
    return _changed(customer_id)


def _changed(customer_id: str) -> Response:
    context = _context(customer_of(customer_id))
    return changed(FRAGMENT, then=url_for(".show", customer_id=customer_id), **context)


def _context(customer: Customer) -> dict[str, Any]:
    pages = {name: page_number(name) for name in queries.LISTS}
    unused = [one for one in people.used_tags() if one not in customer.tags]
    return {
        "customer": customer,
        "has": queries.belongings(customer, pages, with_logs=can(Can.READ_LOGS), before=_before()),
        "is_asked": request.method == "GET",
        "doubles": doubles.doubles_of(customer) if customer.erased_at is None else [],
        "why_words": customer_merging.why_words,
        "suggested_tags": unused,
        "may_change": can(Can.CHANGE_CUSTOMERS) and customer.erased_at is None,
        "may_erase": can(Can.ERASE_CUSTOMERS) and customer.erased_at is None,
        "service_words": service_words,
        "kind_title": kind_title,
        "channels": CHANNELS,
    }


def _before() -> int | None:
    """The event below which the timeline goes on; None for its beginning."""
    asked = request.args.get("before", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None


def _names(ids: list[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(select(Customer.id, Customer.name, Customer.public_id).where(Customer.id.in_(ids)))
    return {row.id: (row.name, url_for("customers.show", customer_id=row.public_id)) for row in rows}


def _public_ids(ids: list[int]) -> dict[int, str]:
    rows = db.session.execute(select(Customer.id, Customer.public_id).where(Customer.id.in_(ids)))
    return {row.id: row.public_id for row in rows}


def set_up(_app: Flask) -> None:
    """Stand in the sidebar."""
    add_entry(Entry("customers", _l("Customers"), "customers.index", icon="users", right=Can.READ_CUSTOMERS))


about.describe_with("customer", _names)
known_outside("customer", _public_ids)
