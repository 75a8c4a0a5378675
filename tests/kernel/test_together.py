"""Group commit: many at once in one run, each with its own answer, and nobody harmed by another's fault."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from app.kernel.together import MOST, Together
from tools.children import wait_until

CROWD = 40


class Writer:
    """Runs what is given and remembers the runs; the first run lasts until the whole crowd has asked."""

    def __init__(self, apart: Callable[[int], int] = lambda item: item, crowd: int = CROWD) -> None:
        self.runs: list[list[int]] = []
        self.crowd = crowd
        self.refuse: Callable[[list[int]], Exception | None] = lambda _items: None
        self.together: Together[int, int] = Together(self, apart=apart)

    def __call__(self, items: list[int]) -> list[int]:
        self.runs.append(items)
        if len(self.runs) == 1:
            assert wait_until(lambda: len(items) + len(self.together._waiting) == self.crowd, seconds=20)
        if error := self.refuse(items):
            raise error
        return [item * 2 for item in items]


def crowd(writer: Writer, items: list[int]) -> dict[int, int | str]:
    """What each of them was answered, all asking at once."""
    answers: dict[int, int | str] = {}
    ready = threading.Barrier(len(items))

    def ask(place: int) -> None:
        ready.wait()
        try:
            answers[place] = writer.together.do(items[place])
        except Exception as error:
            answers[place] = type(error).__name__

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_who_comes_at_the_same_moment_shares_a_run_and_gets_the_own_answer() -> None:
    writer = Writer()
    answers = crowd(writer, list(range(CROWD)))
    assert answers == {number: number * 2 for number in range(CROWD)}
    assert sorted(item for run in writer.runs for item in run) == list(range(CROWD))
    assert len(writer.runs) < CROWD
    assert max(map(len, writer.runs)) <= MOST


def test_who_is_alone_is_done_alone() -> None:
    writer = Writer(crowd=1)
    assert [writer.together.do(1), writer.together.do(2)] == [2, 4]
    assert writer.runs == [[1], [2]]


def test_the_same_never_meets_itself_in_one_run() -> None:
    writer = Writer(apart=lambda item: item % 3)
    answers = crowd(writer, list(range(CROWD)))
    assert answers == {number: number * 2 for number in range(CROWD)}
    assert all(len({item % 3 for item in run}) == len(run) for run in writer.runs)


def test_one_that_cannot_be_done_spoils_it_for_nobody_else() -> None:
    writer = Writer()
    writer.refuse = lambda items: ValueError("seven") if 7 in items else None
    answers = crowd(writer, list(range(CROWD)))
    assert answers == {number: "ValueError" if number == 7 else number * 2 for number in range(CROWD)}


@pytest.mark.parametrize("is_away", [True, False])
def test_where_the_database_went_away_nothing_is_tried_again(is_away: bool) -> None:
    """Its commit may have been done: a second try might be a second booking."""
    writer = Writer()
    gone = OperationalError("commit", {}, Exception()) if is_away else ValueError("undone")
    refused: set[int] = set()

    def refuse_many(items: list[int]) -> Exception | None:
        if len(items) > 1:
            refused.update(items)
            return gone
        return None

    writer.refuse = refuse_many
    answers = crowd(writer, list(range(CROWD)))
    assert refused
    expected = "OperationalError" if is_away else None
    assert all(answers[item] == (expected or item * 2) for item in refused)
    assert all(sum(item in run for run in writer.runs) == (1 if is_away else 2) for item in refused)
