"""What a provider says of a text message afterwards, and what customers write back: in any order, twice, late."""

import json
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from app.customers.models import Customer
from app.kernel import clock
from app.kernel.businesses import Business, get_business
from app.kernel.db import add, db, lock, transaction
from app.kernel.events import announce
from app.kernel.tenancy import across_businesses, within
from app.messaging import consent, invites
from app.messaging.keywords import meaning_of
from app.messaging.models import WebhookCall
from app.messaging.providers.sms_words import english
from app.messaging.providers.twilio_codes import delivery_code
from app.messaging.sms_events import (
    InviteAnswered,
    InviteDelivered,
    InviteFailed,
    InviteSent,
    InviteUndelivered,
    SmsFact,
)
from app.messaging.sms_models import TROUBLE, Sms, SmsReceived, SmsState

#: Of a call as it came, in characters.
MOST_KEPT = 50_000
_STATES: dict[str, tuple[SmsState, type[SmsFact]]] = {
    "sent": (SmsState.SENT, InviteSent),
    "delivered": (SmsState.DELIVERED, InviteDelivered),
    "read": (SmsState.DELIVERED, InviteDelivered),
    "undelivered": (SmsState.UNDELIVERED, InviteUndelivered),
    "failed": (SmsState.FAILED, InviteFailed),
    "canceled": (SmsState.FAILED, InviteFailed),
}


def take_status(
    provider_id: str, status: str, error_code: int | None, *, call_id: str, own_id: str = "", raw: str = ""
) -> str:
    """Write the word down and apply it, in one transaction: `applied`, `waiting`, `ignored`, or `repeated`.

    `own_id` is our id of the message, which the callback's address bears: it may be faster than the answer to our call.
    `raw` is the call as it came, which is kept beside.
    """
    body: dict[str, object] = {"status": status, "error_code": error_code, "own_id": own_id, "raw": raw[:MOST_KEPT]}
    with across_businesses(), transaction():
        call = _written_down(call_id, f"sms.{status}"[:60], provider_id, body)
        if call is None:
            return "repeated"
        call.state = _apply(call)
        return call.state


def apply_waiting(provider_id: str) -> None:
    """Apply what was said of a message before its row knew the provider's id; joins the open transaction."""
    with across_businesses(), transaction():
        waiting = db.session.scalars(
            select(WebhookCall)
            .where(
                WebhookCall.subject_id == provider_id, WebhookCall.state == "waiting", WebhookCall.provider == "twilio"
            )
            .order_by(WebhookCall.id)
        ).all()
        for call in waiting:
            call.state = _apply(call)


def replay(call_id: int) -> WebhookCall:
    """Apply a call once more, as a record of its own that names the first; states still only climb."""
    with across_businesses(), transaction():
        first = lock(WebhookCall, call_id)
        again = add(
            WebhookCall(
                provider=first.provider, call_id=f"{first.call_id}:replay:{clock.now().isoformat()}"[:200],
                type=first.type, subject_id=first.subject_id, body=first.body, happened_at=first.happened_at,
            )
        )  # fmt: skip
        again.state = _apply(again)
    return again


def climb(sms: Sms, status: str, error_code: int | None, at: datetime) -> bool:
    """Move the message on as the provider's word says; never back. False when it says nothing new."""
    if status not in _STATES:
        return False
    state, fact = _STATES[status]
    if not sms.climb(state):
        return False
    if state in TROUBLE:
        sms.code = "canceled" if status == "canceled" else delivery_code(error_code)
        sms.words = english(sms.code)
        sms.settled_at = at
        if sms.code in ("opted_out",) and not consent.is_stopped(sms.to_number):
            consent.stop(sms.to_number, source="provider", channel=sms.channel)
    else:
        sms.code, sms.words = "", ""
        sms.sent_at = sms.sent_at or at
        if state == SmsState.DELIVERED:
            sms.settled_at = at
    sms.next_try_at = None
    invites.settle_count(sms)
    announce(fact.of(sms))
    return True


def take_inbound(
    provider_id: str, from_number: str, body: str, *, channel: str = "sms", raw: str = ""
) -> tuple[str, Business | None]:
    """Obey what a customer wrote: its meaning (`stop`, `start`, `help` or empty), and the business to answer for.

    The sender number is the deployment's, so every business that knows the customer's number hears of it.
    """
    with across_businesses(), transaction():
        meaning = meaning_of(body)
        call = _written_down(f"in:{provider_id}", f"inbound.{meaning or 'text'}", provider_id, {"raw": raw[:MOST_KEPT]})
        places = _businesses_of(from_number)
        if call is None:
            return meaning, get_business(places[0]) if places else None
        call.state = "applied" if places else "ignored"
        call.business_id = places[0] if len(places) == 1 else None
        for business_id in places:
            with within(business_id):
                _hear(provider_id, from_number, body, meaning, channel)
                db.session.flush()
    return meaning, get_business(places[0]) if places else None


def _hear(provider_id: str, number: str, body: str, meaning: str, channel: str) -> None:
    owners = consent.customers_with(number)
    add(
        SmsReceived(
            provider_id=provider_id, channel=channel, from_number=number, body=body[:5_000], meaning=meaning,
            customer_id=owners[0] if owners else None,
        )
    )  # fmt: skip
    if meaning == "stop":
        consent.stop(number, source="sms", text=body, channel=channel)
    elif meaning == "start":
        consent.allow(number, source="sms", text=body, channel=channel)
    elif not meaning:
        announce(InviteAnswered(tuple(owners), "sms"))


def _businesses_of(number: str) -> list[int]:
    """The businesses that know the number: the one that wrote there last comes first."""
    wrote = select(Sms.business_id).where(Sms.to_number == number).order_by(Sms.id.desc()).limit(20)
    knows = (
        select(Customer.business_id).where(Customer.phone_number == number).order_by(Customer.business_id).limit(200)
    )
    return list(dict.fromkeys([*db.session.scalars(wrote), *db.session.scalars(knows)]))


def _written_down(call_id: str, type_: str, subject_id: str, body: dict[str, object]) -> WebhookCall | None:
    """The call as a row; None when it came before."""
    made = db.session.execute(
        insert(WebhookCall)
        .values(
            provider="twilio", call_id=call_id[:200], type=type_, subject_id=subject_id[:200],
            body=json.dumps(body), at=clock.now(), state="applied",
        )
        .on_conflict_do_nothing()
        .returning(WebhookCall.id)
    ).scalar()  # fmt: skip
    return lock(WebhookCall, made) if made is not None else None


def _apply(call: WebhookCall) -> str:
    said = json.loads(call.body)
    status = said.get("status", "")
    if not call.type.startswith("sms.") or status not in _STATES:
        return "ignored"
    sms = _message(call.subject_id, said.get("own_id", ""))
    if sms is None:
        return "waiting"
    call.business_id = sms.business_id
    with within(sms.business_id):
        if sms.provider_id is None:
            sms.provider_id = call.subject_id
            _answer_lost_tries(sms, call.subject_id)
        climb(sms, status, said.get("error_code"), call.at)
        db.session.flush()
    return "applied"


def _message(provider_id: str, own_id: str) -> Sms | None:
    """The message that the provider calls so, or that was handed over under our own id and got no answer yet."""
    by_own = (Sms.public_id == own_id) & Sms.provider_id.is_(None)
    rows = select(Sms).where(or_(Sms.provider_id == provider_id, by_own)).order_by(Sms.provider_id.is_(None))
    return db.session.scalars(rows.with_for_update(key_share=True).execution_options(populate_existing=True)).first()


def _answer_lost_tries(sms: Sms, provider_id: str) -> None:
    for attempt in invites.unanswered(sms.id):
        attempt.outcome, attempt.provider_id = "sent", provider_id
        attempt.ended_at = attempt.ended_at or clock.now()
