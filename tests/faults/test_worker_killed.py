"""The worker is killed in the middle of sending: each mail goes out, and none of them twice."""

from tests.faults.conftest import QUEUED
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend


def kill_among_mails(deployment: Deployment, resend: SlowResend, kills: int, without: str = "") -> None:
    """Kill a worker that often while Resend has mails of which the worker has not heard yet; one is always left."""
    resend.latency = 0.1
    worker = deployment.start_worker(without=without)
    for number in range(1, kills + 1):
        heir = deployment.start_worker(without=without, wait=False)
        seen = resend.count
        wait_for(lambda: resend.count >= max(number * 40, seen + 1), "mails on their way")  # noqa: B023
        worker.kill()
        worker = heir


def test_a_worker_killed_twenty_times_among_a_thousand_mails(busy_deployment: Deployment, resend: SlowResend) -> None:
    kill_among_mails(busy_deployment, resend, 20)
    resend.latency = 0.0
    busy_deployment.wait_for_jobs()
    assert resend.count == QUEUED
    assert resend.sent_twice() == []
    assert busy_deployment.number("select count(*) from email_logs where state = 'sent'") == QUEUED
    assert busy_deployment.number("select count(*) from jobs where lost_leases > 0") > 0, "no kill hit a job"


STEPS = [
    "life before a claim",
    "life after a claim",
    "life after the letter",
    "life after the call",
    "life before the end",
]


def test_a_worker_killed_at_each_step_of_a_job(deployment: Deployment, resend: SlowResend) -> None:
    deployment.start_web(WEB_CONCURRENCY="1")
    for number, step in enumerate(STEPS):
        assert deployment.browser().book(email=f"step{number}@example.se").status == 201
        worker = deployment.start_worker(without=step, wait=False, WORKER_CONCURRENCY="1", JOB_LEASE_SECONDS="600")
        assert worker.wait() == -9, worker.last_words()
    # What the dead had in hand is theirs for ten minutes; nobody wants to wait so long here.
    assert deployment.number("select count(*) from jobs where state = 'running'") == len(STEPS) - 1
    deployment.do("update jobs set lease_until = now() where state = 'running'")
    deployment.start_worker()
    deployment.wait_for_jobs()
    assert resend.per_address() == {f"step{number}@example.se": 1 for number in range(len(STEPS))}


def test_without_the_idempotency_key_mails_go_out_twice(busy_deployment: Deployment, resend: SlowResend) -> None:
    kill_among_mails(busy_deployment, resend, 2, without="idempotency key")
    wait_for(resend.sent_twice, "a mail sent twice")


def test_without_the_search_for_lost_leases_jobs_stay_stuck(busy_deployment: Deployment, resend: SlowResend) -> None:
    kill_among_mails(busy_deployment, resend, 2, without="lost leases")
    overdue = "select count(*) from jobs where state = 'running' and lease_until < now() - interval '3 seconds'"
    wait_for(lambda: busy_deployment.number(overdue), "a stuck job")
