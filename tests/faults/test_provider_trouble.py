"""The mail provider is slow, rude or mad: each mail goes out once, and nobody else waits for it."""

from tests.faults.mails import queue_mails
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend

MAILS = 60
#: What happens to whoever asks: after each a call that goes well, so that the breaker stays out of it.
TROUBLES = ["drop_after", "500", "drop", "garbage", "429", "drop_after", "bad_json", "truncated", "odd", "503"] * 2


def misbehave(resend: SlowResend) -> None:
    """Hang on those who come first, with and without having taken their mail; then everything else there is."""
    for kind in ("hang_after", "hang") * 2:
        resend.misbehave(kind, seconds=30)
    for kind in TROUBLES:
        resend.misbehave(kind, retry_after="1" if kind == "429" else "")
        resend.misbehave("slow", seconds=0)


def test_each_mail_once_whatever_the_provider_does(deployment: Deployment, resend: SlowResend) -> None:
    misbehave(resend)
    addresses = queue_mails(deployment.database_url, MAILS)
    deployment.start_worker()
    deployment.wait_for_jobs()
    assert set(resend.per_address()) == addresses
    assert resend.sent_twice() == []
    assert not resend.script, "some trouble never came"
    assert deployment.number("select count(*) from email_logs where state = 'sent'") == MAILS
    assert deployment.number("select count(*) from email_attempts where outcome <> 'sent'") >= 4


def test_without_the_idempotency_key_the_provider_would_send_some_twice(
    deployment: Deployment, resend: SlowResend
) -> None:
    resend.misbehave("drop_after", times=3)
    queue_mails(deployment.database_url, 10)
    deployment.start_worker(without="idempotency key")
    wait_for(resend.sent_twice, "a mail sent twice")


def hang_and_book(deployment: Deployment, resend: SlowResend, without: str) -> None:
    """Every call to the provider hangs when somebody books, and more mails wait than there are hands."""
    resend.misbehave("hang", times=1_000, seconds=300)
    queue_mails(deployment.database_url, 40)
    deployment.start_web(WEB_CONCURRENCY="1")
    deployment.start_worker(without=without)
    wait_for(lambda: len(resend.calls) >= 8, "all hands at the provider")
    answer = deployment.browser().book()
    assert (answer.status, answer.seconds < 1) == (201, True)


LETTERS = "select count(*) from jobs where kind = 'bookings.write_confirmation' and state = 'done'"


def test_a_provider_that_hangs_keeps_no_other_queue_waiting(deployment: Deployment, resend: SlowResend) -> None:
    hang_and_book(deployment, resend, "long patience")
    wait_for(lambda: deployment.number(LETTERS) == 1, "the letter written", 60)
    wait_for(lambda: deployment.rows("select 1 from provider_gates where open_until is not null"), "the breaker open")
    resend.behave()
    resend.stopped.set()
    resend.stopped.clear()
    wait_for(lambda: resend.count == 41, "all mails")
    deployment.wait_for_jobs()
    assert resend.sent_twice() == []


def test_without_time_limits_it_would_take_all_hands(deployment: Deployment, resend: SlowResend) -> None:
    hang_and_book(deployment, resend, "time limits")
    swept = "select count(*) from workers where last_seen > now() - interval '2 seconds' and busy = 8"
    booked = "select count(*) from bookings where created_at < now() - interval '6 seconds'"
    wait_for(lambda: deployment.number(booked) and deployment.number(swept), "a while in which all hands hang")
    assert deployment.number(LETTERS) == 0
