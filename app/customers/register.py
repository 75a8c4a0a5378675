"""The register: who is known, and who is new."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.customers import search
from app.customers.contact import checked_phone, sort_key
from app.customers.events import AddressCorrected, AddressTroubled, CustomerCreated
from app.customers.models import Customer
from app.customers.orders import Person
from app.kernel import audit, clock
from app.kernel.businesses import get_business
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id


def find_by_email(email: str) -> Customer | None:
    """The customer with that address, in any spelling of its letters' case."""
    return db.session.scalar(select(Customer).where(func.lower(Customer.email) == email.lower()))


def find_or_create(person: Person, language: str) -> Customer:
    """The customer with that address, or a new one; a stranger's form overwrites nothing that is known."""
    with transaction():
        known = find_by_email(person.email)
        if known is not None:
            return known
        business = get_business(current_business_id())
        made = add(
            Customer(
                name=person.name,
                name_key=sort_key(person.name, business.language),
                email=person.email,
                phone=person.phone,
                phone_number=checked_phone(person.phone, business.country)[1],
                language=language,
                search=search.words_for(person.name, person.email, person.phone),
            )
        )
        announce(CustomerCreated(made.id))
    return made


def correct_email(customer_id: int, email: str, *, about: tuple[str, ...] = ()) -> Customer:
    """Write the right address down and let mail go there again; Conflict when another customer has it."""
    with transaction():
        customer = lock(Customer, customer_id)
        other = find_by_email(email)
        if other is not None and other.id != customer.id:
            raise Conflict(_("Another customer has this address."))
        if customer.email != email:
            audit.record("customer.email", f"customer:{customer.public_id}", before={"changed": True})
        customer.email, customer.email_trouble, customer.email_trouble_at = email, "", None
        customer.updated_at = clock.now()
        search.index(customer)
        announce(AddressCorrected(customer.id, about))
    return customer


def note_trouble(customer_id: int, trouble: str) -> None:
    """Stop automatic mail to this customer's address until it is corrected."""
    with transaction():
        customer = lock(Customer, customer_id)
        if customer.email_trouble == trouble:
            return
        customer.email_trouble, customer.email_trouble_at = trouble, clock.now()
        announce(AddressTroubled(customer.id, trouble))
