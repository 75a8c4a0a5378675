"""The web process is killed in the middle of requests: what it said is true, and nothing is there by halves."""

import itertools
import os
import signal

from tests.faults.client import Answer, Broken, Crowd
from tests.faults.processes import Deployment, Process, wait_for


class Persistent:
    """Somebody who books with a key and asks again under the same key until they are told."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.keys = itertools.count(1)
        self.asked = 0

    def __call__(self) -> Answer:
        number = next(self.keys)
        self.asked += 1
        email = f"persistent{number}@example.se"
        while True:
            try:
                answer = self.deployment.browser().book(key=f"key-{number}", email=email)
            except Broken:
                wait_for(lambda: self.deployment.browser().is_healthy(), "a web process")
                continue
            if answer.status != 409:  # the one before is still under way
                return answer


def kill_in_mid_request(deployment: Deployment, crowd: Crowd, web: Process) -> None:
    """Kill it while it is answering the crowd."""
    seen = len(crowd.acknowledged)
    wait_for(lambda: len(crowd.acknowledged) > seen + 40, "bookings")
    web.kill()


def kill_one_in_mid_request(crowd: Crowd, web: Process) -> None:
    """Kill one of the two that serve; another takes its place."""
    wait_for(lambda: len(web.children) == 2, "two that serve")
    one = web.children[0]
    seen = len(crowd.acknowledged)
    wait_for(lambda: len(crowd.acknowledged) > seen + 40, "bookings")
    os.kill(one, signal.SIGKILL)
    wait_for(lambda: len(web.children) == 2 and one not in web.children, "another in its place")
    seen = len(crowd.acknowledged)
    wait_for(lambda: len(crowd.acknowledged) > seen + 40, "bookings")


HALVES = """
select b.public_id from bookings b
left join customers c on c.id = b.customer_id
left join email_logs e on e.about @> array['booking:' || b.id]::varchar[]
left join jobs j on j.about @> array['booking:' || b.id]::varchar[]
left join events v on v.name = 'booking.created' and v.about @> array['booking:' || b.id]::varchar[]
where c.id is null or e.id is null or j.id is null or v.id is null
"""


def test_the_web_processes_are_killed_again_and_again(deployment: Deployment) -> None:
    book = Persistent(deployment)
    with Crowd(12, book) as crowd:
        for _ in range(3):
            kill_in_mid_request(deployment, crowd, deployment.start_web())
        web = deployment.start_web()
        kill_one_in_mid_request(crowd, web)
    assert {answer.status for answer in crowd.answers} == {201}
    deployment.assert_there(crowd.acknowledged)
    assert deployment.rows(HALVES) == []
    # Asked again under the same key after each cut, everybody has booked once.
    assert deployment.number("select count(*) from bookings") == book.asked == len(set(crowd.acknowledged))
    assert deployment.number("select count(*) from customers") == book.asked
    assert deployment.number("select count(*) from jobs") == book.asked


def test_answered_before_the_commit_bookings_would_be_lost(deployment: Deployment) -> None:
    web = deployment.start_web(without="commit before the answer", WEB_CONCURRENCY="1")
    with Crowd(12, lambda: deployment.browser().book()) as crowd:
        kill_in_mid_request(deployment, crowd, web)
    assert deployment.missing(crowd.acknowledged)


def test_written_in_two_transactions_bookings_would_stay_half(deployment: Deployment) -> None:
    web = deployment.start_web(without="one transaction", WEB_CONCURRENCY="1")
    with Crowd(12, lambda: deployment.browser().book()) as crowd:
        kill_in_mid_request(deployment, crowd, web)
    assert deployment.rows(HALVES)
