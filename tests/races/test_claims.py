"""Many workers, one queue: real connections that want the same jobs at the same time."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from app.jobs import claims, queue, schedule
from app.jobs.claims import Claimed
from app.jobs.kinds import Lane
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from tests.jobs.test_claims import row_of
from tests.jobs.wishes import LIGHT, MAIL, ROUND, ask

CROWD = 8


def at_once(app: APIFlask, business: Business, work: Callable[[int], Any], crowd: int = CROWD) -> list[Any]:
    """What each of a crowd got that began at the same moment, each on a connection of its own."""
    gate, business_id = threading.Barrier(crowd, timeout=20), business.id

    def one(number: int) -> Any:
        with app.app_context(), within(business_id):
            db.session.execute(text("select 1"))
            gate.wait()
            return work(number)

    with ThreadPoolExecutor(crowd) as pool:
        return list(pool.map(one, range(crowd)))


def drain(number: int) -> list[int]:
    """Claims until there is nothing, and finishes."""
    got: list[int] = []
    while batch := claims.claim(Lane.PROMPT, f"w{number}") + claims.claim(Lane.LIGHT, f"w{number}"):
        for job in batch:
            got.append(job.id)
            assert claims.finish(job)
    return got


def test_three_hundred_mails_are_each_taken_once_and_the_work_is_spread(business: Business, clean: APIFlask) -> None:
    ids = {ask(MAIL) for _ in range(300)}
    shares = at_once(clean, business, drain)
    taken = Counter(job_id for share in shares for job_id in share)
    assert taken == dict.fromkeys(ids, 1)
    assert sum(1 for share in shares if len(share) > 10) >= CROWD // 2


def test_light_jobs_are_each_taken_once(business: Business, clean: APIFlask) -> None:
    ids = {ask(LIGHT) for _ in range(300)}
    taken = Counter(job_id for share in at_once(clean, business, drain) for job_id in share)
    assert taken == dict.fromkeys(ids, 1)


def test_without_lock_and_condition_the_same_mail_is_taken_by_several(
    business: Business, clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = str(claims._CLAIM).replace("for update of j skip locked", "")
    careless = careless.replace("where id in (select id from heads) and state = 'queued'", "where id in (table heads)")
    monkeypatch.setattr(claims, "_CLAIM", text(careless))
    for _ in range(20):
        ask(MAIL)
        won = at_once(clean, business, lambda number: [job.id for job in claims.claim(Lane.PROMPT, f"w{number}")])
        if any(count > 1 for count in Counter(job_id for share in won for job_id in share).values()):
            return
    pytest.fail("the race never showed: this test proves nothing")


def test_a_crowd_that_finds_fewer_jobs_than_hands_takes_all_of_them(business: Business, clean: APIFlask) -> None:
    # Whoever comes second to a row goes on to the next one, instead of leaving with empty hands.
    for _ in range(10):
        ids = {ask(MAIL) for _ in range(CROWD)}
        won = at_once(clean, business, lambda number: claims.claim(Lane.PROMPT, f"w{number}"))
        jobs: list[Claimed] = [job for share in won for job in share]
        assert {job.id for job in jobs} == ids
        for job in jobs:
            claims.finish(job)


def test_two_sweeps_take_a_lost_job_back_once(business: Business, clean: APIFlask, clock: Any) -> None:
    job_id = ask(MAIL)
    claims.claim(Lane.PROMPT, "gone")
    clock.forward(seconds=61)
    assert sum(at_once(clean, business, lambda _: claims.take_back_lost())) == 1
    assert row_of(job_id).lost_leases == 1


def test_a_round_is_asked_for_once_by_any_number_of_sweeps(
    business: Business, clean: APIFlask, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "PERIODIC", {})
    schedule.periodic("round", ROUND, schedule.every(minutes=10))
    schedule.ask_for_due()
    for _ in range(5):
        clock.forward(minutes=10)
        assert sum(at_once(clean, business, lambda _: schedule.ask_for_due())) == 1
    assert row_count("kind = 'tests.round'") == 5


def test_one_key_asked_for_fifty_times_at_once_is_one_job(business: Business, clean: APIFlask) -> None:
    def wish(_: int) -> bool:
        with transaction():
            return queue.enqueue(MAIL, once="booking:1:received") is not None

    for _ in range(6):
        at_once(clean, business, wish)
    assert row_count("unique_key is not null") == 1


def test_two_people_press_retry_at_once_and_it_is_tried_once(business: Business, clean: APIFlask) -> None:
    job_id = ask(MAIL)
    [job] = claims.claim(Lane.PROMPT, "here")
    claims.fail(job, "No.", "no")
    at_once(clean, business, lambda _: queue.retry(job_id))
    assert row_of(job_id).state == "queued"
    assert row_count("state = 'queued'") == 1
    db.session.rollback()
    assert db.session.scalar(text("select count(*) from audit_log where action = 'job.retry'")) == 1


def test_cancel_and_claim_at_once_have_one_winner(business: Business, clean: APIFlask) -> None:
    for _ in range(20):
        job_id = ask(MAIL)

        def race(number: int, job_id: int = job_id) -> str:
            if number:
                return "claimed" if claims.claim(Lane.PROMPT, "w") else ""
            try:
                queue.cancel(job_id)
            except queue.Conflict:
                return ""
            return "cancelled"

        won = [word for word in at_once(clean, business, race, crowd=2) if word]
        assert won in (["cancelled"], ["claimed"])
        assert row_of(job_id).state == {"cancelled": "cancelled", "claimed": "running"}[won[0]]


def row_count(condition: str) -> int:
    db.session.rollback()
    return int(db.session.scalar(text(f"select count(*) from jobs where {condition}")) or 0)
