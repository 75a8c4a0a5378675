"""Wishes that only tests have, and a handler for them that notes what it was given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from app.jobs.kinds import GIVEN_UP, HANDLERS, TRIED_AGAIN, JobKind, Lane
from app.jobs.queue import enqueue
from app.kernel.db import transaction

MAIL = JobKind("tests.mail", queue="mail", title="Send a test mail", give_up=timedelta(hours=23))
SMS = JobKind("tests.sms", queue="sms", title="Send a test text", give_up=timedelta(hours=4))
SYNC = JobKind("tests.sync", queue="etl", title="Read a feed", delays=(2.0, 4.0), most_attempts=3)
LIGHT = JobKind("tests.light", queue="bookings", title="Touch a row", lane=Lane.LIGHT)
ROUND = JobKind("tests.round", queue="reports", title="Come round")


def ask(kind: JobKind, **more: Any) -> int:
    """A job of that kind, committed; its inner id."""
    with transaction():
        job_id = enqueue(kind, **more)
    assert job_id is not None
    return job_id


@contextmanager
def done_by(kind: JobKind, handler: Callable[..., None]) -> Iterator[None]:
    """Jobs of that kind are done by this function for a while."""
    HANDLERS[kind.name] = handler
    try:
        yield
    finally:
        for place in (HANDLERS, GIVEN_UP, TRIED_AGAIN):
            place.pop(kind.name, None)
