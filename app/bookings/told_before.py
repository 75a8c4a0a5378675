"""What a customer would be told of a change, word for word, before anybody makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g

from app.bookings import telling
from app.bookings.confirmation import facts_of
from app.bookings.models import Booking
from app.kernel.businesses import get_business
from app.kernel.tenancy import current_business_id
from app.messaging import letters
from app.messaging.letters import Letter
from app.messaging.models import EmailLog
from app.web.i18n import speaking


@dataclass(frozen=True)
class Message:
    """A message that nobody has asked for yet."""

    to: str
    subject: str
    mail: str
    #: The text message beside it, for those who chose to get one.
    text: str


def message_of(booking: Booking, of: str, changes: Mapping[str, Any] | None = None) -> Message:
    """What would be written about the booking as it would be then: `changed`, or `cancelled`."""
    then = _imagined(booking, changes or {})
    business = get_business(current_business_id())
    g.business = business
    email = EmailLog(
        kind=telling.MAILS[of], language=booking.language, to_name=booking.contact_name,
        to_address=booking.customer.email, facts={}, about=[],
    )  # fmt: skip
    with speaking(booking.language):
        letter = Letter({"booking": facts_of(then, "", None, "…")})
        subject, mail = letters.written(email, business, letter)
        text = telling.words_of(then, business, of) if booking.channel != "email" else ""
    return Message(booking.customer.email, subject, mail, text)


def is_worth_telling(booking: Booking, changes: Mapping[str, Any]) -> bool:
    """Whether the customer would hear of these changes at all."""
    return any(changes[name] != getattr(booking, name) for name in telling.WORTH_TELLING & changes.keys())


def _imagined(booking: Booking, changes: Mapping[str, Any]) -> Booking:
    """A booking that stands in no table, as this one would be."""
    said = {column.key: getattr(booking, column.key) for column in Booking.__mapper__.column_attrs}
    return Booking(**{**said, **changes, "has_time": booking.has_time or "starts_at" in changes})
