"""Forgetting what is too old to keep: jobs that are over, events, answers under idempotency keys.

Some thousand rows a transaction, so that nobody waits; a run that is cut off is continued by the next one.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from app.jobs.models import Job, JobState
from app.kernel import clock
from app.kernel.db import change, transaction
from app.kernel.events import Event
from app.kernel.tenancy import across_businesses
from app.web import idempotency

DONE_KEPT = timedelta(days=30)
FAILED_KEPT = timedelta(days=90)
#: Nudges for pages that listen; what stands on somebody's timeline is kept as long as the audit log.
NUDGES_KEPT = timedelta(days=90)
TIMELINE_KEPT = timedelta(days=730)
MOST_AT_ONCE = 5_000


def forget_old() -> int:
    """Delete all of it; how many rows."""
    now = clock.now()
    with across_businesses():
        return sum(
            (
                _delete(Job, Job.state.in_((JobState.DONE, JobState.CANCELLED)), Job.finished_at < now - DONE_KEPT),
                _delete(Job, Job.state == JobState.FAILED, Job.finished_at < now - FAILED_KEPT),
                _delete(Event, Event.about == [], Event.at < now - NUDGES_KEPT),
                _delete(Event, Event.at < now - TIMELINE_KEPT),
                idempotency.forget_old(),
            )
        )


def _delete(model: Any, *conditions: ColumnElement[bool]) -> int:
    total = 0
    while True:
        with transaction():
            some = select(model.id).where(*conditions).limit(MOST_AT_ONCE).cte("some").prefix_with("MATERIALIZED")
            old = delete(model).where(model.id.in_(select(some.c.id)))
            gone = change(old.execution_options(synchronize_session=False))
        total += gone
        if gone < MOST_AT_ONCE:
            return total
