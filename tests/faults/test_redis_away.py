"""Redis forgets everything, or is not there: jobs are done all the same, by the sweep alone."""

import redis

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
        line.flushall()
        assert line.dbsize() == 0
    web.kill()


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
