"""Who may be invited: the number must be one that takes messages, and its owner must not have said stop."""

from collections.abc import Iterable

import phonenumbers
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.customers import forgotten
from app.customers.models import Customer
from app.kernel import clock
from app.kernel.access import current_actor
from app.kernel.db import add, db, transaction
from app.kernel.errors import Conflict
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id
from app.messaging.consent_models import ConsentEntry, NumberStanding
from app.messaging.sms_events import InvitesAllowed, InvitesStopped

_KIND = phonenumbers.PhoneNumberType
#: Kinds of numbers that take no text messages. New series are of no known kind; those are tried.
_NEVER = frozenset({
    _KIND.FIXED_LINE, _KIND.TOLL_FREE, _KIND.PREMIUM_RATE, _KIND.SHARED_COST, _KIND.UAN, _KIND.VOICEMAIL,
})  # fmt: skip


class NoMobile(Conflict):
    """The customer has no number that takes text messages."""


class OptedOut(Conflict):
    """The customer wants no invites."""


def check(customer: Customer) -> None:
    """Refuses with NoMobile or OptedOut, by the customer's name."""
    if not takes_messages(customer.phone_number):
        raise NoMobile(_("%(name)s has no mobile number.", name=customer.name), code="no_mobile")
    if is_stopped(customer.phone_number):
        raise OptedOut(_("%(name)s wants no invites.", name=customer.name), code="opted_out")


def takes_messages(number: str) -> bool:
    """Whether text messages can be sent to `+46701234567`, as far as can be told."""
    if not number:
        return False
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) not in _NEVER
    except phonenumbers.NumberParseException:
        return False


def is_stopped(number: str) -> bool:
    """Whether the owner of the number said stop to this business, or was erased by it."""
    return number in stopped_among([number])


def stopped_among(numbers: Iterable[str]) -> set[str]:
    """Those of the numbers whose owners said stop or were erased."""
    asked = list(numbers)
    rows = select(NumberStanding.number).where(NumberStanding.number.in_(asked), NumberStanding.stopped_at.is_not(None))
    return set(db.session.scalars(rows)) | forgotten.forgotten_numbers(asked)


def stop(number: str, *, source: str, text: str = "", channel: str = "sms") -> None:
    """No more invites to this number; asked twice it stays, and each word is kept."""
    _note(number, is_yes=False, source=source, text=text, channel=channel)


def allow(number: str, *, source: str, text: str = "", channel: str = "sms") -> None:
    """Invites may go there again."""
    _note(number, is_yes=True, source=source, text=text, channel=channel)


def entries(number: str) -> list[ConsentEntry]:
    """What was said about that number, newest first; at most 50."""
    rows = select(ConsentEntry).where(ConsentEntry.number == number).order_by(ConsentEntry.id.desc())
    return list(db.session.scalars(rows.limit(50)))


def customers_with(number: str) -> list[int]:
    """The inner ids of the customers with that number."""
    return list(db.session.scalars(select(Customer.id).where(Customer.phone_number == number).order_by(Customer.id)))


def _note(number: str, *, is_yes: bool, source: str, text: str, channel: str) -> None:
    with transaction():
        was_stopped = is_stopped(number)
        stopped_at = None if is_yes else clock.now()
        row = insert(NumberStanding).values(
            business_id=current_business_id(), number=number, stopped_at=stopped_at, source=source
        )
        if is_yes or not was_stopped:
            row = row.on_conflict_do_update(
                index_elements=["business_id", "number"], set_={"stopped_at": stopped_at, "source": source}
            )
        else:
            row = row.on_conflict_do_nothing()
        db.session.execute(row)
        if is_yes:
            forgotten.welcome_back(number)
        owners = customers_with(number)
        add(
            ConsentEntry(
                number=number, customer_id=owners[0] if owners else None, channel=channel, is_yes=is_yes,
                text=text[:5_000], source=source, actor_name=current_actor().name,
            )
        )  # fmt: skip
        if was_stopped == is_yes:
            fact = InvitesAllowed if is_yes else InvitesStopped
            announce(fact(tuple(owners), source))
