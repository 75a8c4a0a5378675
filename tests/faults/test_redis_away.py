"""Redis forgets everything, or is not there: jobs are done by the sweep alone, and pages and bookings go on."""

import signal
import time
from collections.abc import Callable

import redis

from tests.faults.client import Crowd
from tests.faults.conftest import QUEUED
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend
from tools.servers import Valkey


def book_and_flush(deployment: Deployment, valkey: Valkey) -> None:
    """Bookings whose bells nobody has heard when Redis loses them."""
    web = deployment.start_web()
    for _ in range(5):
        assert deployment.browser().book().status == 201
    with redis.Redis.from_url(valkey.url()) as line:
        wait_for(lambda: line.dbsize(), "bells in Redis")
        web.kill()  # first: no bell may come late
        line.flushall()
        assert line.dbsize() == 0


def test_a_thousand_queued_when_redis_is_flushed_and_goes_away(
    busy_deployment: Deployment, own_valkey: Valkey, resend: SlowResend
) -> None:
    book_and_flush(busy_deployment, own_valkey)
    busy_deployment.start_worker()
    wait_for(lambda: resend.count >= 100, "mails after the flush")
    own_valkey.kill()
    wait_for(lambda: resend.count == QUEUED + 5, "all mails without Redis", 120)
    busy_deployment.wait_for_jobs()
    assert resend.sent_twice() == []


def test_without_the_sweep_a_flush_would_leave_them_lying(
    busy_deployment: Deployment, own_valkey: Valkey, resend: SlowResend
) -> None:
    book_and_flush(busy_deployment, own_valkey)
    worker = busy_deployment.start_worker(without="sweep")
    beats = "select count(*) from workers where last_seen > started_at + interval '3 seconds'"
    wait_for(lambda: busy_deployment.number(beats), "a worker that has swept a few times")
    assert resend.count == 0
    assert not worker.has_ended


class Used:
    """Web while it is used: people who book, somebody of the firm who looks at a page, and strangers."""

    def __init__(self, deployment: Deployment, without: str = "") -> None:
        limits = dict.fromkeys(("RATE_LIMIT_LOGIN", "RATE_LIMIT_BOOKING", "RATE_LIMIT_SEARCH"), "100000/minute")
        deployment.start_web(without=without, WEB_CONCURRENCY="1", **limits)
        ada = deployment.browser().sign_in()
        self.deployment = deployment
        self.bookers = Crowd(3, lambda: deployment.browser().book())
        self.others = (Crowd(1, lambda: ada.get("/account")), Crowd(1, lambda: deployment.browser().get("/")))

    def take_away(self, redis_goes: Callable[[], None], seconds: float) -> None:
        """Take Redis away amid all that, and look how it goes for so long."""
        crowds = (self.bookers, *self.others)
        with self.bookers, self.others[0], self.others[1]:
            wait_for(lambda: all(len(crowd.answers) > 10 for crowd in crowds), "answers before")
            redis_goes()
            gone = time.monotonic()
            wait_for(
                lambda: time.monotonic() > gone + seconds and all(crowd.after(gone) for crowd in crowds),
                "answers after",
            )
        assert not any(crowd.broken for crowd in crowds)
        self.deployment.assert_there(self.bookers.acknowledged)
        self.statuses = {answer.status for crowd in crowds for answer in crowd.answers}
        before = max(answer.seconds for crowd in crowds for answer in crowd.answers if answer.at < gone)
        self.slower_by = [answer.seconds - before for crowd in crowds for answer in crowd.after(gone)]


def test_pages_and_bookings_go_on_when_redis_is_killed(deployment: Deployment, own_valkey: Valkey) -> None:
    used = Used(deployment)
    used.take_away(own_valkey.kill, 5)
    assert used.statuses == {200, 201}
    assert max(used.slower_by) < 1
    assert deployment.browser().get("/readyz").status == 200


def test_pages_and_bookings_go_on_when_redis_answers_no_more(deployment: Deployment, own_valkey: Valkey) -> None:
    valkey = own_valkey.process
    assert valkey is not None
    used = Used(deployment)
    try:
        used.take_away(lambda: valkey.send_signal(signal.SIGSTOP), 5)
        # Whoever is on the way to Redis waits a second for it; then everybody is counted in memory.
        assert max(used.slower_by) < 2
        assert sum(seconds > 0.5 for seconds in used.slower_by) <= 8
        ready = deployment.browser().get("/readyz")
        assert (ready.status, ready.seconds < 3) == (200, True)
    finally:
        valkey.send_signal(signal.SIGCONT)
    assert used.statuses == {200, 201}


def test_without_counting_in_memory_they_would_not(deployment: Deployment, own_valkey: Valkey) -> None:
    used = Used(deployment, without="counting in memory")
    used.take_away(own_valkey.kill, 0)
    assert 500 in used.statuses
