"""Invites as verbs: ask for one, send it again, try it again, say that it arrived."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.customers.models import Customer
from app.jobs import queue
from app.jobs.kinds import when_tried_again
from app.jobs.models import Job, JobState
from app.jobs.queue import enqueue
from app.kernel import audit, clock
from app.kernel.businesses import get_business
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id
from app.messaging import consent, invite_texts, plans, quiet_hours, segments
from app.messaging.jobs import SEND_SMS
from app.messaging.providers.sms_words import TECHNICAL, english
from app.messaging.sms_events import InviteFailed, InviteQueued, InviteSent
from app.messaging.sms_models import IN_DOUBT, TROUBLE, Sms, SmsAttempt, SmsState

#: A second invite so soon is left out of selections; one by one a person may send it all the same.
COOL_DOWN = timedelta(days=3)


@dataclass(frozen=True)
class Invited:
    """An invite on its way, and what the month's count says now."""

    sms: Sms
    used: int
    limit: int


def invite(customer_id: int, message: str, *, channel: str = "sms", resend_of: Sms | None = None) -> Invited:
    """Queue an invite and count it, in one transaction.

    Refuses with NotFound, Lapsed, NoMobile, OptedOut, Invalid (too long), and LimitReached when the month is used up;
    then nothing is queued and nothing counted.
    """
    with transaction():
        customer = db.session.scalar(select(Customer).where(Customer.id == customer_id))
        if customer is None:
            raise NotFound()
        if plans.standing().has_lapsed:
            plans.take()  # refuses in words, before anything is said of the customer
        consent.check(customer)
        sms = written(customer, message, channel=channel)
        if len(sms.body) > segments.LONGEST:
            raise Invalid([("message", _("The text is too long: %(most)s letters at most.", most=segments.LONGEST))])
        taken = plans.take()
        sms.counted_month, sms.resend_of_id = taken.month, resend_of.id if resend_of is not None else None
        add(sms)
        ask_to_send(sms)
        announce(InviteQueued.of(sms))
    return Invited(sms, taken.used, taken.limit)


def written(customer: Customer, message: str, *, channel: str = "sms") -> Sms:
    """The message for that customer, filled in and measured; it is not stored and not counted yet."""
    business = get_business(current_business_id())
    code = invite_texts.new_code() if invite_texts.has_link(message) else None
    body = invite_texts.filled(message, customer, business, invite_texts.link_of(business, code) if code else "")
    return Sms(
        channel=channel, to_number=customer.phone_number, to_name=customer.name, customer_id=customer.id,
        about=[f"customer:{customer.id}"], language=customer.language, body=body,
        parts=segments.measured(body).count, link_code=code,
    )  # fmt: skip


def ask_to_send(sms: Sms, *, again: bool = False) -> None:
    """Ask the worker to send it, in the morning if it is late now; asked twice, sent once.

    `again` asks for a further job, from within the one that found that it is too late in the day.
    """
    now = clock.now()
    at = quiet_hours.allowed_from(now, get_business(current_business_id()).time_zone) if sms.is_invite else now
    waits = at > now
    sms.next_try_at, sms.code = (at, "quiet") if waits else (None, "")
    sms.words = english("quiet") if waits else ""
    once = f"sms:{sms.id}:{now.isoformat()}" if again else f"sms:{sms.id}"
    enqueue(SEND_SMS, once=once, about=[f"sms:{sms.id}", *sms.about], run_at=at, sms_id=sms.id)


def resend(sms_id: int) -> Invited:
    """Send the same text again as an invite of its own that names the first; it counts as any other.

    Conflict while the first is still on its way. What never left was given back, so sending it again costs one in all.
    """
    with transaction():
        first = lock(Sms, sms_id)
        if first.may_go_out:
            raise Conflict(_("This invite is still on its way."))
        if not first.is_invite:
            raise Conflict(_("Only invites are sent again. The booking's own page says what its customer was told."))
        if first.customer_id is None or not first.body:
            raise Conflict(_("The customer or the text is no longer here."))
        made = invite(first.customer_id, first.body, channel=first.channel, resend_of=first)
        if first.state in TROUBLE and first.handled_at is None:
            first.handled_at = clock.now()
        audit.record("invite.resend", f"sms:{first.public_id}", after={"new": made.sms.public_id})
    return made


def retry(sms_id: int) -> Sms:
    """Try a failed invite again, as the same message. Conflict when it was not ours that failed: then resend it."""
    with transaction():
        sms = lock(Sms, sms_id)
        if sms.may_go_out:
            return sms
        job_id = _failed_job(sms)
        if sms.state != SmsState.FAILED or sms.provider_id is not None or job_id is None:
            raise Conflict(_("This invite cannot be tried again. Send it as a new one."))
        if sms.is_invite and sms.counted_month is None:
            sms.counted_month = plans.take().month
        queue.retry(job_id)
    return sms


@when_tried_again(SEND_SMS)
def tried_again(payloads: list[dict[str, Any]]) -> None:
    """Put the invites of jobs that a person put back on the queue in order; where none is left, it stays failed."""
    for payload in payloads:
        sms = lock(Sms, payload["sms_id"])
        if sms.state not in (SmsState.FAILED, SmsState.HELD) or sms.provider_id is not None:
            continue
        if sms.is_invite and sms.counted_month is None:
            try:
                sms.counted_month = plans.take().month
            except Refusal:
                sms.words, sms.code = english("limit"), "limit"
                announce(InviteFailed.of(sms))
                continue
        sms.state, sms.words, sms.code = SmsState.QUEUED, "", ""
        sms.settled_at = sms.handled_at = None
        db.session.flush()
        announce(InviteQueued.of(sms))


def say_it_arrived(sms_id: int) -> Sms:
    """A person knows that an invite in doubt went out; asked twice it stays. Conflict for any other."""
    with transaction():
        sms = lock(Sms, sms_id)
        if sms.state == SmsState.SENT:
            return sms
        if not sms.is_in_doubt:
            raise Conflict(_("There is no doubt about this invite."))
        sms.state, sms.words, sms.code = SmsState.SENT, "", ""
        sms.sent_at = sms.sent_at or clock.now()
        for attempt in unanswered(sms.id):
            attempt.outcome, attempt.ended_at = "sent", attempt.ended_at or clock.now()
        if (job_id := _failed_job(sms)) is not None:
            queue.close(Job.id == job_id)
        audit.record("invite.arrived", f"sms:{sms.public_id}")
        announce(InviteSent.of(sms))
    return sms


def mark_handled(sms_id: int) -> Sms:
    """Note that a person has dealt with a failure."""
    with transaction():
        sms = lock(Sms, sms_id)
        if sms.state in TROUBLE and sms.handled_at is None:
            sms.handled_at = clock.now()
            audit.record("invite.handled", f"sms:{sms.public_id}")
    return sms


def settle_count(sms: Sms) -> None:
    """Make the month's count say what became of the invite: a failure of ours or the provider's costs nothing.

    Joins the open transaction; whatever order the provider's words came in, the same count stands in the end.
    """
    if not sms.is_invite:
        return
    never_left = sms.state == SmsState.FAILED and sms.provider_id is None and sms.code != IN_DOUBT
    counts = not (never_left or (sms.state in TROUBLE and sms.code in TECHNICAL))
    if counts and sms.counted_month is None:
        zone = get_business(current_business_id()).time_zone
        sms.counted_month = plans.month_of(sms.created_at, zone)
        plans.count_again(sms.counted_month)
    elif not counts and sms.counted_month is not None:
        plans.give_back(sms.counted_month)
        sms.counted_month = None


def unanswered(sms_id: int) -> list[SmsAttempt]:
    """The tries of which nobody knows how they ended, the latest first."""
    rows = select(SmsAttempt).where(SmsAttempt.sms_id == sms_id, SmsAttempt.outcome == "unknown")
    return list(db.session.scalars(rows.order_by(SmsAttempt.id.desc())))


def _failed_job(sms: Sms) -> int | None:
    rows = select(Job.id).where(Job.about.contains([f"sms:{sms.id}"]), Job.state == JobState.FAILED)
    return db.session.scalar(rows.order_by(Job.id.desc()).limit(1))
