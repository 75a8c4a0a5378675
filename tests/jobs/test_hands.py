"""The worker's hands and its sweep: real threads, each lane its share."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from app.jobs import bell, claims, schedule, workers
from app.jobs.kinds import Lane
from app.jobs.models import Job
from app.jobs.run import Hands
from app.jobs.sweep import Sweep
from app.kernel import clock as the_clock
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.http import ProviderError
from app.kernel.tenancy import within
from tests.jobs.test_bell import until
from tests.jobs.test_claims import row_of
from tests.jobs.wishes import LIGHT, MAIL, SYNC, ask, done_by
from tests.make import make_business


@pytest.fixture
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is away: nothing rings."""
    monkeypatch.setattr(bell, "send", lambda lane: False)


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Set, it ends the hands."""
    flag = threading.Event()
    yield flag
    flag.set()


@pytest.fixture
def hands(clean: APIFlask, no_bell: None, stop: threading.Event) -> Iterator[Hands]:
    """Four hands of a worker without Redis."""
    made = Hands(clean, "test", 4, is_stopping=stop.is_set)
    yield made
    stop.set()
    assert until(lambda: made.busy == 0)


def states() -> dict[str, int]:
    db.session.rollback()
    with db.engine.connect() as line:
        return {row.state: row.n for row in line.execute(text("select state, count(*) as n from jobs group by state"))}


class Slow:
    """A handler that waits to be let go, and counts how many wait."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = 0

    def __call__(self, **_: Any) -> None:
        self.begun += 1
        assert self.go.wait(20)


def test_one_wake_drains_a_lane_with_all_hands(business: Business, hands: Hands) -> None:
    for _ in range(60):
        ask(MAIL)
    together = threading.Barrier(4, timeout=10)
    met: list[int] = []

    def meet_once() -> None:
        if len(met) < 4:
            met.append(1)
            together.wait()

    with done_by(MAIL, meet_once):
        hands.wake(Lane.PROMPT)
        assert until(lambda: states() == {"done": 60}, 15)


def test_slow_work_never_takes_what_people_wait_for(business: Business, hands: Hands) -> None:
    slow = Slow()
    for _ in range(10):
        ask(SYNC)
    with done_by(SYNC, slow), done_by(MAIL, lambda: None):
        hands.wake(Lane.STEADY)
        assert until(lambda: slow.begun == 2)
        hands.wake(Lane.STEADY)
        mail = ask(MAIL)
        hands.wake(Lane.PROMPT)
        assert until(lambda: row_of(mail).state == "done")
        assert slow.begun == 2
        assert hands.busy == 2
        slow.go.set()
        assert until(lambda: states() == {"done": 11}, 15)


def test_in_one_lane_together_a_mail_would_wait_for_the_slow_work(business: Business, hands: Hands) -> None:
    slow = Slow()
    for _ in range(4):
        ask(MAIL, slowly=True)
    with done_by(MAIL, lambda slowly: slow() if slowly else None):
        hands.wake(Lane.PROMPT)
        assert until(lambda: slow.begun == 4)
        mail = ask(MAIL, slowly=False)
        hands.wake(Lane.PROMPT)
        assert not until(lambda: row_of(mail).state == "done", 0.7)
        slow.go.set()
        assert until(lambda: row_of(mail).state == "done")


def test_a_job_asked_for_while_all_hands_are_full_is_not_forgotten(business: Business, clean: APIFlask) -> None:
    # The bell rings while the last slot is still held: whoever holds it looks once more.
    hands = Hands(clean, "test", 1, is_stopping=lambda: False)
    asked: list[int] = []

    def asks_another() -> None:
        if not asked:
            asked.append(ask(MAIL))
            hands.drain(Lane.PROMPT)  # as a second bell would: no slot is free

    ask(MAIL)
    with done_by(MAIL, asks_another):
        hands.drain(Lane.PROMPT)
    assert states() == {"done": 2}


def test_a_job_put_back_for_seconds_does_not_wait_for_the_sweep(business: Business, hands: Hands) -> None:
    tries: list[float] = []

    def soon() -> None:
        tries.append(the_clock.monotonic())
        if len(tries) < 3:
            raise ProviderError("Busy.", code="later", retry=True, retry_after=0.3)

    ask(MAIL)
    with done_by(MAIL, soon):
        hands.drain(Lane.PROMPT)
        assert until(lambda: hands.wake_soon() or len(tries) == 3, 5)
    assert tries[2] - tries[0] < 4


def test_with_a_silent_bell_the_sweep_alone_drains_everything(
    business: Business, hands: Hands, stop: threading.Event, clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "job_sweep_seconds", 0.3)
    monkeypatch.setattr(schedule, "PERIODIC", {})
    for kind in (MAIL, SYNC, LIGHT):
        for _ in range(30):
            ask(kind)
    with done_by(MAIL, lambda: None), done_by(SYNC, lambda: None), done_by(LIGHT, lambda: None):
        sweep = Sweep(clean, hands, stop)
        sweep.start()
        assert until(lambda: states() == {"done": 90}, 20)
        late = ask(MAIL)
        assert until(lambda: row_of(late).state == "done", 5)
    assert workers.heard_last() is not None


def test_without_the_sweep_and_the_bell_nothing_moves(business: Business, hands: Hands) -> None:
    ask(MAIL)
    with done_by(MAIL, lambda: None):
        assert not until(lambda: states() == {"done": 1}, 0.7)


def test_a_step_that_breaks_does_not_keep_the_sweep_from_the_others(
    business: Business, hands: Hands, stop: threading.Event, clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise ValueError("broken rhythm")

    monkeypatch.setattr(schedule, "ask_for_due", broken)
    ask(MAIL)
    with done_by(MAIL, lambda: None):
        Sweep(clean, hands, stop).once()
        assert until(lambda: states() == {"done": 1})


def test_the_lease_of_a_long_job_is_kept(
    business: Business,
    hands: Hands,
    stop: threading.Event,
    clean: APIFlask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings(), "job_lease_seconds", 0.8)
    monkeypatch.setattr(schedule, "PERIODIC", {})
    slow = Slow()
    job_id = ask(MAIL)
    with done_by(MAIL, slow):
        Sweep(clean, hands, stop).start()
        assert until(lambda: slow.begun == 1)
        for _ in range(8):
            the_clock.sleep(0.3)
            assert claims.take_back_lost() == 0
        slow.go.set()
        assert until(lambda: row_of(job_id).state == "done")
    assert row_of(job_id).lost_leases == 0


def test_unkept_it_runs_out(business: Business, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "job_lease_seconds", 0.8)
    slow = Slow()
    ask(MAIL)
    with done_by(MAIL, slow):
        hands.wake(Lane.PROMPT)
        assert until(lambda: slow.begun == 1)
        the_clock.sleep(1)
        assert claims.take_back_lost() == 1
        slow.go.set()


def test_a_worker_that_is_told_to_end_finishes_what_it_has_and_takes_no_more(
    business: Business, hands: Hands, stop: threading.Event
) -> None:
    slow = Slow()
    ids = [ask(SYNC) for _ in range(5)]
    with done_by(SYNC, slow):
        hands.wake(Lane.STEADY)
        assert until(lambda: slow.begun == 2)
        stop.set()
        threading.Timer(0.3, slow.go.set).start()
        hands.rest(patience=10)
        assert hands.busy == 0
    assert sorted(row_of(job_id).state for job_id in ids) == ["done", "done", "queued", "queued", "queued"]


def test_what_it_cannot_finish_in_time_goes_back(business: Business, hands: Hands, stop: threading.Event) -> None:
    slow = Slow()
    job_id = ask(SYNC)
    with done_by(SYNC, slow):
        hands.wake(Lane.STEADY)
        assert until(lambda: slow.begun == 1)
        stop.set()
        hands.rest(patience=0.2)
        row = row_of(job_id)
        assert (row.state, row.attempts, row.lost_leases) == ("queued", 0, 0)
        slow.go.set()
        assert until(lambda: hands.busy == 0)
    assert row_of(job_id).state == "queued"


def test_businesses_are_not_mixed_up_between_jobs(business: Business, hands: Hands) -> None:
    other = make_business("other")
    seen: list[tuple[int, int]] = []

    def look(of: int) -> None:
        from app.kernel.tenancy import current_business_id  # noqa: PLC0415

        with transaction():
            mine = db.session.query(Job).filter(Job.state == "running").count()
        assert mine >= 1
        seen.append((of, current_business_id()))

    for _ in range(20):
        ask(MAIL, of=business.id)
        with within(other.id):
            ask(MAIL, of=other.id)
    with done_by(MAIL, look):
        hands.wake(Lane.PROMPT)
        assert until(lambda: states() == {"done": 40}, 15)
    assert all(of == inside for of, inside in seen)


def test_busy_counts_what_is_in_hand(business: Business, hands: Hands) -> None:
    ask(MAIL)
    seen: list[int] = []
    look: Callable[[], None] = lambda: seen.append(hands.busy)  # noqa: E731
    with done_by(MAIL, look):
        hands.drain(Lane.PROMPT)
    assert seen == [1]
    assert hands.busy == 0
