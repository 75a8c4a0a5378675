"""Two workers and one periodic job: it is asked for once, however closely the two look."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.faults.processes import Deployment, Process, wait_for

NAME = "jobs.forget_old"
ASKED = "select count(*) from jobs where kind = 'jobs.forget_old'"
WAITING = """
select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
  and query ilike 'update periodic_jobs%'
"""


@contextmanager
def both_see_it_due(deployment: Deployment, workers: list[Process]) -> Iterator[None]:
    """Both workers have read that the job is due, and want to move the row at the same instant."""
    with psycopg.connect(deployment.database_url) as line:
        for worker in workers:
            os.kill(worker.pid, signal.SIGSTOP)
        try:
            line.execute("update periodic_jobs set next_run = now() - interval '1 second' where name = %s", [NAME])
            line.commit()
            line.execute("select 1 from periodic_jobs where name = %s for update", [NAME])
        finally:
            for worker in workers:
                os.kill(worker.pid, signal.SIGCONT)
        wait_for(lambda: deployment.number(WAITING) == len(workers), "both at the row")
        line.commit()
    yield


def two_workers(deployment: Deployment, without: str = "") -> list[Process]:
    """Two workers that have swept."""
    workers = [deployment.start_worker(without=without, wait=False) for _ in range(2)]
    wait_for(lambda: deployment.number("select count(*) from workers") == 2, "both beating")
    wait_for(lambda: deployment.number("select count(*) from periodic_jobs"), "the periodic jobs")
    return workers


def test_two_workers_ask_for_a_periodic_job_once(deployment: Deployment) -> None:
    workers = two_workers(deployment)
    for turn in range(1, 4):
        with both_see_it_due(deployment, workers):
            wait_for(lambda: deployment.number(ASKED) >= turn, "the job")  # noqa: B023
    deployment.wait_for_jobs()
    assert deployment.number(ASKED) == 3


def test_without_the_condition_both_would_ask(deployment: Deployment) -> None:
    workers = two_workers(deployment, without="first come")
    with both_see_it_due(deployment, workers):
        wait_for(lambda: deployment.number(ASKED) == 2, "the job twice")
