"""What is too old to keep is forgotten, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.jobs import claims, queue, retention
from app.kernel.db import add, db, transaction
from app.kernel.events import Event
from app.kernel.tenancy import within
from tests.jobs.test_claims import claim_one
from tests.jobs.test_queue import failed
from tests.jobs.wishes import MAIL, ask
from tests.make import make_business

pytestmark = pytest.mark.usefixtures("business")


def count(what: str) -> int:
    db.session.rollback()
    return int(db.session.scalar(text(f"select count(*) from {what}")) or 0)


def test_done_jobs_go_after_a_month_failed_ones_after_three_and_open_ones_never(clock: Any) -> None:
    ask(MAIL)
    claims.finish(claim_one())
    queue.cancel(ask(MAIL))
    failed()
    ask(MAIL)
    clock.forward(days=29)
    assert retention.forget_old() == 0
    clock.forward(days=2)
    retention.forget_old()
    assert (count("jobs where state in ('done', 'cancelled')"), count("jobs")) == (0, 2)
    clock.forward(days=60)
    retention.forget_old()
    assert (count("jobs where state = 'failed'"), count("jobs where state = 'queued'")) == (0, 1)


def test_it_is_forgotten_for_all_businesses(clock: Any) -> None:
    with within(make_business("other").id):
        failed()
    failed(shared=True)
    clock.forward(days=91)
    retention.forget_old()
    assert count("jobs") == 0


def test_nudges_go_before_what_stands_on_a_timeline(clock: Any) -> None:
    with transaction():
        add(Event(name="job.changed"))
        add(Event(name="booking.created", about=["booking:1"]))
    clock.forward(days=91)
    retention.forget_old()
    assert (count("events"), count("events where name = 'booking.created'")) == (1, 1)
    clock.forward(days=640)
    retention.forget_old()
    assert count("events") == 0


def test_thousands_go_in_steps(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_AT_ONCE", 3)
    for _ in range(8):
        queue.cancel(ask(MAIL))
    with transaction():
        db.session.execute(text("delete from events"))
    clock.forward(days=31)
    assert retention.forget_old() == 8
    assert timedelta(days=30) == retention.DONE_KEPT
