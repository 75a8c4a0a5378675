"""Customers for programs, by the contract."""

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.customers import erasure, merging, people, search
from app.customers.models import Customer
from app.customers.orders import CustomerEdit, CustomerOrder
from app.kernel.access import Can
from app.kernel.errors import Conflict
from app.office import customer_queries as queries
from app.office.customer_parts import customer_of
from app.office.customer_queries import Filters
from app.web.doors import current_business, needs
from app.web.idempotency import idempotent
from app.web.limits import per_api
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed, Listing, Order, Shown

bp = APIBlueprint("customers_api", __name__, url_prefix="/api/v1", tag="Customers")
_SORTS = {"": "-came", "createdAt": "came", "-createdAt": "-came", "name": "name", "-name": "-name"}


class CustomerShown(Shown):
    """A customer."""

    id: str
    name: str
    email: str
    phone: str
    language: str
    channel: str
    notes: str
    tags: list[str]
    email_trouble: str
    erased: bool
    version: int
    created_at: datetime
    updated_at: datetime


class CustomerListing(Listing):
    """The query of the list of customers."""

    sort: Literal["", "createdAt", "-createdAt", "name", "-name"] = ""
    tag: str = ""
    trouble: Literal["", "mail", "number", "none"] = ""


class MergeOrder(Order):
    """Who becomes part of this customer, and which of their values are taken (`email`: `other`)."""

    other_id: str
    take: dict[Literal["name", "email", "phone", "language", "channel"], Literal["kept", "other"]] = {}


class Export(Shown):
    """All that is held about the person, by what holds it."""

    customer_id: str
    business: str
    at: datetime
    held: dict[str, list[dict[str, Any]]]


class Erasure(Shown):
    """What became of the person's data."""

    id: str
    erased: bool
    kept: str


def show_customer(customer: Customer) -> CustomerShown:
    """The customer for a program, times with the business's offset."""
    zone = ZoneInfo(current_business().time_zone)
    return CustomerShown(
        id=customer.public_id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        language=customer.language,
        channel=customer.channel,
        notes=customer.notes,
        tags=list(customer.tags),
        email_trouble=customer.email_trouble,
        erased=customer.erased_at is not None,
        version=customer.version,
        created_at=customer.created_at.astimezone(zone),
        updated_at=customer.updated_at.astimezone(zone),
    )


@bp.get("/customers")
@needs(Can.READ_CUSTOMERS)
@per_api
@bp.input(CustomerListing, location="query", arg_name="listing")
@bp.output(Listed[CustomerShown])
def list_customers(listing: CustomerListing) -> Any:
    """The customers, the latest first unless `sort` says otherwise; `q` searches as forgivingly as the page does."""
    filters = Filters(tag=listing.tag[:40], trouble=listing.trouble, sort=_SORTS[listing.sort])
    page = paged(queries.listed(filters, search.meant_by(listing.q)), page=listing.page, per_page=listing.per_page)
    items = [show_customer(one) for one in page]
    return Listed[CustomerShown](items=items, page=page.page, per_page=page.per_page, total=page.total)


@bp.post("/customers")
@needs(Can.CHANGE_CUSTOMERS)
@per_api
@idempotent
@bp.input(CustomerOrder, arg_name="order")
@bp.output(CustomerShown, status_code=201)
def create(order: CustomerOrder) -> Any:
    """A new customer. 422 at `email` when another customer has the address."""
    made = people.create(order)
    return show_customer(made), 201, {"Location": url_for("customers_api.show", customer_id=made.public_id)}


@bp.get("/customers/<customer_id>")
@needs(Can.READ_CUSTOMERS)
@per_api
@bp.output(CustomerShown)
def show(customer_id: str) -> Any:
    """One customer; the id of one who became part of another answers with that other one."""
    found = queries.customer_with(customer_id) or merging.now_known_as(customer_id)
    return show_customer(found if found is not None else customer_of(customer_id))


@bp.patch("/customers/<customer_id>")
@needs(Can.CHANGE_CUSTOMERS)
@per_api
@bp.input(CustomerEdit, arg_name="edit")
@bp.output(CustomerShown)
def change(customer_id: str, edit: CustomerEdit) -> Any:
    """Change what is written down. With a `version` that is not the present one: 409 with the present state."""
    customer = customer_of(customer_id)
    try:
        people.change(customer.id, edit.changes(), version=edit.version)
    except people.Stale as stale:
        now = show_customer(customer_of(customer_id))
        raise people.Stale(stale.detail, current=now.model_dump(mode="json", by_alias=True)) from None
    return show_customer(customer_of(customer_id))


@bp.delete("/customers/<customer_id>")
@needs(Can.ERASE_CUSTOMERS)
@per_api
@bp.output({}, status_code=204)
def delete(customer_id: str) -> Any:
    """Erase the person, as `erase` does. 409 while something is still to be done for them."""
    erasure.erase(customer_of(customer_id).id)
    return ""


@bp.post("/customers/<customer_id>/merge")
@needs(Can.CHANGE_CUSTOMERS)
@per_api
@bp.input(MergeOrder, arg_name="order")
@bp.output(CustomerShown)
def merge(customer_id: str, order: MergeOrder) -> Any:
    """Let the other customer become part of this one, with all bookings, mails, messages and consents."""
    kept = customer_of(customer_id)
    other = queries.customer_with(order.other_id)
    if other is None:
        now = merging.now_known_as(order.other_id)
        if now is not None and now.id == kept.id:
            return show_customer(kept)  # asked twice
    other = other if other is not None else one_or_404(select(Customer).where(Customer.public_id == order.other_id))
    if kept.erased_at is not None:
        raise Conflict(_("One of them was erased. There is nothing to merge."))
    merging.merge(kept.id, other.id, take={str(name): str(whose) for name, whose in order.take.items()})
    return show_customer(customer_of(customer_id))


@bp.get("/customers/<customer_id>/export")
@needs(Can.ERASE_CUSTOMERS)
@per_api
@bp.output(Export)
def export(customer_id: str) -> Any:
    """All that is held about the person: customer, bookings, mails, messages, consents, history, log."""
    customer = customer_of(customer_id)
    held = erasure.held_about(customer)
    erasure.note_export(customer)
    return erasure.as_told(customer.public_id, held)


@bp.post("/customers/<customer_id>/erase")
@needs(Can.ERASE_CUSTOMERS)
@per_api
@bp.output(Erasure)
def erase(customer_id: str) -> Any:
    """Erase the person everywhere; days and sums of bookings stay for the books, without a name. 409 while something
    is still to be done for them. Asked twice, it answers the same."""
    customer = erasure.erase(customer_of(customer_id).id)
    kept = _("Days and sums of bookings, as bookkeeping law asks.")
    return Erasure(id=customer.public_id, erased=True, kept=kept)
