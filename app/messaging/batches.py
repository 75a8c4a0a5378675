"""Invites to many: found, looked through by the worker, sent when a person says so, stopped at any moment.

The worker goes a step at a time, each a transaction of its own under the batch's lock: what was done stays done
whatever dies, the next step goes on from there, and whoever stops it waits for one step at most.
"""

from flask_babel import gettext as _
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import joinedload

from app.customers.models import Customer
from app.jobs.queue import enqueue
from app.kernel import audit, clock
from app.kernel.access import current_actor
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, Lapsed
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id
from app.messaging import consent, invites, plans, selections, sms_queries
from app.messaging.batch_models import OPEN, BatchState, InviteBatch, InviteRecipient, Outcome
from app.messaging.jobs import CHECK_BATCH, SEND_BATCH
from app.messaging.providers.sms_words import english
from app.messaging.sms_events import BatchMoved, InviteHeld, InviteQueued
from app.messaging.sms_models import Sms, SmsState

MOST = 10_000
CHECK_STEP, SEND_STEP, STOP_STEP = 500, 200, 500


def draft(message: str, *, q: str = "", tag: str = "", also_recent: bool = False) -> InviteBatch:
    """A batch for everybody whom the words and the tag mean; it is looked through, and sent only by `start`.

    Invalid when they mean nobody, or more than ten thousand.
    """
    with transaction():
        meant = selections.like(q, tag).order_by(None).subquery()
        count = db.session.scalar(select(func.count()).select_from(meant)) or 0
        if not count:
            raise Invalid([("q", _("Nobody fits. Choose other words or another tag."))])
        if count > MOST:
            raise Invalid(
                [("q", _("These are %(count)s customers; at most %(most)s go at once.", count=count, most=MOST))]
            )
        batch = add(
            InviteBatch(
                message=message, q=q, tag=tag, also_recent=also_recent, total=count,
                part_price=plans.standing().part_price, made_by=current_actor().name,
            )
        )  # fmt: skip
        business_id = current_business_id()
        chosen = selections.like(q, tag).where(Customer.business_id == business_id)
        rows = chosen.with_only_columns(
            literal(business_id), literal(batch.id), Customer.id, literal(Outcome.UNCHECKED.value), literal(0)
        )
        columns = ["business_id", "batch_id", "customer_id", "outcome", "parts"]
        db.session.execute(insert(InviteRecipient).from_select(columns, rows))
        enqueue(CHECK_BATCH, once=f"batch:{batch.id}:check", about=[batch_marker(batch)], batch_id=batch.id)
    return batch


def batch_marker(batch: InviteBatch) -> str:
    """What stands for it in facts and jobs."""
    return f"batch:{batch.id}"


def check(batch_id: int) -> None:
    """Look at each customer of the batch: who can get one, who cannot and why."""
    while _check_some(batch_id):
        pass


def start(batch_id: int) -> InviteBatch:
    """Send it to those who can get one; asked twice it is sent once. Conflict before all are looked at, or after."""
    with transaction():
        batch = lock(InviteBatch, batch_id)
        if batch.state in (BatchState.SENDING, BatchState.DONE):
            return batch
        if batch.state != BatchState.READY:
            raise Conflict(_("This sending was stopped, or its customers are still being looked at."))
        batch.state, batch.started_at = BatchState.SENDING, clock.now()
        enqueue(SEND_BATCH, once=f"batch:{batch.id}:send", about=[batch_marker(batch)], batch_id=batch.id)
        audit.record("invites.batch_sent", f"batch:{batch.public_id}", after={"customers": batch.total})
        _tell(batch)
    return batch


def send(batch_id: int) -> None:
    """Invite those who can get one, as far as the plan goes."""
    while _send_some(batch_id):
        pass


def stop(batch_id: int) -> InviteBatch:
    """No more of it: who has none gets none, what has not left is called off and given back. Asked twice it stays."""
    with transaction():
        batch = lock(InviteBatch, batch_id)
        if batch.state != BatchState.STOPPED:
            batch.state, batch.ended_at = BatchState.STOPPED, clock.now()
            _settle_rest(batch, Outcome.STOPPED)
            audit.record("invites.batch_stopped", f"batch:{batch.public_id}")
            _tell(batch)
    while _call_off_some(batch_id):
        pass
    return batch


def _check_some(batch_id: int) -> bool:
    with transaction():
        batch = lock(InviteBatch, batch_id)
        if batch.state != BatchState.CHECKING:
            return False
        rows = _next(batch, Outcome.UNCHECKED, CHECK_STEP)
        if not rows:
            batch.state = BatchState.READY
            _tell(batch)
            return False
        drafts = _judge(batch, rows)
        batch.checked += len(rows)
        batch.parts += sum(sms.parts for sms in drafts.values())
        _tell(batch)
    return True


def _send_some(batch_id: int) -> bool:
    with transaction():
        batch = lock(InviteBatch, batch_id)
        if batch.state != BatchState.SENDING:
            return False
        rows = _next(batch, Outcome.READY, SEND_STEP)
        drafts = _judge(batch, rows)  # once more: who said stop since gets none
        going = [one for one in rows if one.id in drafts]
        try:
            month, room = plans.take_some(len(going))
        except Lapsed:
            return _end(batch, Outcome.LAPSED)
        for one in going[:room]:
            sms = drafts[one.id]
            sms.counted_month, one.outcome = month, Outcome.INVITED
            db.session.add(sms)
        db.session.flush()
        for one in going[:room]:
            sms = drafts[one.id]
            one.sms_id = sms.id
            invites.ask_to_send(sms)
            announce(InviteQueued.of(sms))
        if room < len(going):
            db.session.flush()
            return _end(batch, Outcome.LIMIT)
        if not rows:
            return _end(batch, Outcome.READY)
        _tell(batch)
    return True


def _judge(batch: InviteBatch, rows: list[InviteRecipient]) -> dict[int, Sms]:
    """Note what becomes of each; the messages, not stored yet, for those who can get one, by the row's id."""
    people = [one.customer for one in rows]
    stopped = consent.stopped_among([person.phone_number for person in people])
    since = clock.now() - invites.COOL_DOWN
    recent = set() if batch.also_recent else sms_queries.recently_invited([person.id for person in people], since)
    drafts = {}
    for one in rows:
        sms = invites.written(one.customer, batch.message)
        problem = selections.problem_of(one.customer, sms.body, stopped, recent)
        one.outcome, one.parts = problem or Outcome.READY, 0 if problem else sms.parts
        if not problem:
            drafts[one.id] = sms
    return drafts


def _next(batch: InviteBatch, outcome: Outcome, count: int) -> list[InviteRecipient]:
    rows = select(InviteRecipient).where(InviteRecipient.batch_id == batch.id, InviteRecipient.outcome == outcome)
    rows = rows.options(joinedload(InviteRecipient.customer)).order_by(InviteRecipient.id).limit(count)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def _end(batch: InviteBatch, rest: Outcome) -> bool:
    batch.state, batch.ended_at = BatchState.DONE, clock.now()
    _settle_rest(batch, rest)
    _tell(batch)
    return False


def _settle_rest(batch: InviteBatch, outcome: Outcome) -> None:
    rest = update(InviteRecipient).where(InviteRecipient.batch_id == batch.id, InviteRecipient.outcome.in_(OPEN))
    db.session.execute(rest.values(outcome=outcome).execution_options(synchronize_session=False))


def _call_off_some(batch_id: int) -> int:
    """Call off what waits to leave, some at a time; whatever a worker has just taken goes out and stays counted."""
    with transaction():
        ours = select(InviteRecipient.sms_id).where(InviteRecipient.batch_id == batch_id)
        some = select(Sms.id).where(Sms.id.in_(ours), Sms.state == SmsState.QUEUED).order_by(Sms.id).limit(STOP_STEP)
        rows = select(Sms).where(Sms.id.in_(some)).order_by(Sms.id).with_for_update()
        waiting = db.session.scalars(rows.execution_options(populate_existing=True)).all()
        for sms in waiting:
            if sms.state != SmsState.QUEUED:
                continue
            sms.state, sms.words, sms.code, sms.next_try_at = SmsState.HELD, english("stopped"), "stopped", None
            if sms.counted_month is not None:
                plans.give_back(sms.counted_month)
                sms.counted_month = None
            announce(InviteHeld.of(sms))
        ids = [sms.id for sms in waiting if sms.state == SmsState.HELD]
        change(
            update(InviteRecipient)
            .where(InviteRecipient.sms_id.in_(ids))
            .values(outcome=Outcome.STOPPED)
            .execution_options(synchronize_session=False)
        )
    return len(waiting)


def _tell(batch: InviteBatch) -> None:
    announce(BatchMoved(batch.id, batch.public_id, batch.state))
