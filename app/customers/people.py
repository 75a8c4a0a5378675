"""Customers as the office keeps them: written down, changed, noted about, tagged."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.customers import search
from app.customers.contact import checked_phone, sort_key
from app.customers.events import CustomerChanged, CustomerCreated, CustomerNoted
from app.customers.models import Customer
from app.customers.orders import CustomerOrder
from app.customers.register import find_by_email
from app.kernel import audit, clock
from app.kernel.businesses import get_business
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Gone, Invalid
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id

#: What staff may change of a customer.
CHANGEABLE = frozenset({"name", "email", "phone", "language", "channel", "notes", "tags"})
MOST_TAGS = 20
SUGGESTED_TAGS = 30


class Stale(Conflict):
    """Somebody else changed it in the meantime."""


def create(order: CustomerOrder) -> Customer:
    """A new customer; Invalid at the address when another one has it."""
    with transaction():
        _refuse_taken(order.email)
        business = get_business(current_business_id())
        made = Customer(
            name=order.name,
            name_key=sort_key(order.name, business.language),
            email=order.email,
            phone=order.phone,
            phone_number=checked_phone(order.phone, business.country)[1] if order.phone else "",
            language=order.language or business.language,
            channel=order.channel,
            notes=order.notes,
            tags=order.tags,
        )
        search.index(made)
        add(made)
        announce(CustomerCreated(made.id))
        audit.record("customer.created", made.marker)
    return made


def change(customer_id: int, changes: dict[str, Any], *, version: int | None = None) -> Customer:
    """Change what is written down; Stale when it was changed since that version, Gone for who was erased."""
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise Invalid([(name, _("This cannot be changed.")) for name in sorted(unknown)])
    with transaction():
        customer = _take(customer_id, version)
        real = {name: value for name, value in changes.items() if getattr(customer, name) != value}
        if not real:
            return customer
        _write(customer, real)
        announce(CustomerChanged(customer.id, tuple(sorted(real))))
        audit.record("customer.changed", customer.marker, after={"fields": sorted(real)})
    return customer


def add_note(customer_id: int, words: str) -> None:
    """A note for colleagues, on the customer's timeline."""
    with transaction():
        customer = _take(customer_id, None)
        announce(CustomerNoted(customer.id, words))


def put_tag(customer_id: int, tag: str) -> Customer:
    """Give the customer that tag; given twice it stays. Invalid when there are too many."""
    with transaction():
        customer = _take(customer_id, None)
        if tag.casefold() in (one.casefold() for one in customer.tags):
            return customer
        if len(customer.tags) >= MOST_TAGS:
            raise Invalid([("tag", _("A customer has %(most)s tags at most.", most=MOST_TAGS))])
        return change(customer_id, {"tags": [*customer.tags, tag]})


def take_tag(customer_id: int, tag: str) -> Customer:
    """Take that tag off again; asked twice it stays off."""
    with transaction():
        customer = _take(customer_id, None)
        return change(customer_id, {"tags": [one for one in customer.tags if one != tag]})


def used_tags() -> list[str]:
    """The tags in use, the most used first."""
    each = select(func.unnest(Customer.tags).label("tag")).where(func.cardinality(Customer.tags) > 0).subquery()
    rows = select(each.c.tag).group_by(each.c.tag).order_by(func.count().desc(), each.c.tag)
    return list(db.session.scalars(rows.limit(SUGGESTED_TAGS)))


def _take(customer_id: int, version: int | None) -> Customer:
    customer = lock(Customer, customer_id)
    if customer.erased_at is not None:
        raise Gone(_("This customer was erased."))
    if version is not None and version != customer.version:
        raise Stale(
            _("Somebody else has changed this customer. Look at it again."), current={"version": customer.version}
        )
    return customer


def _write(customer: Customer, real: dict[str, Any]) -> None:
    business = get_business(current_business_id())
    if "email" in real:
        _refuse_taken(real["email"], but=customer.id)
        customer.email_trouble, customer.email_trouble_at = "", None
    for name, value in real.items():
        setattr(customer, name, value)
    customer.name_key = sort_key(customer.name, business.language)
    if "phone" in real:
        customer.phone_number = checked_phone(customer.phone, business.country)[1] if customer.phone else ""
    customer.updated_at = clock.now()
    search.index(customer)


def _refuse_taken(email: str, *, but: int | None = None) -> None:
    other = find_by_email(email) if email else None
    if other is not None and other.id != but:
        raise Invalid([("email", _("Another customer has this address. You can merge the two."))])
