"""One key, fifty times at once, over two web processes: one booking, and everybody is told the same or to ask again."""

from tests.faults.client import Answer, all_at_once
from tests.faults.processes import Deployment, wait_for

TIMES = 50


def book_at_once(deployment: Deployment) -> list[Answer]:
    """The same booking under the same key by as many as stand in line."""
    return all_at_once(TIMES, lambda _: deployment.browser().book(key="the-same", email="once@example.se"))


def counts(deployment: Deployment) -> set[int]:
    """How many rows of each kind there are."""
    return {deployment.number(f"select count(*) from {table}") for table in ("bookings", "jobs", "email_logs")}


def booked_by_a_crowd(deployment: Deployment) -> int:
    """How many bookings one crowd makes under a key that nobody has used."""
    deployment.do("delete from idempotency_keys")
    before = deployment.number("select count(*) from bookings")
    book_at_once(deployment)
    return deployment.number("select count(*) from bookings") - before


def test_one_key_fifty_times_at_once(deployment: Deployment) -> None:
    deployment.start_web()
    answers = book_at_once(deployment)
    told = {answer.body for answer in answers if answer.status == 201}
    assert len(told) == 1
    again = {(answer.status, answer.headers.get("retry-after")) for answer in answers if answer.status != 201}
    assert again <= {(409, "1")}
    assert counts(deployment) == {1}
    later = deployment.browser().book(key="the-same", email="once@example.se")
    assert (later.status, {later.body}, later.headers["idempotent-replayed"]) == (201, told, "true")
    assert deployment.browser().book(key="the-same", email="another@example.se").status == 422
    assert counts(deployment) == {1}


def test_without_the_lock_the_unique_key_keeps_it_at_one_and_without_either_there_are_several(
    deployment: Deployment,
) -> None:
    deployment.start_web(without="idempotency lock")
    book_at_once(deployment)
    assert counts(deployment) == {1}
    deployment.do("drop index uq_idempotency_keys_key")
    # A crowd may be so well in line that the first is done before the second looks: then another one comes.
    wait_for(lambda: booked_by_a_crowd(deployment) > 1, "a crowd that books several times")
