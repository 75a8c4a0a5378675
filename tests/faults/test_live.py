"""Live events over real streams: prompt with Redis, soon without it, and nothing is missed by who comes back."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.client import Browser, Listening
from tests.faults.conftest import copy_of
from tests.faults.processes import Deployment, wait_for
from tools.servers import Valkey, throw_away

PROMPT, SOON = 1.0, 3.0
EVENT = """
insert into events (business_id, name, about, hears, detail, actor_kind, actor_name, request_id, at)
select id, %s, '{}', '{}', '{}', 'system', '', '', now() from businesses where slug = %s returning id
"""


def heard_after(browser: Browser, stream: Listening) -> float:
    """Seconds from the answer to a booking until the stream tells of it."""
    answer = browser.book()
    assert answer.status == 201
    mine = {"id": answer.json["bookingId"], "reference": answer.json["reference"]}

    def tells() -> list[float]:
        return [event.at for event in stream.of("booking.created") if event.data == mine]

    wait_for(tells, "the event")
    return max(tells()[0] - answer.at, 0.0)


def slowest(deployment: Deployment, stream: Listening) -> float:
    """The longest of some such times; whoever books meets either web process."""
    return max(heard_after(deployment.browser(), stream) for _ in range(8))


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """A Valkey for the tests of this file that leave everything as it was."""
    with throw_away() as folder:
        server = Valkey(Path(folder) / "valkey")
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def live(
    servers: tuple[str, str], quiet_template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Two web processes for those tests."""
    with (
        copy_of(quiet_template, servers[0]) as database,
        Deployment(tmp_path_factory.mktemp("live"), database, valkey.url()) as made,
    ):
        made.start_web()
        yield made


def test_events_are_heard_within_a_second_and_without_redis_within_three(live: Deployment, valkey: Valkey) -> None:
    with live.browser().sign_in().listen() as stream:
        assert slowest(live, stream) < PROMPT
        valkey.kill()
        assert slowest(live, stream) < SOON
        valkey.start()
        wait_for(lambda: slowest(live, stream) < PROMPT, "prompt again")


def test_who_comes_back_is_told_what_was_missed(live: Deployment) -> None:
    missed, stream = come_back(live)
    with stream:
        wait_for(lambda: missed <= {event.id for event in stream.events}, "all that was missed")
        heard_after(live.browser(), stream)
    assert len(missed) == 3


def test_an_event_that_is_committed_late_is_heard_all_the_same(live: Deployment) -> None:
    ada = live.browser().sign_in()
    with ada.listen() as stream:
        late = late_commit(live, stream)
        wait_for(lambda: late in stream.ids, "the late one")
        last = max(stream.ids)
        with ada.listen(str(last)) as again:
            wait_for(lambda: late in again.ids, "the late one by who comes back")


def test_nobody_hears_of_another_firm(live: Deployment) -> None:
    with live.browser().sign_in().listen() as stream:
        assert live.browser("noisy.localhost").book().status == 201
        heard_after(live.browser(), stream)
        assert len(stream.of("booking.created")) == 1


def test_strangers_hear_nothing(live: Deployment) -> None:
    assert live.browser().listen().status == 401


def test_without_replay_memory_of_gaps_and_a_look_now_and_then_events_would_be_missed(
    deployment: Deployment, own_valkey: Valkey
) -> None:
    deployment.start_web(without="replay,gaps,looking without a bell", WEB_CONCURRENCY="1")
    missed, stream = come_back(deployment)
    with stream:
        late = late_commit(deployment, stream)
        heard_after(deployment.browser(), stream)
        assert not missed & stream.ids
        assert late not in stream.ids
        time.sleep(1)  # by then every bell of that booking has been answered
        own_valkey.kill()
        heard = len(stream.events)
        assert deployment.browser().book().status == 201
        time.sleep(SOON + 1)  # by then it would have been heard
        assert len(stream.events) == heard


def come_back(deployment: Deployment) -> tuple[set[int], Listening]:
    """Listen, go away, miss three bookings, and come back with the last id heard; the ids that were missed."""
    ada = deployment.browser().sign_in()
    with ada.listen() as stream:
        heard_after(ada, stream)
        last = stream.events[-1].id
    for _ in range(3):
        assert ada.book().status == 201
    missed = deployment.rows("select id from events where id > %s and name = 'booking.created'", last)
    return {row["id"] for row in missed}, ada.listen(str(last))


def late_commit(deployment: Deployment, stream: Listening) -> int:
    """The id of an event whose transaction ends after that of a later one, which has been heard by then."""
    with psycopg.connect(deployment.database_url) as line:
        row = line.execute(EVENT, ["booking.changed", "majorna"]).fetchone()
        assert row is not None
        heard_after(deployment.browser(), stream)
        assert max(stream.ids) > row[0]
    return int(row[0])
