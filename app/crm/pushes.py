"""News for other systems: written down with what happened, sent by a job of its own, kept back while paused."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.crm.jobs import PUSH
from app.crm.models import Pause, Push, PushState, Target
from app.crm.providers import choice
from app.crm.said import said_about
from app.jobs.kinds import when_given_up, when_tried_again
from app.jobs.queue import enqueue
from app.kernel import audit, clock, ids
from app.kernel.access import current_actor
from app.kernel.answers import ProviderError
from app.kernel.config import settings
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict
from app.kernel.tenancy import across_businesses, current_business_id

KEPT = timedelta(days=90)
MOST_AT_ONCE = 1_000
DRY = _l("This is a dry run: nothing leaves the machine.")
GONE = _l("It is no longer here.")


def note(event: str, subject: str, subject_public_id: str) -> None:
    """Ask for everybody who is to hear of it to be told; joins the open transaction. Nobody listens: nothing done."""
    for target in choice.targets():
        held = settings().is_dry or is_paused()
        push = add(
            Push(
                target=target, event=event, event_id=f"evt_{ids.public_id()}", subject=subject,
                subject_public_id=subject_public_id, state=PushState.HELD if held else PushState.QUEUED,
                code="dry_run" if settings().is_dry else "paused" if held else "",
                words=str(DRY) if settings().is_dry else "",
            )
        )  # fmt: skip
        if not held:
            _ask(push)


def send(push_id: int) -> None:
    """Tell the other system once more; told twice, it knows it by the event id."""
    with transaction():
        push = lock(Push, push_id)
        if push.state in (PushState.SENT, PushState.HELD):
            return
        push.attempts, push.tried_at = push.attempts + 1, clock.now()
        target, event, event_id, created_at = Target(push.target), push.event, push.event_id, push.created_at
        body = said_about(push.subject, push.event, push.target)
        if body is None:
            push.state, push.words, push.code = PushState.SENT, str(GONE), "gone"
            return
    try:
        receipt = choice.provider(target).tell(event, event_id, created_at, body)
    except ProviderError as error:
        _note_failure(push_id, error)
        raise
    with transaction():
        push = lock(Push, push_id)
        push.state, push.status, push.outside_id = PushState.SENT, receipt.status, receipt.outside_id[:200]
        push.sent_at, push.words, push.code = clock.now(), "", ""


def _note_failure(push_id: int, error: ProviderError) -> None:
    with transaction():
        push = lock(Push, push_id)
        push.status, push.words, push.code = error.status, error.words, error.code
        if error.waiting:
            push.attempts = max(push.attempts - 1, 0)


@when_given_up(PUSH)
def given_up(push_id: int, words: str, code: str) -> None:
    """It was tried long enough, or will never work."""
    push = lock(Push, push_id)
    push.state, push.words, push.code = PushState.FAILED, words, code


@when_tried_again(PUSH)
def tried_again(payloads: list[dict[str, Any]]) -> None:
    """Somebody put the jobs back on the queue."""
    for payload in payloads:
        push = lock(Push, payload["push_id"])
        if push.state != PushState.SENT:
            push.state, push.words, push.code = PushState.QUEUED, "", ""


def replay(push_id: int) -> Push:
    """Send it again under the same event id, whatever became of it. Conflict while it is still on its way."""
    with transaction():
        push = lock(Push, push_id)
        if push.state == PushState.QUEUED:
            raise Conflict(_("This is still on its way."))
        _refuse_held()
        _again(push)
        audit.record("crm.replayed", f"push:{push.public_id}")
    return push


def replay_failed() -> int:
    """The same for all that failed; how many."""
    with transaction():
        _refuse_held()
        rows = select(Push).where(Push.state == PushState.FAILED).order_by(Push.id).limit(MOST_AT_ONCE)
        failed = db.session.scalars(rows.with_for_update(skip_locked=True)).all()
        for push in failed:
            _again(push)
        audit.record("crm.replayed", after={"count": len(failed)})
    return len(failed)


def pause() -> None:
    """Keep news back from now on; what is on its way still goes."""
    _set_pause(paused=True)


def go_on() -> int:
    """Let news go again, what was kept back first; how many."""
    with transaction():
        _set_pause(paused=False)
        if settings().is_dry:
            return 0
        rows = select(Push).where(Push.state == PushState.HELD, Push.code == "paused").order_by(Push.id)
        held = db.session.scalars(rows.limit(MOST_AT_ONCE * 10).with_for_update(skip_locked=True)).all()
        for push in held:
            _again(push)
    return len(held)


def standing() -> Pause | None:
    """The pause of this business, if there ever was one."""
    return db.session.scalar(select(Pause))


def is_paused() -> bool:
    """Whether news are kept back."""
    found = standing()
    return found is not None and found.paused_at is not None


def forget_old() -> None:
    """Delete what went out long ago."""
    with across_businesses(), transaction():
        change(delete(Push).where(Push.created_at < clock.now() - KEPT, Push.state != PushState.QUEUED))


def _ask(push: Push) -> None:
    once = f"crm:{push.id}:{push.attempts}:{clock.now().isoformat()}"
    enqueue(PUSH, once=once, about=[push.subject], push_id=push.id)


def _again(push: Push) -> None:
    push.state, push.words, push.code, push.status = PushState.QUEUED, "", "", None
    db.session.flush()
    _ask(push)


def _refuse_held() -> None:
    if settings().is_dry:
        raise Conflict(str(DRY))
    if is_paused():
        raise Conflict(_("News are paused. Let them go first."))


def _set_pause(*, paused: bool) -> None:
    with transaction():
        at, by = (clock.now(), current_actor().name) if paused else (None, "")
        row = insert(Pause).values(business_id=current_business_id(), paused_at=at, paused_by=by)
        db.session.execute(
            row.on_conflict_do_update(index_elements=["business_id"], set_={"paused_at": at, "paused_by": by})
        )
        audit.record("crm.paused" if paused else "crm.resumed")
