"""Five hundred people want one car at the same moment, and four web processes answer: one has it, the others are told.

`CROWD_ROUNDS=100` plays as many rounds as that; three by itself.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import redis

from tests.faults.client import Answer, all_at_once
from tests.faults.hire import WANTED, Seeker, let_cars, let_time_pass
from tests.faults.processes import Deployment
from tools.servers import Valkey

ROUNDS = int(os.environ.get("CROWD_ROUNDS", "3"))
PEOPLE = 500
RIVALS = 24
pytestmark = pytest.mark.timeout(300 + 30 * ROUNDS)
HELD = "select count(*) from claims where kind = 'hold' and released_at is null and expires_at > now()"
BOOKED = "select count(*) from claims where kind = 'booking' and released_at is null"


def seekers(deployment: Deployment, count: int) -> list[Seeker]:
    """So many people with a cookie each, who have the page of free cars before them."""
    people = [Seeker(deployment.port, "majorna.localhost") for _ in range(count)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Seeker.look, people))
    assert len({tuple(person.cookies.items()) for person in people}) == count
    return people


def rush(people: list[Seeker], car_id: str) -> list[Answer]:
    """What they are told who all want it at once."""
    return all_at_once(len(people), lambda number: people[number].hold(car_id))


@contextmanager
def flushed_all_the_while(valkey: Valkey) -> Iterator[list[int]]:
    """Valkey forgets everything, again and again."""
    times, is_over = [0], threading.Event()

    def flush() -> None:
        with redis.Redis.from_url(valkey.url()) as line:
            while not is_over.is_set():
                line.flushall()
                times[0] += 1
                time.sleep(0.02)

    thread = threading.Thread(target=flush, daemon=True)
    thread.start()
    try:
        yield times
    finally:
        is_over.set()
        thread.join(timeout=10)


def play(deployment: Deployment, car_id: str) -> None:
    """Round after round, each with exactly one winner."""
    people = seekers(deployment, PEOPLE)
    for _ in range(ROUNDS):
        answers = rush(people, car_id)
        assert not [answer.body for answer in answers if answer.status not in (201, 409)]
        assert Counter(answer.status for answer in answers) == {201: 1, 409: PEOPLE - 1}
        assert all(answer.json["alternatives"] for answer in answers if answer.status == 409)
        assert deployment.number(HELD) == 1
        let_time_pass(deployment)
        assert deployment.number(HELD) == 0


def test_five_hundred_want_one_car_and_one_has_it(deployment: Deployment) -> None:
    car_id = let_cars(deployment)[WANTED]
    deployment.start_web(WEB_CONCURRENCY="4")
    play(deployment, car_id)


def test_one_has_it_while_valkey_is_flushed_all_the_while(deployment: Deployment, own_valkey: Valkey) -> None:
    car_id = let_cars(deployment)[WANTED]
    deployment.start_web(WEB_CONCURRENCY="4")
    with flushed_all_the_while(own_valkey) as times:
        play(deployment, car_id)
    assert times[0] > ROUNDS


@pytest.mark.parametrize("constraint", [True, False])
def test_without_the_lock_the_constraint_guards_and_without_both_it_goes_to_several(
    deployment: Deployment, constraint: bool
) -> None:
    car_id = let_cars(deployment)[WANTED]
    deployment.start_web(WEB_CONCURRENCY="4", without="lock of the car")
    if not constraint:
        deployment.do("alter table claims drop constraint ex_claims_no_overlap")
    answers = rush(seekers(deployment, RIVALS), car_id)
    winners = Counter(answer.status for answer in answers)[201]
    assert winners == 1 if constraint else winners > 1
    assert {answer.status for answer in answers} <= {201, 409}


def test_booked_in_the_last_moment_or_too_late_and_never_both_sold_and_gone(deployment: Deployment) -> None:
    car_id = let_cars(deployment)[WANTED]
    deployment.start_web(WEB_CONCURRENCY="4")
    first, second = seekers(deployment, 2)
    seen = Counter[int]()
    for number in range(ROUNDS * 2):
        held = first.hold(car_id).json["holdId"]
        # It ends some milliseconds from now, while the two are on their way.
        moment = f"now() + interval '{number % 10 * 8} milliseconds'"
        deployment.do(
            f"update claims set expires_at = {moment} where kind in ('hold', 'buffer') and expires_at > now()"
        )
        deployment.do(f"update holds set expires_at = {moment} where public_id = %s", held)
        booked, kept = all_at_once(
            2,
            lambda turn: second.hold(car_id) if turn else first.confirm(held, "erik@example.dk"),  # noqa: B023
        )
        if b"holdId" in booked.body or booked.status == 409:  # the answers come in the order in which they were ready
            booked, kept = kept, booked
        assert booked.status in (201, 410), booked.body
        assert kept.status in (201, 409), kept.body
        assert not (booked.status == kept.status == 201)
        assert deployment.number(BOOKED) == (booked.status == 201)
        seen[booked.status] += 1
        deployment.do("update claims set released_at = now() where released_at is null")
        deployment.do("update holds set ended_at = now(), ended_how = 'given_up' where ended_at is null")
    assert sum(seen.values()) == ROUNDS * 2
