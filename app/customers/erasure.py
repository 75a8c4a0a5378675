"""All that is held about a person: to take along, and to erase."""

from typing import Any

from sqlalchemy import select

from app.customers.events import CustomerErased
from app.customers.models import Customer
from app.customers.own_data import NOBODY
from app.customers.personal_data import Person, holdings
from app.kernel import audit, clock
from app.kernel.businesses import get_business
from app.kernel.db import db, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id


def person_of(customer: Customer) -> Person:
    """The customer with all names, addresses, numbers and markers that features know them by."""
    traits = [holding.known(customer) for holding in holdings() if holding.known is not None]
    markers = list(dict.fromkeys([customer.marker, *(marker for one in traits for marker in one.markers)]))
    return Person(
        customer=customer,
        ids=tuple(int(marker.partition(":")[2]) for marker in markers if marker.startswith("customer:")),
        names=_all([customer.name, *(name for one in traits for name in one.names)]),
        emails=_all([customer.email, *(email for one in traits for email in one.emails)]),
        numbers=_all([customer.phone, customer.phone_number, *(number for one in traits for number in one.numbers)]),
        places=_all([place for one in traits for place in one.places]),
        markers=markers,
    )


def held_about(customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Everything that is held about the person, by the features' names."""
    person = person_of(customer)
    return {holding.name: list(holding.export(person)) for holding in holdings()}


def as_told(whose: str, held: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The export as programs read it."""
    business = get_business(current_business_id())
    return {"customerId": whose, "business": business.name, "at": clock.now().isoformat(), "held": held}


def years_kept(country: str) -> int:
    """How many years bookkeeping law asks for what stays."""
    return 5 if country == "DK" else 7


def titles() -> dict[str, str]:
    """What the parts of an export are called."""
    return {holding.name: str(holding.title) for holding in holdings()}


def note_export(customer: Customer) -> None:
    """Write into the log that somebody took the person's data along."""
    with transaction():
        audit.record("customer.exported", customer.marker)


def erase(customer_id: int) -> Customer:
    """Remove or make nameless whatever tells who the person was, everywhere, in one transaction.

    Sums and days of bookings stay for the books. Conflict, in words, while something is still to be done for the
    person. Asked twice it changes nothing more.
    """
    with transaction():
        customer = lock(Customer, customer_id)
        if customer.erased_at is not None:
            return customer
        person = person_of(customer)
        for holding in holdings():
            if holding.objection is not None and (words := holding.objection(person)):
                raise Conflict(words)
        for holding in holdings():
            holding.erase(person)
            db.session.flush()
        customer.erased_at = customer.updated_at = clock.now()
        announce(CustomerErased(customer.id))
        audit.record("customer.erased", customer.marker)
    db.session.expire_all()
    return customer


def objections(customer: Customer) -> list[str]:
    """Why the person cannot be erased yet."""
    person = person_of(customer)
    said = (holding.objection(person) for holding in holdings() if holding.objection is not None)
    return [words for words in said if words]


def is_erased(customer_id: int) -> bool:
    """Whether that customer was erased."""
    rows = select(Customer.erased_at).where(Customer.id == customer_id)
    return db.session.scalar(rows) is not None


def _all(values: list[str]) -> frozenset[str]:
    return frozenset(value for value in values if value and value != NOBODY)
