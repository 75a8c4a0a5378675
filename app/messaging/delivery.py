"""Sending a mail: take, call, note. Asked twice, sent once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.customers import register
from app.customers.models import Customer
from app.jobs.kinds import when_given_up, when_tried_again
from app.kernel import clock
from app.kernel.db import add, db, lock, transaction
from app.kernel.events import announce
from app.kernel.http import ProviderError
from app.messaging import emails, links, news
from app.messaging.events import EmailDelayed, EmailFailed, EmailQueued, EmailSent
from app.messaging.jobs import SEND_EMAIL
from app.messaging.letters import write_letter
from app.messaging.models import EmailAttempt, EmailLog, EmailState
from app.messaging.providers.choice import mail_provider
from app.messaging.providers.contract import Attachment, MailProvider, OutgoingMail
from app.messaging.providers.words import in_words

#: An `Idempotency-Key` lives 24 h at the provider; after 23 h of doubt a person is asked.
DOUBT = timedelta(hours=23)
#: In a mail's facts: how many tries the local provider is to refuse, for playing trouble where there is no provider.
FAIL_TIMES = "failTimes"


def send(email_id: int) -> None:
    """Send the mail if that is still to be done; raises ProviderError when it should be tried again or given up."""
    if db.session.scalar(select(EmailLog.prepared_at).where(EmailLog.id == email_id)) is None:
        write_letter(email_id)
    provider = mail_provider()
    taken = _take(email_id, provider)
    if taken is None or provider is None:
        return
    mail, key, attempt_id, plays_trouble = taken
    try:
        if plays_trouble:
            raise ProviderError("The played provider refuses, as it was asked to.", code="outage", retry=True)
        receipt = provider.send(mail, key=key)
    except ProviderError as error:
        _note_trouble(email_id, attempt_id, error)
        raise
    _note_sent(email_id, attempt_id, receipt.id)


def _take(email_id: int, provider: MailProvider | None) -> tuple[OutgoingMail, str, int, bool] | None:
    with transaction():
        email = lock(EmailLog, email_id)
        if not email.may_go_out:
            return None
        customer = db.session.get(Customer, email.customer_id) if email.customer_id is not None else None
        if provider is None:
            emails.hold(email, "Nothing leaves the machine in a dry run.", "dry")
            return None
        if customer is not None and customer.email_trouble and email.kind not in emails.ALWAYS_SENT:
            emails.hold(email, emails.HELD_WORDS[customer.email_trouble], customer.email_trouble)
            return None
        if email.sending_since is not None and email.sending_since < clock.now() - DOUBT:
            raise ProviderError(
                "It is not certain whether this mail went out a day ago. Look at the provider, then resend it.",
                code="in_doubt", retry=False,
            )  # fmt: skip
        if provider.name == "smtp" and _is_unanswered(email):
            raise ProviderError(in_words("in_doubt"), code="in_doubt", retry=False)
        email.state, email.provider = EmailState.SENDING, provider.name
        email.sending_since = email.sending_since or clock.now()
        email.attempts += 1
        email.next_try_at = None
        attempt = add(EmailAttempt(email_id=email.id, number=email.attempts, provider=provider.name))
        plays = provider.name == "local" and email.attempts <= int(email.facts.get(FAIL_TIMES, 0))
        return _outgoing(email), email.key, attempt.id, plays


def _is_unanswered(email: EmailLog) -> bool:
    """Whether an earlier try ended without a word: a plain mail server cannot tell whether it has the mail."""
    return (
        db.session.scalar(
            select(EmailAttempt.id).where(EmailAttempt.email_id == email.id, EmailAttempt.outcome == "unknown").limit(1)
        )
        is not None
    )


def _outgoing(email: EmailLog) -> OutgoingMail:
    return OutgoingMail(
        sender=email.sender,
        to=email.to_address,
        subject=email.subject,
        text=links.filled(email.text_body),
        html=links.filled(email.html_body),
        reply_to=email.reply_to,
        headers={"X-Kontor-Mail": email.public_id},
        attachments=[
            Attachment(
                part.filename, part.content_type, links.filled_file(part.content, part.content_type), part.content_id
            )
            for part in emails.parts_of(email.id)
        ],
        tags={"kind": email.kind},
    )


def _note_sent(email_id: int, attempt_id: int, provider_id: str) -> None:
    with transaction():
        email, attempt = lock(EmailLog, email_id), lock(EmailAttempt, attempt_id)
        attempt.ended_at, attempt.outcome, attempt.provider_id = clock.now(), "sent", provider_id
        email.provider_id = provider_id
        email.words, email.code = "", ""
        email.sent_at = clock.now()
        if email.climb(EmailState.SENT):
            announce(EmailSent.of(email))
        news.apply_waiting(provider_id)  # a webhook may have been faster than this answer


def _note_trouble(email_id: int, attempt_id: int, error: ProviderError) -> None:
    with transaction():
        email, attempt = lock(EmailLog, email_id), lock(EmailAttempt, attempt_id)
        attempt.ended_at, attempt.words, attempt.code = clock.now(), error.words, error.code
        attempt.outcome = "waiting" if error.waiting else "unknown" if error.in_doubt else "refused"
        email.words, email.code = error.words, error.code
        if error.waiting:
            email.attempts -= 1
            db.session.delete(attempt)
        if not error.in_doubt and email.attempts <= 1:
            email.sending_since = None  # the provider surely has nothing of it
        if error.retry and not error.waiting:
            announce(EmailDelayed.of(email, error.words))


@when_tried_again(SEND_EMAIL)
def tried_again(payloads: list[dict[str, Any]]) -> None:
    """Let failed mails go out again, because a person put their jobs back; the same mails under the same keys."""
    ids = [payload["email_id"] for payload in payloads]
    failed = select(EmailLog).where(EmailLog.id.in_(ids), EmailLog.state == EmailState.FAILED).order_by(EmailLog.id)
    for email in db.session.scalars(failed.with_for_update(key_share=True)):
        email.state, email.words, email.code = EmailState.QUEUED, "", ""
        email.settled_at = email.handled_at = None
        announce(EmailQueued.of(email))


@when_given_up(SEND_EMAIL)
def give_up(email_id: int, words: str, code: str) -> None:
    """Mark the mail failed, in words; runs in the transaction that fails its job."""
    email = lock(EmailLog, email_id)
    if not email.may_go_out:
        return
    email.state, email.words, email.code = EmailState.FAILED, words or in_words(code), code
    email.settled_at = clock.now()
    announce(EmailFailed.of(email, email.words))
    if code in ("no_such_mailbox", "suppressed") and email.customer_id is not None:
        register.note_trouble(email.customer_id, "bounced" if code == "no_such_mailbox" else "suppressed")
