"""Mails as verbs: ask for one, fix its content, send it once, resend it, correct its address."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.customers import register
from app.customers.models import Customer
from app.jobs.queue import enqueue
from app.kernel import audit, clock
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.events import announce
from app.messaging.events import EmailHandled, EmailHeld, EmailQueued
from app.messaging.jobs import SEND_EMAIL
from app.messaging.kinds import SECRET_KINDS
from app.messaging.models import TROUBLE, EmailLog, EmailPart, EmailState
from app.messaging.providers.words import N_

MOST_AN_HOUR = 20
#: Why mail is kept back, by the trouble with its address.
HELD_WORDS = {
    "bounced": N_("Mail to this address came back. It waits until the address is corrected."),
    "complained": N_("The reader marked earlier mail as spam. It waits for a person."),
    "suppressed": N_("The provider does not mail this address any more. It waits for a person."),
}
#: Kinds that answer what the reader just asked for go out whatever happened to earlier mail.
ALWAYS_SENT = frozenset({"password_reset", "sign_in", "account_exists", "invitation"})


def queue_email(
    kind: str,
    *,
    to: Customer | None = None,
    to_address: str = "",
    to_name: str = "",
    language: str = "",
    facts: dict[str, Any] | None = None,
    about: Sequence[str] = (),
    resend_of: EmailLog | None = None,
    send: bool = True,
) -> EmailLog:
    """Ask for a mail in the open transaction. With `send=False` the caller's own job makes the content first.

    Held at once when the address bounced or its owner called earlier mail spam.
    """
    markers = list(about)
    if to is not None:
        markers.append(f"customer:{to.id}")
    email = add(
        EmailLog(
            kind=kind,
            to_address=to_address or (to.email if to is not None else ""),
            to_name=to_name or (to.name if to is not None else ""),
            customer_id=to.id if to is not None else None,
            language=language or (to.language if to is not None else "en"),
            facts=facts or {},
            about=list(dict.fromkeys(markers)),
            resend_of_id=resend_of.id if resend_of is not None else None,
        )
    )
    if to is not None and to.email_trouble and kind not in ALWAYS_SENT:
        hold(email, HELD_WORDS[to.email_trouble], to.email_trouble)
    elif send:
        ask_to_send(email)
        announce(EmailQueued.of(email))
    else:
        announce(EmailQueued.of(email))
    return email


def hold(email: EmailLog, words: str, code: str) -> None:
    """Keep a mail back, in words."""
    email.state, email.words, email.code = EmailState.HELD, words, code
    announce(EmailHeld.of(email, words))


def ask_to_send(email: EmailLog, run_at: datetime | None = None) -> None:
    """Ask the worker to send it; asked twice, sent once."""
    at = max(run_at or clock.now(), not_before(email))
    email.next_try_at = at if at > clock.now() else None
    enqueue(
        SEND_EMAIL, once=f"email:{email.id}", about=[f"email:{email.id}", *email.about], run_at=at, email_id=email.id
    )


def not_before(email: EmailLog) -> datetime:
    """The instant from which this address may have another mail: at most twenty an hour."""
    now = clock.now()
    recent = db.session.scalars(
        select(EmailLog.created_at)
        .where(
            func.lower(EmailLog.to_address) == email.to_address.lower(),
            EmailLog.created_at > now - timedelta(hours=1),
            EmailLog.id != email.id,
        )
        .order_by(EmailLog.created_at.desc())
        .limit(MOST_AN_HOUR)
    ).all()
    return recent[-1] + timedelta(hours=1) if len(recent) == MOST_AN_HOUR else now


def prepare(
    email_id: int,
    *,
    sender: str,
    reply_to: str,
    subject: str,
    text: str,
    html: str,
    parts: Sequence[tuple[str, str, bytes, str | None]] = (),
    made_with: dict[str, Any] | None = None,
) -> bool:
    """Fix the content before the first send; False when it was fixed before (it never changes afterwards)."""
    with transaction():
        email = lock(EmailLog, email_id)
        if email.prepared_at is not None:
            return False
        email.sender, email.reply_to, email.subject = sender, reply_to, subject[:300]
        email.text_body, email.html_body = text, html
        email.made_with = made_with or {}
        email.prepared_at = clock.now()
        for filename, content_type, content, content_id in parts:
            add(
                EmailPart(
                    email_id=email.id,
                    filename=filename,
                    content_type=content_type,
                    content=content,
                    content_id=content_id,
                )
            )
    return True


def resend(email_id: int, *, to_address: str | None = None) -> EmailLog:
    """Send it again as a new row that names the first, to a corrected address if one is given.

    Conflict while the first is still on its way, when the address is still known to be bad, or when another address is
    given for a mail that is not to a customer: what opens an account goes to nobody but its owner.
    """
    with transaction():
        first = lock(EmailLog, email_id)
        if first.may_go_out:
            raise Conflict(_("This mail is still on its way."))
        customer = lock(Customer, first.customer_id) if first.customer_id is not None else None
        if to_address is not None and (customer is None or first.kind in SECRET_KINDS):
            raise Conflict(_("This mail goes to nobody but its reader."))
        if to_address is not None and customer is not None:
            customer = register.correct_email(customer.id, to_address, about=tuple(first.about))
        if customer is not None and customer.email_trouble and to_address is None:
            raise Conflict(_("Mail to this address came back. Correct the address first."))
        again = queue_email(
            first.kind,
            to=customer,
            to_address=to_address or (customer.email if customer is not None else first.to_address),
            to_name=first.to_name,
            language=first.language,
            facts=first.facts,
            about=[marker for marker in first.about if not marker.startswith("customer:")],
            resend_of=first,
            send=False,
        )
        if first.prepared_at is not None:
            _copy_content(first, again)
        if again.state != EmailState.HELD:
            ask_to_send(again)
        if first.handled_at is None:
            first.handled_at = clock.now()
        audit.record("email.resend", f"email:{first.public_id}", after={"new": again.public_id})
    return again


def _copy_content(first: EmailLog, again: EmailLog) -> None:
    again.sender, again.reply_to, again.subject = first.sender, first.reply_to, first.subject
    again.text_body, again.html_body, again.made_with = first.text_body, first.html_body, first.made_with
    again.prepared_at = clock.now()
    for part in parts_of(first.id):
        add(
            EmailPart(
                email_id=again.id, filename=part.filename, content_type=part.content_type, content=part.content,
                content_id=part.content_id,
            )
        )  # fmt: skip


def parts_of(email_id: int) -> Sequence[EmailPart]:
    """The files that travel with a mail."""
    return db.session.scalars(select(EmailPart).where(EmailPart.email_id == email_id).order_by(EmailPart.id)).all()


def mark_handled(email_id: int) -> EmailLog:
    """Note that a person has dealt with a failure or a bounce."""
    with transaction():
        email = lock(EmailLog, email_id)
        if email.state in TROUBLE and email.handled_at is None:
            email.handled_at = clock.now()
            audit.record("email.handled", f"email:{email.public_id}")
            announce(EmailHandled.of(email))
    return email
