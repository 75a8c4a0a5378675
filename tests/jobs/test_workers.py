"""Workers that beat, and workers that see another database."""

from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select

from app.jobs import workers
from app.jobs.models import Worker
from app.kernel.db import db
from app.kernel.valkey import client

pytestmark = pytest.mark.usefixtures("business")


@pytest.fixture(autouse=True)
def _empty_board(app: Any, redis_url: str) -> None:
    with Redis.from_url(redis_url) as line:
        line.flushdb()


def the_worker(name: str = "w1") -> Worker:
    found = db.session.scalar(select(Worker).where(Worker.name == name).execution_options(populate_existing=True))
    assert found is not None
    return found


def test_a_worker_that_beats_is_alive_and_a_silent_one_is_not(clock: Any) -> None:
    assert workers.heard_last() is None
    workers.beat("w1", threads=8, busy=3)
    assert workers.is_alive(the_worker())
    assert (the_worker().threads, the_worker().busy) == (8, 3)
    clock.forward(seconds=61)
    assert not workers.is_alive(the_worker())
    workers.beat("w1", threads=8, busy=0)
    assert workers.is_alive(the_worker())
    assert len(workers.present_workers()) == 1


def test_one_that_ended_in_order_is_not_shown_but_still_says_since_when_nothing_moves(clock: Any) -> None:
    workers.beat("w1", threads=8, busy=0)
    workers.leave("w1")
    assert workers.present_workers() == []
    assert workers.heard_last() is not None
    assert not workers.is_alive(the_worker())


def test_long_gone_workers_are_forgotten_by_those_that_live(clock: Any) -> None:
    workers.beat("w1", threads=8, busy=0)
    clock.forward(hours=2)
    workers.beat("w2", threads=8, busy=0)
    assert [worker.name for worker in workers.present_workers()] == ["w2"]


def test_a_worker_on_another_database_is_noticed() -> None:
    workers.beat("ours", threads=8, busy=0)
    assert workers.strangers() == []
    note("theirs", '{"installation": "another-database"}')
    assert workers.strangers() == ["theirs"]


def test_it_is_noticed_too_when_no_worker_was_ever_here() -> None:
    note("theirs", '{"installation": "another-database"}')
    assert workers.strangers() == ["theirs"]


def test_garbled_notes_are_nobody() -> None:
    workers.beat("ours", threads=8, busy=0)
    for number, garbage in enumerate(["", "{", "[1]", "null", '{"installation": null}', "[" * 50_000, "ÿ\x00"]):
        note(f"x{number}", garbage)
    client().sadd("kontor:workers", b"\xff\xfe")
    assert workers.strangers() == []


def test_what_is_no_list_of_workers_is_no_reason_to_fail() -> None:
    client().set("kontor:workers", "not a set")
    assert workers.strangers() == []
    workers.beat("ours", threads=8, busy=0)
    assert workers.is_alive(the_worker("ours"))


def test_names_whose_note_ran_out_are_taken_off_the_board() -> None:
    note("theirs", '{"installation": "another-database"}')
    client().delete("kontor:worker:theirs")
    assert workers.strangers() == []
    assert client().smembers("kontor:workers") == set()


def test_the_database_has_one_name() -> None:
    assert workers.installation() == workers.installation() != ""


def note(name: str, text: str) -> None:
    client().set(f"kontor:worker:{name}", text, ex=60)
    client().sadd("kontor:workers", name)
