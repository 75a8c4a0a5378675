"""What a provider says of a mail afterwards: in any order, twice, late; a state only ever climbs."""

import json
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.customers import register
from app.kernel import audit, clock
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.events import announce
from app.kernel.tenancy import across_businesses, within
from app.messaging.events import (
    EmailBounced,
    EmailComplained,
    EmailDelivered,
    EmailFact,
    EmailFailed,
    EmailOpened,
    EmailSent,
)
from app.messaging.models import EmailLog, EmailState, WebhookCall

WAITING_KEPT = timedelta(hours=24)
BODY_KEPT = timedelta(days=30)
_STATES: dict[str, tuple[EmailState, type[EmailFact]]] = {
    "email.sent": (EmailState.SENT, EmailSent),
    "email.delivered": (EmailState.DELIVERED, EmailDelivered),
    "email.opened": (EmailState.OPENED, EmailOpened),
    "email.clicked": (EmailState.OPENED, EmailOpened),
    "email.bounced": (EmailState.BOUNCED, EmailBounced),
    "email.suppressed": (EmailState.BOUNCED, EmailBounced),
    "email.complained": (EmailState.COMPLAINED, EmailComplained),
    "email.failed": (EmailState.FAILED, EmailFailed),
}


def take_call(
    provider: str, call_id: str, type_: str, subject_id: str, happened_at: datetime | None, data: dict[str, Any]
) -> str:
    """Write the call down and apply it in one transaction: `applied`, `waiting`, `ignored`, or `repeated`."""
    with across_businesses(), transaction():
        made = db.session.execute(
            insert(WebhookCall)
            .values(
                provider=provider, call_id=call_id, type=type_, subject_id=subject_id, happened_at=happened_at,
                body=json.dumps(data)[:100_000], at=clock.now(), state="applied",
            )
            .on_conflict_do_nothing()
            .returning(WebhookCall.id)
        ).scalar()  # fmt: skip
        if made is None:
            return "repeated"
        call = lock(WebhookCall, made)
        call.state = _apply(call, data)
        return call.state


def apply_waiting(provider_id: str) -> None:
    """Apply what was said of a mail before its row knew the provider's id; joins the open transaction."""
    with across_businesses(), transaction():
        waiting = db.session.scalars(
            select(WebhookCall)
            .where(WebhookCall.subject_id == provider_id, WebhookCall.state == "waiting")
            .order_by(WebhookCall.id)
        ).all()
        for call in waiting:
            call.state = _apply(call, json.loads(call.body))


def replay(call_id: int) -> WebhookCall:
    """Apply a call once more, as a record of its own that names the first; states still only climb.

    Conflict where what it said is no longer kept.
    """
    with across_businesses(), transaction():
        first = lock(WebhookCall, call_id)
        try:
            data = json.loads(first.body)
        except ValueError:
            raise Conflict(_("What it said is no longer kept.")) from None
        again = add(
            WebhookCall(
                provider=first.provider, call_id=f"{first.call_id}:replay:{clock.now().isoformat()}"[:200],
                type=first.type, subject_id=first.subject_id, body=first.body, happened_at=first.happened_at,
            )
        )  # fmt: skip
        again.state = _apply(again, data)
        if again.business_id is not None:
            with within(again.business_id):
                audit.record("email.replayed", f"call:{first.id}", after={"type": first.type, "state": again.state})
    return again


def _apply(call: WebhookCall, data: dict[str, Any]) -> str:
    if call.type not in _STATES:
        return "ignored"
    email = db.session.scalar(
        select(EmailLog).where(EmailLog.provider_id == call.subject_id).with_for_update(key_share=True)
    )
    if email is None:
        return "waiting"
    call.business_id = email.business_id
    with within(email.business_id):
        climb(email, call.type, data, call.happened_at)
        db.session.flush()
    return "applied"


def climb(email: EmailLog, type_: str, data: dict[str, Any], at: datetime | None) -> None:
    """Move the mail on as the provider's word says; never back. A bounce stops automatic mail to the address."""
    state, fact = _STATES[type_]
    if state == EmailState.BOUNCED and _is_passing_bounce(data):
        return
    if not email.climb(state):
        return
    words = said(type_, data)
    if state in (EmailState.BOUNCED, EmailState.COMPLAINED, EmailState.FAILED):
        email.words, email.code = words, state.value
        email.settled_at = at or clock.now()
        _stop_automatic_mail(email, state)
    elif state in (EmailState.DELIVERED, EmailState.OPENED):
        email.settled_at = email.settled_at or at or clock.now()
    announce(fact.of(email, words))


def _is_passing_bounce(data: dict[str, Any]) -> bool:
    kind = data.get("bounce", {}).get("type", "Permanent") if isinstance(data.get("bounce"), dict) else "Permanent"
    return kind == "Transient"


def _stop_automatic_mail(email: EmailLog, state: EmailState) -> None:
    if email.customer_id is not None and state in (EmailState.BOUNCED, EmailState.COMPLAINED):
        register.note_trouble(email.customer_id, state.value)


def said(type_: str, data: dict[str, Any]) -> str:
    """The provider's reason, short and plain."""
    for name in ("bounce", "failed", "suppressed"):
        part = data.get(name)
        if isinstance(part, dict):
            words = part.get("message") or part.get("reason") or part.get("subType") or ""
            return str(words)[:300]
    return "The reader marked it as spam." if type_ == "email.complained" else ""


def forget_old() -> None:
    """Drop calls that nobody claimed for a day, and raw bodies after 30 days."""
    with across_businesses(), transaction():
        now = clock.now()
        db.session.execute(delete(WebhookCall).where(WebhookCall.at < now - BODY_KEPT))
        for call in db.session.scalars(
            select(WebhookCall).where(WebhookCall.state == "waiting", WebhookCall.at < now - WAITING_KEPT).limit(1_000)
        ):
            call.state = "ignored"
