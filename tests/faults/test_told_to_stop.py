"""Web and worker are told to stop under load, as at each deployment: what they have in hand is finished or put back."""

import json
import signal
import socket
import time

from tests.faults.client import Crowd, move
from tests.faults.mails import queue_mails
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend
from tools.servers import Valkey

WITHIN = 25.0
RUNNING = "select count(*) from jobs where state = 'running'"
A_MAIL = "kind = 'messaging.send_email'"


class Slow:
    """Somebody whose line is slow: half of the booking is sent, the rest comes later."""

    def __init__(self, deployment: Deployment) -> None:
        body = json.dumps(move(email="slow@example.se")).encode()
        head = (
            f"POST /api/v1/booking HTTP/1.1\r\nHost: majorna.localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self._rest = body[40:]
        self._line = socket.create_connection(("127.0.0.1", deployment.port), timeout=WITHIN)
        self._line.sendall(head.encode() + body[:40])

    def finish(self) -> bytes:
        """Send the rest; the first line of the answer, nothing when the line was cut."""
        try:
            self._line.sendall(self._rest)
            return self._line.makefile("rb").readline()
        except OSError:
            return b""
        finally:
            self._line.close()


def test_web_told_to_stop_under_load(deployment: Deployment) -> None:
    web = deployment.start_web()
    stream = deployment.browser().sign_in().listen()
    slow = Slow(deployment)
    with Crowd(12, lambda: deployment.browser().book()) as crowd:
        wait_for(lambda: len(crowd.acknowledged) > 40, "bookings")
        told = time.monotonic()
        web.ask_to_end()
        wait_for(lambda: stream.ended_at, "the stream's end")
        wait_for(lambda: crowd.broken, "the door closed")
        assert slow.finish().startswith(b"HTTP/1.1 201")
        assert web.wait() == 0
        assert time.monotonic() - told < WITHIN
    assert stream.ended_at is not None
    assert stream.ended_at - told < 3
    assert {answer.status for answer in crowd.answers} == {201}
    deployment.assert_there(crowd.acknowledged)
    # Nothing was taken in hand without its answer: whoever heard nothing has booked nothing.
    assert deployment.number("select count(*) from bookings") == len(crowd.acknowledged) + 1


def test_without_a_look_at_their_worker_streams_hold_it_up_and_a_quick_stop_cuts_off_who_is_served(
    deployment: Deployment,
) -> None:
    web = deployment.start_web(without="streams that end", WEB_CONCURRENCY="1")
    stream = deployment.browser().sign_in().listen()
    slow = Slow(deployment)
    web.ask_to_end()
    wait_for(lambda: not deployment.browser().is_healthy(), "the door closed")
    time.sleep(3.5)  # longer than streams take to end
    assert stream.ended_at is None
    assert not web.has_ended
    web.ask_to_end(signal.SIGQUIT)
    web.wait()
    assert slow.finish() == b""


def test_worker_told_to_stop_under_load(deployment: Deployment, resend: SlowResend) -> None:
    resend.latency = 0.5
    addresses = queue_mails(deployment.database_url, 200)
    worker = deployment.start_worker()
    wait_for(lambda: resend.count >= 20, "mails on their way")
    assert worker.end() < WITHIN
    assert deployment.number(RUNNING) == 0
    assert resend.count < 200
    assert deployment.number("select count(*) from email_logs where state = 'sent'") == resend.count
    assert deployment.number("select count(*) from workers where left_at is null") == 0
    resend.latency = 0.0
    deployment.start_worker()
    deployment.wait_for_jobs()
    assert set(resend.per_address()) == addresses
    assert resend.sent_twice() == []
    # Of the mails only: what comes round by itself may come due at any moment.
    assert deployment.number(f"select count(*) from jobs where {A_MAIL} and (lost_leases > 0 or attempts <> 1)") == 0


def test_without_redis_the_worker_finishes_what_is_in_hand_too(
    deployment: Deployment, own_valkey: Valkey, resend: SlowResend
) -> None:
    own_valkey.kill()
    resend.latency = 1.5
    queue_mails(deployment.database_url, 200)
    worker = deployment.start_worker()
    wait_for(lambda: resend.count >= 4, "mails on their way")
    assert worker.end() < WITHIN
    assert deployment.number(RUNNING) == 0
    assert deployment.number("select count(*) from email_logs where state = 'sent'") == resend.count


def test_without_waiting_for_its_hands_the_worker_would_leave_jobs_to_their_leases(
    deployment: Deployment, own_valkey: Valkey, resend: SlowResend
) -> None:
    own_valkey.kill()
    resend.latency = 1.5
    queue_mails(deployment.database_url, 200)
    worker = deployment.start_worker(without="rest")
    wait_for(lambda: resend.count >= 4, "mails on their way")
    worker.end()
    assert deployment.number(RUNNING) > 0


def test_what_does_not_end_in_time_goes_back_on_the_queue(deployment: Deployment, resend: SlowResend) -> None:
    resend.misbehave("drip_head", times=100, seconds=3)
    queue_mails(deployment.database_url, 20)
    worker = deployment.start_worker()
    wait_for(lambda: len(resend.calls) >= 8, "all hands at the provider")
    assert worker.end() < WITHIN
    assert deployment.number(f"select count(*) from jobs where {A_MAIL} and state = 'queued' and lost_leases = 0") == 20
    assert deployment.number("select count(*) from workers where left_at is null") == 0
