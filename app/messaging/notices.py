"""Text messages that tell somebody of a booking of theirs: by their own choice, outside the plan, also at night."""

from collections.abc import Sequence

from app.customers.models import Customer
from app.kernel.db import add
from app.kernel.events import announce
from app.messaging import consent, invites, segments
from app.messaging.sms_events import InviteQueued
from app.messaging.sms_models import Sms


def text(
    customer: Customer, body: str, *, kind: str, channel: str, number: str, language: str, about: Sequence[str]
) -> Sms | None:
    """The message on its way, in the open transaction; None where the number takes no text messages."""
    if not consent.takes_messages(number):
        return None
    sms = add(
        Sms(
            kind=kind, channel=channel, to_number=number, to_name=customer.name, customer_id=customer.id,
            about=[*about, f"customer:{customer.id}"], language=language, body=body,
            parts=segments.measured(body).count,
        )
    )  # fmt: skip
    invites.ask_to_send(sms)
    announce(InviteQueued.of(sms))
    return sms
