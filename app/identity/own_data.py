"""A customer's own data: to see, to take along and to erase, as the office has it.

Only for whoever has proved the address: anybody may open an account with it.
"""

from typing import Any

from app.customers import erasure, register
from app.customers.models import Customer
from app.customers.personal_data import holdings
from app.identity.models import User
from app.kernel import audit
from app.kernel.access import Actor, Role, acting_as
from app.kernel.db import db, lock, transaction
from app.kernel.errors import Forbidden


def customer_of(user: User) -> Customer | None:
    """As whom the business knows the person; None who has never booked."""
    return register.find_by_email(user.email)


def held_about(user: User) -> dict[str, list[dict[str, Any]]]:
    """Everything that is held about the person, by the features' names; Forbidden before the address is proved."""
    _refuse_unproved(user)
    return erasure.held_about(customer_of(user) or _stand_in(user))


def objections(user: User) -> list[str]:
    """Why the person cannot be erased yet."""
    customer = customer_of(user)
    return erasure.objections(customer) if customer is not None else []


def note_export(user: User) -> None:
    """Write into the log that the person took the data along."""
    customer = customer_of(user)
    if customer is not None:
        erasure.note_export(customer)


def erase(user_id: int) -> None:
    """Erase the person and the account; Conflict while something is coming up, Forbidden before the address is proved.

    Done by somebody without a name: the log must not keep what is erased here.
    """
    with transaction(), acting_as(Actor("user", user_id, Role.CUSTOMER)):
        user = lock(User, user_id)
        _refuse_unproved(user)
        customer = customer_of(user)
        if customer is not None:
            erasure.erase(customer.id)
            return
        person = erasure.person_of(_stand_in(user))
        for holding in holdings():
            holding.erase(person)
            db.session.flush()
        audit.record("account.erased")


def _refuse_unproved(user: User) -> None:
    if user.email_proved_at is None:
        raise Forbidden()


def _stand_in(user: User) -> Customer:
    """Whoever has an account and was never a customer, as one; in no table, with a number that nobody has."""
    return Customer(id=0, public_id=user.public_id, name=user.name, email=user.email, phone=user.phone, phone_number="")
