"""Text messages that tell somebody of a booking or a job of theirs: outside the plan, also at night."""

from collections.abc import Sequence

from sqlalchemy import select

from app.customers.models import Customer
from app.kernel.db import add, db
from app.kernel.events import announce
from app.messaging import consent, invites, segments
from app.messaging.sms_events import InviteQueued
from app.messaging.sms_models import Sms


def text(
    customer: Customer, body: str, *, kind: str, channel: str, number: str, language: str, about: Sequence[str]
) -> Sms | None:
    """The message on its way, in the open transaction; None where the number takes no text messages."""
    return _on_its_way(
        number,
        Sms(
            kind=kind, channel=channel, to_name=customer.name, customer_id=customer.id,
            about=[*about, f"customer:{customer.id}"], language=language, body=body,
        ),
    )  # fmt: skip


def text_colleague(
    name: str, body: str, *, kind: str, channel: str, number: str, language: str, about: Sequence[str], once: str
) -> Sms | None:
    """The message to somebody who works here, in the open transaction; None where the number takes none.

    Asked again under the same `once`, it answers the first and writes no second.
    """
    told = db.session.scalar(select(Sms).where(Sms.once == once))
    if told is not None:
        return told
    sms = Sms(kind=kind, channel=channel, to_name=name, about=[*about], language=language, body=body, once=once)
    return _on_its_way(number, sms)


def _on_its_way(number: str, sms: Sms) -> Sms | None:
    if not consent.takes_messages(number):
        return None
    sms.to_number, sms.parts = number, segments.measured(sms.body).count
    add(sms)
    invites.ask_to_send(sms)
    announce(InviteQueued.of(sms))
    return sms
