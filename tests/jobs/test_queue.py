"""Asking for jobs, and what a person may do with them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.jobs import claims, queue
from app.jobs.kinds import GIVEN_UP, TRIED_AGAIN, JobKind, Lane
from app.jobs.models import Job
from app.jobs.queue import enqueue
from app.kernel.audit import AuditEntry
from app.kernel.db import StrayChange, db, transaction
from app.kernel.errors import Conflict
from app.kernel.events import Event
from app.kernel.tenancy import within
from tests.jobs.test_claims import claim_one, row_of
from tests.jobs.wishes import MAIL, SMS, ask, done_by
from tests.make import make_business

pytestmark = pytest.mark.usefixtures("business")


def failed(kind: JobKind = MAIL, words: str = "The mailbox does not exist.", **payload: Any) -> int:
    """A job that was given up."""
    job_id = ask(kind, **payload)
    [job] = claims.claim(kind.travels_in, "here")
    assert job.id == job_id
    claims.fail(job, words, "no_such_mailbox")
    return job_id


def ask_and_break() -> None:
    with transaction():
        enqueue(MAIL)
        raise ZeroDivisionError


def test_a_job_is_there_when_what_it_is_about_is_there_and_only_then() -> None:
    with pytest.raises(ZeroDivisionError):
        ask_and_break()
    assert db.session.scalar(text("select count(*) from jobs")) == 0
    ask(MAIL)
    assert db.session.scalar(text("select count(*) from jobs")) == 1


def test_the_bell_rings_after_the_commit_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Lane] = []
    monkeypatch.setattr(queue.bell, "ring", rung.append)
    with transaction():
        enqueue(MAIL)
        assert rung == []
    assert rung == [Lane.PROMPT]
    with pytest.raises(ZeroDivisionError):
        ask_and_break()
    assert rung == [Lane.PROMPT]


def test_nothing_is_asked_for_outside_a_transaction() -> None:
    with pytest.raises(StrayChange):
        enqueue(MAIL)


def test_asked_twice_with_one_key_it_is_one_job_also_after_it_is_done() -> None:
    with transaction():
        assert enqueue(MAIL, once="booking:1:received") is not None
    with transaction():
        assert enqueue(MAIL, once="booking:1:received") is None
    claims.finish(claim_one())
    with transaction():
        assert enqueue(MAIL, once="booking:1:received") is None
        assert enqueue(MAIL, once="booking:2:received") is not None
        assert enqueue(SMS, once="booking:1:received") is not None


def test_a_key_is_one_business_s_own() -> None:
    ask(MAIL, once="booking:1")
    with within(make_business("other").id):
        ask(MAIL, once="booking:1")
    ask(MAIL, once="booking:1", shared=True)


def test_without_the_unique_key_there_would_be_two() -> None:
    with transaction():
        db.session.execute(text("drop index uq_jobs_unique_key"))
        assert enqueue(MAIL, once="same") is not None
        assert enqueue(MAIL, once="same") is not None
        db.session.rollback()  # brings the index back


def test_a_failed_job_that_is_tried_again_starts_anew(clock: Any) -> None:
    job_id = failed()
    clock.forward(hours=30)
    queue.retry(job_id)
    row = row_of(job_id)
    assert (row.state, row.attempts, row.finished_at) == ("queued", 0, None)
    assert row.patient_since > clock.now() - timedelta(minutes=1)
    assert claim_one().id == job_id


def test_pressing_twice_is_once() -> None:
    job_id = failed()
    queue.retry(job_id)
    queue.retry(job_id)
    assert db.session.scalars(select(AuditEntry.action)).all() == ["job.retry"]


def test_what_waits_for_its_next_try_is_brought_forward_and_what_is_meant_for_later_is_not(clock: Any) -> None:
    waiting, later = ask(MAIL), ask(SMS, run_at=clock.now() + timedelta(days=1))
    claims.put_back(claim_one(), at=clock.now() + timedelta(minutes=10))
    queue.retry(waiting)
    queue.retry(later)
    assert claim_one().id == waiting
    assert claims.claim(Lane.PROMPT, "here") == []


def test_what_is_under_way_or_done_is_neither_tried_again_nor_cancelled() -> None:
    job_id = ask(MAIL)
    job = claim_one()
    for act in (queue.retry, queue.cancel):
        with pytest.raises(Conflict):
            act(job_id)
    claims.finish(job)
    for act in (queue.retry, queue.cancel):
        with pytest.raises(Conflict):
            act(job_id)


def test_the_feature_hears_of_jobs_that_are_tried_again_all_at_once() -> None:
    heard: list[Any] = []
    TRIED_AGAIN[MAIL.name] = heard.append
    try:
        one = failed(email_id=1)
        queue.retry(one)
        claims.finish(claim_one())
        failed(email_id=2)
        failed(email_id=3)
        failed(SMS)
        assert queue.retry_all() == 3
    finally:
        del TRIED_AGAIN[MAIL.name]
    assert heard == [[{"email_id": 1}], [{"email_id": 2}, {"email_id": 3}]]


def test_a_job_taken_off_the_queue_is_never_done_and_its_feature_hears_of_it() -> None:
    heard: list[Any] = []
    GIVEN_UP[MAIL.name] = lambda **said: heard.append(said["code"])
    try:
        job_id = ask(MAIL)
        queue.cancel(job_id)
        queue.cancel(job_id)
    finally:
        del GIVEN_UP[MAIL.name]
    assert (row_of(job_id).state, heard) == ("cancelled", ["cancelled"])
    assert claims.claim(Lane.PROMPT, "here") == []


def test_retry_all_takes_thousands_in_steps_and_each_once(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    monkeypatch.setattr(queue, "MOST_AT_ONCE", 3)
    ids = [failed() for _ in range(7)]
    again = queue.retry_some

    def and_fail_at_once(*conditions: Any, **more: Any) -> int:
        moved = again(*conditions, most=3)
        clock.forward(seconds=1)
        for job in (claim_one() for _ in range(moved)):
            claims.fail(job, "Still not there.", "no_such_mailbox")
        return moved

    monkeypatch.setattr(queue, "retry_some", and_fail_at_once)
    assert queue.retry_all() == 7
    assert {row_of(job_id).state for job_id in ids} == {"failed"}


def test_retry_touches_no_other_business() -> None:
    other = make_business("other")
    with within(other.id):
        theirs = failed()
    mine = failed()
    assert queue.retry_all() == 1
    assert (row_of(mine).state, row_of(theirs).state) == ("queued", "failed")


def test_a_failure_that_was_seen_is_closed_with_what_was_said_to_it() -> None:
    job_id = failed()
    assert queue.close(Job.id == job_id, note="Called her, she has it on paper.") == 1
    assert queue.close(Job.id == job_id, note="Again.") == 0
    row = row_of(job_id)
    assert (row.state, row.seen, row.note) == ("failed", True, "Called her, she has it on paper.")
    queue.retry(job_id)
    assert (row_of(job_id).seen, row_of(job_id).note) == (False, "")


def test_pages_hear_of_what_a_person_did() -> None:
    job_id = failed()
    queue.retry(job_id)
    queue.cancel(job_id)
    assert db.session.scalars(select(Event.name).order_by(Event.id)).all() == [
        "job.failed",
        "job.changed",
        "job.changed",
    ]


def test_a_retried_job_is_done(run_jobs: Any) -> None:
    job_id, done = failed(email_id=4), []
    with done_by(MAIL, lambda email_id: done.append(email_id)):
        queue.retry(job_id)
        run_jobs()
    assert done == [4]
    assert row_of(job_id).state == "done"
