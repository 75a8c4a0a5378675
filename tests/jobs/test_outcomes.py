"""What becomes of a try: done, again later, or given up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, OperationalError

from app.jobs import claims, outcomes
from app.jobs.kinds import GIVEN_UP, JobKind, Lane
from app.jobs.models import Job
from app.kernel.businesses import Business
from app.kernel.db import db, is_away, transaction
from app.kernel.errors import Conflict
from app.kernel.events import Event
from app.kernel.http import ProviderError
from app.kernel.tenancy import business_in_scope
from app.kernel.trace import current_request_id, traced
from tests.jobs.test_claims import row_of
from tests.jobs.wishes import LIGHT, MAIL, SYNC, ask, done_by
from tests.make import make_business

pytestmark = pytest.mark.usefixtures("business")


def raising(error: Exception) -> Callable[..., None]:
    def handler(**_: Any) -> None:
        raise error

    return handler


def busy(**more: Any) -> ProviderError:
    return ProviderError("The provider is busy.", code="later", retry=True, **more)


def try_once(kind: JobKind) -> outcomes.Outcome:
    [job] = claims.claim(kind.travels_in, "here")
    return outcomes.attempt(job)


def gaps_of(kind: JobKind, error: Exception, clock: Any, most: int = 500) -> tuple[Job, list[float]]:
    """The job and the seconds between its tries, until it is given up."""
    job_id, gaps = ask(kind), []
    with done_by(kind, raising(error)):
        for _ in range(most):
            outcome = try_once(kind)
            if outcome.word != "again":
                break
            assert outcome.again_in is not None
            gaps.append(outcome.again_in)
            clock.forward(seconds=outcome.again_in + 0.01)
    return row_of(job_id), gaps


def test_a_job_runs_in_its_business_and_under_the_id_of_its_request(business: Business, run_jobs: Any) -> None:
    seen: list[Any] = []
    with done_by(MAIL, lambda email_id: seen.append((email_id, business_in_scope(), current_request_id()))):
        with traced("0123456789abcdef"):
            job_id = ask(MAIL, email_id=5)
        run_jobs()
    assert seen == [(5, business.id, "0123456789abcdef")]
    assert row_of(job_id).state == "done"


def test_a_passing_error_is_tried_again_at_growing_gaps_with_jitter(clock: Any) -> None:
    row, gaps = gaps_of(MAIL, busy(), clock)
    for turn, gap in enumerate(gaps):
        full = min(5 * 2**turn, 900)
        assert full / 2 <= gap <= full
    assert len({round(gap / min(5 * 2**turn, 900), 3) for turn, gap in enumerate(gaps)}) > 3
    assert (row.state, row.code) == ("failed", "later")
    assert timedelta(hours=22, minutes=30) < row.finished_at - row.patient_since <= timedelta(hours=23)


def test_a_feed_is_tried_three_times_two_and_four_seconds_apart(clock: Any) -> None:
    row, gaps = gaps_of(SYNC, busy(), clock)
    assert gaps == [2.0, 4.0]
    assert (row.state, row.attempts) == ("failed", 3)


def test_what_the_provider_asks_to_wait_comes_first(clock: Any) -> None:
    _, gaps = gaps_of(SYNC, busy(retry_after=17.0), clock)
    assert gaps == [17.0, 17.0]


def test_waiting_for_a_turn_costs_no_attempt(clock: Any) -> None:
    waiting = ProviderError("Not our turn.", code="waiting", retry=True, waiting=True, retry_after=0.4)
    row, gaps = gaps_of(SYNC, waiting, clock, most=20)
    assert gaps == [0.4] * 20
    assert (row.state, row.attempts) == ("queued", 0)


def test_were_waiting_an_attempt_the_third_turn_would_be_the_last(clock: Any) -> None:
    row, _ = gaps_of(SYNC, busy(retry_after=0.4), clock, most=20)
    assert row.state == "failed"


def test_a_permanent_error_is_not_tried_again() -> None:
    job_id = ask(MAIL)
    gone = ProviderError("The mailbox does not exist.", code="no_such_mailbox", retry=False, status=550, detail="5.1.1")
    with done_by(MAIL, raising(gone)):
        assert try_once(MAIL).word == "failed"
    row = row_of(job_id)
    assert (row.state, row.words, row.code, row.attempts) == (
        "failed",
        "The mailbox does not exist.",
        "no_such_mailbox",
        1,
    )
    assert row.machine_words == "550 5.1.1"
    fact = db.session.scalar(select(Event).where(Event.name == "job.failed"))
    assert fact is not None
    assert fact.detail == {"job": job_id, "kind": "tests.mail"}


def test_a_refusal_of_our_own_is_final() -> None:
    job_id = ask(MAIL)
    with done_by(MAIL, raising(Conflict("The booking was cancelled."))):
        try_once(MAIL)
    assert (row_of(job_id).state, row_of(job_id).words) == ("failed", "The booking was cancelled.")


def test_a_bug_is_tried_five_times_and_tells_no_secret(clock: Any) -> None:
    row, gaps = gaps_of(MAIL, ValueError("anna@example.se is not a number"), clock)
    assert len(gaps) == outcomes.MOST_TRIES_OF_A_BUG - 1
    assert (row.state, row.code, row.machine_words) == ("failed", "program", "ValueError")


def test_a_database_that_is_away_costs_no_attempt() -> None:
    job_id = ask(MAIL)
    with done_by(MAIL, raising(OperationalError("select 1", {}, Exception("server closed the connection")))):
        assert try_once(MAIL).word == "again"
    assert row_of(job_id).attempts == 0


def test_a_value_that_cannot_be_stored_is_a_bug_and_not_an_absent_database() -> None:
    assert not is_away(DataError("insert", {}, Exception("cannot dump NUL")))
    assert is_away(OperationalError("select 1", {}, Exception("connection refused")))


def test_a_wish_that_this_version_does_not_know_waits_for_one_that_does(clock: Any) -> None:
    job_id = ask(MAIL)
    outcome = try_once(MAIL)
    assert (outcome.word, row_of(job_id).attempts) == ("again", 0)
    clock.forward(minutes=11)
    assert try_once(MAIL).word == "failed"
    assert row_of(job_id).code == "unknown_kind"


def test_what_a_handler_changes_outside_a_transaction_is_not_kept(business: Business) -> None:
    def careless() -> None:
        found = db.session.get(Business, business.id)
        assert found is not None
        found.name = "Changed by accident"

    job_id = ask(MAIL)
    with done_by(MAIL, careless):
        assert try_once(MAIL).word == "again"
    assert row_of(job_id).machine_words == "StrayChange"
    assert db.session.scalar(text("select count(*) from businesses where name like 'Changed%'")) == 0


def count_of_shops() -> int:
    db.session.rollback()
    return int(db.session.scalar(text("select count(*) from businesses where slug like 'shop%'")) or 0)


def test_light_work_and_its_end_are_one_commit() -> None:
    job_id = ask(LIGHT)
    with done_by(LIGHT, lambda: make_business("shop") and None):
        assert try_once(LIGHT).word == "done"
    assert count_of_shops() == 1
    assert row_of(job_id).state == "done"


def test_light_work_that_breaks_leaves_nothing() -> None:
    def half() -> None:
        make_business("shop")
        raise ValueError

    job_id = ask(LIGHT)
    with done_by(LIGHT, half):
        assert try_once(LIGHT).word == "again"
    assert (count_of_shops(), row_of(job_id).state) == (0, "queued")


def test_light_work_of_a_lost_lease_is_undone(clock: Any) -> None:
    ask(LIGHT)
    with done_by(LIGHT, lambda: make_business("shop") and None):
        [slow] = claims.claim(Lane.LIGHT, "slow")
        clock.forward(seconds=61)
        claims.take_back_lost()
        clock.forward(seconds=3)
        assert outcomes.attempt(slow) is outcomes.LATE
        assert count_of_shops() == 0
        [quick] = claims.claim(Lane.STEADY, "quick")
        assert outcomes.attempt(quick) is outcomes.DONE
    assert count_of_shops() == 1


def test_were_the_end_not_looked_at_light_work_would_be_done_twice(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(LIGHT)
    [slow] = claims.claim(Lane.LIGHT, "slow")
    clock.forward(seconds=61)
    claims.take_back_lost()
    monkeypatch.setattr(claims, "finish", lambda _: True)
    with done_by(LIGHT, lambda: make_business("shop") and None):
        assert outcomes.attempt(slow) is outcomes.DONE
    assert count_of_shops() == 1  # and the job still stands on the queue, to make another


def test_the_outcome_is_written_once_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, tries = ask(MAIL), []

    def away_at_first(job: claims.Claimed) -> bool:
        tries.append(job.id)
        if len(tries) < 3:
            raise OperationalError("update", {}, Exception("connection refused"))
        with transaction():
            return bool(db.session.execute(claims._DONE, {"id": job.id, "token": job.token, "now": None}).rowcount)

    monkeypatch.setattr(claims, "finish", away_at_first)
    monkeypatch.setattr(outcomes, "WRITE_AGAIN_SECONDS", 0.01)
    with done_by(MAIL, lambda: None):
        assert try_once(MAIL).word == "done"
    assert row_of(job_id).state == "done"


def test_a_given_up_job_of_no_business_disturbs_nobody(clean: APIFlask, run_jobs: Any) -> None:
    job_id = ask(MAIL, shared=True)
    heard: list[str] = []
    with done_by(MAIL, raising(Conflict("No."))):
        GIVEN_UP[MAIL.name] = lambda words, code: heard.append(code)
        run_jobs()
    assert (row_of(job_id).state, heard) == ("failed", ["refused"])
    assert db.session.scalar(text("select count(*) from events")) == 0
