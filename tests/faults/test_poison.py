"""A job that kills its worker is given up after three; those that were beside it are done."""

from tests.faults.mails import queue_mails
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend

OTHERS = 40
KILLER = """
insert into jobs (business_id, public_id, queue, lane, kind, payload, about, state, attempts, lost_leases, run_at,
  patient_since, words, code, seen, request_id, created_at)
select id, 'killer', 'mail', 'prompt', 'tests.kill', '{}', '{}', 'queued', 0, 0, now(), now(), '', '', false, '', now()
from businesses where slug = 'majorna'
"""


def killer(deployment: Deployment) -> tuple[str, str, int]:
    """State, code and lost leases of the job that kills."""
    [row] = deployment.rows("select state, code, lost_leases from jobs where kind = 'tests.kill'")
    return row["state"], row["code"], row["lost_leases"]


def supervise(deployment: Deployment, without: str, *, deaths: int) -> None:
    """Start a worker, and another one for each that dies, until so many have died."""
    for _ in range(deaths):
        worker = deployment.start_worker(without=without, wait=False, JOB_LEASE_SECONDS="2")
        wait_for(lambda: worker.has_ended, "a worker killed")  # noqa: B023
        assert worker.wait() == -9, worker.last_words()


def test_a_job_that_kills_its_worker_is_poison_after_three(deployment: Deployment, resend: SlowResend) -> None:
    resend.latency = 0.5
    others = queue_mails(deployment.database_url, OTHERS)
    deployment.do(KILLER)
    supervise(deployment, "harmless handlers", deaths=3)
    survivor = deployment.start_worker(without="harmless handlers", JOB_LEASE_SECONDS="2")
    wait_for(lambda: killer(deployment) == ("failed", "poison", 3), "given up")
    resend.latency = 0.0
    left = "select count(*) from jobs where state <> 'done' and kind <> 'tests.kill'"
    wait_for(lambda: deployment.number(left) == 0, "all others done")
    assert not survivor.has_ended
    assert set(resend.per_address()) == others
    assert resend.sent_twice() == []
    assert deployment.number("select count(*) from events where name = 'job.failed'") == 1


def test_without_counting_it_would_kill_for_ever(deployment: Deployment) -> None:
    deployment.do(KILLER)
    supervise(deployment, "harmless handlers,count of lost leases", deaths=4)
    assert killer(deployment)[0] != "failed"
