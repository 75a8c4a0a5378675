"""What was done about the demo's mails: the facts that were announced, and the jobs that sent them."""

from datetime import datetime, timedelta
from typing import Any

from app.bookings.jobs import WRITE_CONFIRMATION
from app.cli.demo.mails import Mail
from app.cli.demo.rows import Happened
from app.customers.events import AddressCorrected, AddressTroubled
from app.customers.models import Customer
from app.jobs.kinds import JobKind
from app.jobs.models import Job, JobState
from app.kernel.access import SYSTEM, Actor
from app.messaging.events import (
    EmailBounced,
    EmailComplained,
    EmailDelivered,
    EmailFact,
    EmailFailed,
    EmailHeld,
    EmailOpened,
    EmailQueued,
    EmailSent,
)
from app.messaging.jobs import SEND_EMAIL
from app.messaging.models import EmailState

WORKER = "demo-worker"
#: Jobs that are done are kept for thirty days.
JOBS_KEPT = timedelta(days=29)
_E = EmailState


def tell_mail(mail: Mail, happened: Happened, customer: Customer) -> None:
    """The facts of a mail, as sending it would have announced them."""
    row, request_id = mail.row, mail.about.request_id

    def note(at: datetime | None, fact: type[EmailFact], words: str = "") -> None:
        if at is not None:
            happened.note(at, fact.of(row, words), SYSTEM, request_id)

    if row.state == _E.HELD:
        note(row.created_at, EmailHeld, row.words)
        return
    note(row.created_at, EmailQueued)
    note(row.sent_at, EmailSent)
    if row.state in (_E.DELIVERED, _E.OPENED):
        note(row.settled_at, EmailDelivered)
    if row.state == _E.OPENED and row.settled_at is not None:
        note(row.settled_at + timedelta(minutes=1), EmailOpened)
    if row.state == _E.FAILED:
        note(row.settled_at, EmailFailed, row.words)
    if row.state in (_E.BOUNCED, _E.COMPLAINED) and row.settled_at is not None:
        note(row.settled_at, EmailBounced if row.state == _E.BOUNCED else EmailComplained, row.words)
        happened.note(row.settled_at, AddressTroubled(customer.id, row.code), SYSTEM, request_id)


def tell_correction(first: Mail, again: Mail, happened: Happened, customer: Customer, office: Actor) -> None:
    """The office called and wrote the right address down."""
    happened.note(again.row.created_at, AddressCorrected(customer.id, tuple(first.row.about)), office)


def jobs_of(mail: Mail, now: datetime) -> list[Job]:
    """The two jobs of a confirmation, as far as they are kept."""
    row, booking = mail.row, mail.about.row
    if row.created_at < now - JOBS_KEPT:
        return []
    ids: dict[str, Any] = {"email_id": row.id, "booking_id": booking.id}
    sending = _sending(mail, now)
    if row.resend_of_id is not None:
        return [sending]
    prepared = row.prepared_at or row.created_at
    written = _job(WRITE_CONFIRMATION, mail, ids, row.created_at, [booking.marker, f"email:{row.id}"])
    written.state, written.started_at, written.finished_at = JobState.DONE, row.created_at, prepared
    return [written] if row.state == _E.HELD else [written, sending]


def _sending(mail: Mail, now: datetime) -> Job:
    row, prepared = mail.row, mail.row.prepared_at or mail.row.created_at
    sending = _job(SEND_EMAIL, mail, {"email_id": row.id}, prepared, [f"email:{row.id}", *row.about])
    sending.attempts, sending.words, sending.code = row.attempts, row.words, row.code
    if row.state == _E.FAILED:
        sending.state, sending.finished_at = JobState.FAILED, row.settled_at
    elif row.state == _E.QUEUED:
        sending.state, sending.run_at = JobState.QUEUED, row.next_try_at or now
    elif row.state == _E.SENDING:
        sending.state, sending.claim_token, sending.worker = JobState.RUNNING, "0" * 32, WORKER
        sending.lease_until = now + timedelta(seconds=45)
    else:
        sending.state, sending.finished_at, sending.words, sending.code = JobState.DONE, row.sent_at, "", ""
    sending.started_at = row.sending_since or prepared
    return sending


def _job(kind: JobKind, mail: Mail, payload: dict[str, Any], at: datetime, about: list[str]) -> Job:
    business_id = mail.row.business_id
    return Job(
        business_id=business_id,
        queue=kind.queue,
        lane=str(kind.travels_in),
        kind=kind.name,
        unique_key=f"{business_id}:email:{mail.row.id}",
        payload=payload,
        about=about,
        attempts=1,
        run_at=at,
        patient_since=at,
        worker=WORKER,
        request_id=mail.about.request_id,
        created_at=at,
    )
