"""Sending a text message: look, take, call, note. No provider knows a repeat, so a lost answer is looked up first."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.jobs.kinds import when_given_up
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.config import settings
from app.kernel.db import add, db, lock, transaction
from app.kernel.events import announce
from app.kernel.http import ProviderError
from app.kernel.tenancy import across_businesses, current_business_id
from app.messaging import consent, invites, quiet_hours, sms_news
from app.messaging.jobs import SEND_SMS
from app.messaging.providers.sms_choice import sms_provider
from app.messaging.providers.sms_contract import OutgoingSms, SmsProvider, SmsReceipt
from app.messaging.providers.sms_words import english
from app.messaging.sms_events import InviteDelayed, InviteFailed, InviteHeld, InviteSent
from app.messaging.sms_models import IN_DOUBT, Sms, SmsAttempt, SmsState

#: How long after a lost answer the provider may still come to know the message.
LOOKED_FOR = timedelta(seconds=60)
#: How far the provider's clock may be behind ours.
CLOCKS_DIFFER = timedelta(minutes=10)
IN_TURN_SECONDS = 2.0


def send(sms_id: int) -> None:
    """Send the message if that is still to be done; raises ProviderError when it should be tried again or given up."""
    provider = sms_provider()
    lost = _look(sms_id, provider)
    if provider is None:
        return
    if lost is not None and _is_found(sms_id, lost, provider):
        return
    taken = _take(sms_id, provider)
    if taken is None:
        return
    outgoing, attempt_id, plays_trouble = taken
    try:
        if plays_trouble:
            raise ProviderError("The played provider refuses, as it was asked to.", code="outage", retry=True)
        receipt = provider.send(outgoing)
    except ProviderError as error:
        _note_trouble(sms_id, attempt_id, error)
        raise
    _note_sent(sms_id, attempt_id, receipt)


@when_given_up(SEND_SMS)
def give_up(sms_id: int, words: str, code: str) -> None:
    """Mark the message failed, in words, and give it back; runs in the transaction that fails its job."""
    sms = lock(Sms, sms_id)
    if not sms.may_go_out:
        return
    if invites.unanswered(sms.id):
        code, words = IN_DOUBT, english(IN_DOUBT)
    sms.state, sms.words, sms.code = SmsState.FAILED, words or english(code), code
    sms.settled_at, sms.next_try_at = clock.now(), None
    invites.settle_count(sms)
    announce(InviteFailed.of(sms))
    if code == "opted_out" and not consent.is_stopped(sms.to_number):
        consent.stop(sms.to_number, source="provider", channel=sms.channel)


def ask_states() -> None:
    """Ask the provider what became of messages of which it has told nothing for an hour; at most 200 a round."""
    provider = sms_provider()
    if provider is None:
        return
    now = clock.now()
    with across_businesses():
        rows = db.session.execute(
            select(Sms.provider_id)
            .where(
                Sms.state == SmsState.SENT, Sms.provider == provider.name, Sms.provider_id.is_not(None),
                Sms.sent_at < now - timedelta(hours=1), Sms.sent_at > now - timedelta(days=2),
            )
            .order_by(Sms.id)
            .limit(200)
        ).all()  # fmt: skip
    for row in rows:
        receipt = provider.ask(row.provider_id)
        if receipt is not None:
            sms_news.take_status(
                receipt.id, receipt.status, receipt.error_code, call_id=f"{receipt.id}:{receipt.status}"
            )


def _look(sms_id: int, provider: SmsProvider | None) -> SmsAttempt | None:
    """The try whose answer was lost, if there is one. Sorts out what must not leave now."""
    with transaction():
        sms = lock(Sms, sms_id)
        if not sms.may_go_out:
            return None
        if provider is None:
            sms.state, sms.words, sms.code = SmsState.HELD, english("dry"), "dry"
            announce(InviteHeld.of(sms))
            return None
        lost = invites.unanswered(sms.id)
        if lost:
            return lost[0]
        if sms.is_invite and quiet_hours.is_quiet(get_business(current_business_id()).time_zone):
            invites.ask_to_send(sms, again=True)  # a job of its own for the morning: this one has done what it could
            return None
        earlier = select(Sms.id).where(
            Sms.to_number == sms.to_number, Sms.id < sms.id, Sms.state.in_((SmsState.QUEUED, SmsState.SENDING))
        )
        if db.session.scalar(earlier.limit(1)) is not None:
            raise ProviderError(
                english("in_turn"), code="in_turn", retry=True, waiting=True, retry_after=IN_TURN_SECONDS
            )
    return None


def _is_found(sms_id: int, lost: SmsAttempt, provider: SmsProvider) -> bool:
    """Whether the provider has the message of the lost try; it is adopted then. Raises while that may still show."""
    sms = db.session.scalars(select(Sms).where(Sms.id == sms_id)).one()
    began = lost.began_at
    seen = provider.find(_outgoing(sms), since=began - CLOCKS_DIFFER)
    for receipt in seen:
        if not _is_known(receipt.id):
            _note_sent(sms_id, lost.id, receipt)
            return True
    shows_from = began + LOOKED_FOR
    if clock.now() < shows_from:
        raise ProviderError(
            english("looking"), code="looking", retry=True, waiting=True,
            retry_after=max(1.0, min(10.0, (shows_from - clock.now()).total_seconds())),
        )  # fmt: skip
    with transaction():
        lock(Sms, sms_id)
        for attempt in invites.unanswered(sms_id):
            attempt.outcome, attempt.ended_at = "lost", attempt.ended_at or clock.now()
    return False


def _is_known(provider_id: str) -> bool:
    """Whether another message of ours, of whatever business, is that one."""
    with across_businesses():
        return db.session.scalar(select(Sms.id).where(Sms.provider_id == provider_id).limit(1)) is not None


def _take(sms_id: int, provider: SmsProvider) -> tuple[OutgoingSms, int, bool] | None:
    """What is to be sent and the row of this try, committed before the call; None when it must not leave now."""
    with transaction():
        sms = lock(Sms, sms_id)
        if not sms.may_go_out or (sms.state == SmsState.QUEUED and sms.next_try_at and sms.next_try_at > clock.now()):
            return None
        if sms.is_invite and consent.is_stopped(sms.to_number):  # said since it was asked for
            raise ProviderError(english("opted_out"), code="opted_out", retry=False)
        sms.state, sms.provider = SmsState.SENDING, provider.name
        sms.sending_since = sms.sending_since or clock.now()
        sms.attempts += 1
        sms.next_try_at, sms.words, sms.code = None, "", ""
        attempt = add(SmsAttempt(sms_id=sms.id, number=sms.attempts, provider=provider.name))
        plays = provider.name == "local" and sms.attempts <= sms.plays_trouble
        return _outgoing(sms), attempt.id, plays


def _outgoing(sms: Sms) -> OutgoingSms:
    callback = f"{settings().base_url}/webhooks/twilio/status?sms={sms.public_id}"
    return OutgoingSms(to=sms.to_number, body=sms.body, key=sms.public_id, channel=sms.channel, callback=callback)


def _note_sent(sms_id: int, attempt_id: int, receipt: SmsReceipt) -> None:
    with transaction():
        sms, attempt = lock(Sms, sms_id), lock(SmsAttempt, attempt_id)
        attempt.ended_at, attempt.outcome, attempt.provider_id = _ended(attempt), "sent", receipt.id
        sms.provider_id = receipt.id
        sms.next_try_at = None
        sms.sent_at = clock.now()
        if sms.climb(SmsState.SENT):
            sms.words, sms.code = "", ""
            announce(InviteSent.of(sms))
        sms_news.climb(sms, receipt.status, receipt.error_code, clock.now())
        sms_news.apply_waiting(receipt.id)  # a webhook may have been faster than this answer


def _ended(attempt: SmsAttempt) -> datetime:
    return attempt.ended_at or clock.now()


def _note_trouble(sms_id: int, attempt_id: int, error: ProviderError) -> None:
    with transaction():
        sms, attempt = lock(Sms, sms_id), lock(SmsAttempt, attempt_id)
        attempt.ended_at, attempt.words, attempt.code = clock.now(), error.words, error.code
        attempt.outcome = "unknown" if error.in_doubt else "refused"
        if not sms.may_go_out:
            return  # a webhook has told meanwhile that it went out
        sms.words, sms.code = error.words, error.code
        if error.waiting:
            sms.attempts -= 1
            db.session.delete(attempt)
        if not error.in_doubt:
            sms.state = SmsState.QUEUED  # the provider surely has nothing of it
        if error.retry and not error.waiting:
            announce(InviteDelayed.of(sms))
