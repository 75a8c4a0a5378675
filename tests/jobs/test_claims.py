"""Taking jobs and giving the outcome back."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.jobs import claims
from app.jobs.kinds import GIVEN_UP, Lane
from app.jobs.models import Job
from app.kernel.db import db, transaction
from app.kernel.events import Event
from app.kernel.tenancy import across_businesses, within
from tests.jobs.wishes import LIGHT, MAIL, SMS, SYNC, ask
from tests.make import make_business

pytestmark = pytest.mark.usefixtures("business")


def row_of(job_id: int) -> Job:
    db.session.rollback()
    with across_businesses():
        found = db.session.scalar(select(Job).where(Job.id == job_id).execution_options(populate_existing=True))
    assert found is not None
    return found


def claim_one(lane: Lane = Lane.PROMPT) -> claims.Claimed:
    [job] = claims.claim(lane, "here")
    return job


def test_a_claimed_job_is_nobody_elses() -> None:
    job_id = ask(MAIL)
    assert claim_one().id == job_id
    assert claims.claim(Lane.PROMPT, "there") == []
    row = row_of(job_id)
    assert (row.state, row.attempts, row.worker) == ("running", 1, "here")


def test_without_the_condition_on_the_state_a_job_would_be_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(MAIL)
    claim_one()
    statement = str(claims._CLAIM)
    monkeypatch.setattr(claims, "_CLAIM", text(statement.replace("state = 'queued'", "state <> 'done'")))
    assert len(claims.claim(Lane.PROMPT, "there")) == 1


def test_a_job_is_taken_when_its_time_has_come(clock: Any) -> None:
    ask(MAIL, run_at=clock.now() + timedelta(minutes=5))
    assert claims.claim(Lane.PROMPT, "here") == []
    assert claims.due_lanes() == []
    clock.forward(minutes=5, seconds=1)
    assert claims.due_lanes() == [Lane.PROMPT]
    claim_one()


def test_only_the_lane_that_has_something_due_is_offered() -> None:
    ask(SYNC)
    assert claims.due_lanes() == [Lane.STEADY]
    assert claims.claim(Lane.PROMPT, "here") == []


def test_finishing_with_the_token_ends_the_job_and_wipes_old_words() -> None:
    job_id = ask(MAIL)
    claims.put_back(claim_one(), at=row_of(job_id).run_at, words="Busy.", code="later", machine="503")
    assert claims.finish(claim_one())
    row = row_of(job_id)
    assert (row.state, row.words, row.code, row.machine_words, row.claim_token) == ("done", "", "", "", None)


def test_whoever_lost_the_lease_changes_nothing(clock: Any) -> None:
    job_id = ask(MAIL)
    slow = claim_one()
    clock.forward(seconds=61)
    assert claims.take_back_lost() == 1
    clock.forward(seconds=3)
    quick = claim_one()
    assert not claims.finish(slow)
    assert not claims.put_back(slow, at=clock.now())
    assert not claims.fail(slow, "No.", "no")
    assert row_of(job_id).state == "running"
    assert row_of(job_id).claim_token == quick.token
    assert claims.finish(quick)


def test_without_the_token_the_slow_one_would_end_the_job_of_the_quick_one(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(MAIL)
    slow = claim_one()
    clock.forward(seconds=61)
    claims.take_back_lost()
    clock.forward(seconds=3)
    claim_one()
    monkeypatch.setattr(
        claims, "_DONE", text(str(claims._DONE).replace("claim_token = :token", "cast(:token as text) is not null"))
    )
    assert claims.finish(slow)


def test_a_lease_that_is_renewed_is_not_taken_back(clock: Any) -> None:
    ask(MAIL)
    job = claim_one()
    for _ in range(5):
        clock.forward(seconds=45)
        claims.renew([job.token])
        assert claims.take_back_lost() == 0
    clock.forward(seconds=61)
    assert claims.take_back_lost() == 1


def test_a_job_that_takes_three_workers_with_it_is_poison(clock: Any) -> None:
    job_id = ask(MAIL)
    for turn in (1, 2, 3):
        claim_one()
        clock.forward(seconds=61)
        assert claims.take_back_lost() == 1
        assert row_of(job_id).lost_leases == turn
        clock.forward(seconds=20)
    row = row_of(job_id)
    assert (row.state, row.code, row.seen) == ("failed", "poison", False)
    assert "three times" in row.words
    assert claims.claim(Lane.PROMPT, "here") == []
    assert db.session.scalars(select(Event.name)).all() == ["job.failed"]


def test_light_jobs_of_a_lost_batch_go_on_alone(clock: Any) -> None:
    ids = [ask(LIGHT) for _ in range(5)]
    assert len(claims.claim(Lane.LIGHT, "here")) == 5
    clock.forward(seconds=61)
    claims.take_back_lost()
    clock.forward(seconds=3)
    assert claims.claim(Lane.LIGHT, "here") == []
    assert claim_one(Lane.STEADY).id in ids
    assert row_of(ids[0]).lost_leases == 1


def test_a_batch_of_light_jobs_is_limited_and_others_go_one_by_one() -> None:
    for _ in range(claims.LIGHT_BATCH + 5):
        ask(LIGHT)
        ask(MAIL)
    assert len(claims.claim(Lane.LIGHT, "here")) == claims.LIGHT_BATCH
    assert len(claims.claim(Lane.LIGHT, "here")) == 5
    assert len(claims.claim(Lane.PROMPT, "here")) == 1


def test_the_oldest_of_a_line_goes_first() -> None:
    ids = [ask(MAIL) for _ in range(4)]
    assert [claim_one().id for _ in range(4)] == ids


def test_one_business_with_ten_thousand_jobs_delays_nobody(business: Any) -> None:
    noisy = make_business("noisy")
    crowd(noisy.id, 10_000)
    mine = ask(MAIL)
    turns = [claim_one().business_id for _ in range(20)]
    # Two lines, so each turn is a coin: to wait twenty turns has a chance of one in a million.
    assert business.id in turns
    assert row_of(mine).state == "running"


def test_in_the_order_of_time_alone_the_noisy_business_would_take_every_turn() -> None:
    noisy = make_business("noisy")
    crowd(noisy.id, 1_000)
    ask(MAIL)
    with across_businesses():
        first = db.session.scalars(select(Job.business_id).order_by(Job.run_at, Job.id).limit(100)).all()
    assert set(first) == {noisy.id}


def test_queues_of_one_business_take_turns_too() -> None:
    for _ in range(200):
        ask(MAIL)
    ask(SMS)
    assert "tests.sms" in [claim_one().kind for _ in range(20)]


def test_turns_are_fair_between_many_lines() -> None:
    shops = [make_business(f"shop{number}") for number in range(4)]
    for shop in shops:
        crowd(shop.id, 200)
    turns = Counter(claim_one().business_id for _ in range(200))
    assert set(turns) == {shop.id for shop in shops}
    assert min(turns.values()) > 25


def test_a_light_batch_takes_from_every_line() -> None:
    shops = [make_business(f"shop{number}") for number in range(4)]
    for shop in shops:
        with within(shop.id):
            for _ in range(50):
                ask(LIGHT)
    turns = Counter(job.business_id for job in claims.claim(Lane.LIGHT, "here"))
    assert turns == {shop.id: 5 for shop in shops}


def test_what_a_job_was_about_hears_that_it_was_given_up() -> None:
    heard: list[dict[str, Any]] = []
    GIVEN_UP[MAIL.name] = lambda **said: heard.append(said)
    try:
        ask(MAIL, email_id=7)
        claims.fail(claim_one(), "The mailbox does not exist.", "no_such_mailbox")
    finally:
        del GIVEN_UP[MAIL.name]
    assert heard == [{"email_id": 7, "words": "The mailbox does not exist.", "code": "no_such_mailbox"}]


def test_a_listener_that_breaks_keeps_no_job_from_failing_and_no_sweep_from_sweeping(clock: Any) -> None:
    def break_down(**_: Any) -> None:
        make_business("half-written")
        raise ValueError("broken listener")

    GIVEN_UP[MAIL.name] = break_down
    try:
        first, second = ask(MAIL), ask(SMS)
        for _ in range(3):
            claim_one(), claim_one()
            clock.forward(seconds=61)
            assert claims.take_back_lost() == 2
            clock.forward(seconds=20)
    finally:
        del GIVEN_UP[MAIL.name]
    assert (row_of(first).state, row_of(second).state) == ("failed", "failed")
    assert db.session.scalar(text("select count(*) from businesses where slug = 'half-written'")) == 0


def test_what_is_in_hand_when_the_worker_ends_goes_back_without_a_try_counted(clock: Any) -> None:
    job_id = ask(MAIL)
    job = claim_one()
    assert claims.release([job.token]) == 1
    row = row_of(job_id)
    assert (row.state, row.attempts, row.lost_leases) == ("queued", 0, 0)
    assert not claims.finish(job)


def test_what_a_machine_said_is_kept_short_and_masked() -> None:
    job_id = ask(MAIL)
    claims.fail(claim_one(), "No.", "no", f"550 <anna.lindqvist@example.se> \x00{'x' * 1000}")
    said = row_of(job_id).machine_words
    assert "anna.lindqvist" not in said
    assert len(said) == claims.LONGEST_MACHINE_WORDS


def crowd(business_id: int, count: int) -> None:
    """Due jobs of another business, older than any asked for later."""
    with transaction():
        db.session.execute(
            text(
                "insert into jobs (public_id, business_id, queue, lane, kind, payload, about, state, attempts, "
                "lost_leases, run_at, words, code, seen, request_id, created_at, patient_since) "
                "select 'x' || :b || '-' || n, :b, 'mail', 'prompt', 'tests.mail', '{}', '{}', 'queued', 0, 0, "
                "now() - interval '1 hour', '', '', false, '', now(), now() from generate_series(1, :count) n"
            ),
            {"b": business_id, "count": count},
        )
