"""The bell: real messages on a real Valkey, and what forged ones do to a real consumer (nothing)."""

import json
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from huey.consumer import Consumer
from huey.registry import Message
from redis import Redis

from app.jobs.kinds import Lane
from app.kernel import clock

pytestmark = pytest.mark.usefixtures("app")
FORGERIES = [
    b"",
    b"\xff\xfe\x00 no text at all",
    b"[1, 2, 3]",
    b'"prompt"',
    b"null",
    b"[" * 100_000,
    b'{"id": 1, "name": "os.system", "args": ["rm -rf /"]}',
    b'{"id": "x", "name": "app.jobs.bell.ring", "args": {"lane": "prompt"}}',
    b'{"id": "x", "name": "app.jobs.bell.ring", "args": [["prompt"]]}',
    b'{"id": "x", "name": "app.jobs.bell.ring", "args": ["no such lane"]}',
    b'{"id": "x", "name": "app.jobs.bell.ring", "args": [], "kwargs": {"lane": "light", "more": 1}}',
    b'{"id": "x", "name": "app.jobs.bell.ring", "args": ["prompt"], "eta": "tomorrow", "retries": 1e9}',
    pickle.dumps(("os", "system")),
]


class Exploding:
    """What a pickle may do to whoever reads it."""

    def __reduce__(self) -> Any:
        return (_explode, ())


exploded = threading.Event()


def _explode() -> None:
    exploded.set()


@pytest.fixture
def rung(app: APIFlask) -> Iterator[list[Lane]]:
    """The lanes that a real consumer, in threads of its own, has heard ring."""
    from app.jobs.bell import huey, listen_with  # noqa: PLC0415  # connects by the settings that `app` made

    huey.storage.flush_all()
    heard: list[Lane] = []
    listen_with(heard.append)
    consumer: Consumer = huey.create_consumer(workers=2, periodic=False, initial_delay=0.01, max_delay=0.05)
    consumer.scheduler.start()
    for _, thread in consumer.worker_threads:
        thread.start()
    yield heard
    consumer.stop_flag.set()
    for _, thread in consumer.worker_threads:
        thread.join(5)
    listen_with(lambda _: None)
    huey.consumer = None
    huey.storage.flush_all()


def until(condition: Any, seconds: float = 5) -> bool:
    deadline = clock.monotonic() + seconds
    while not condition() and clock.monotonic() < deadline:
        clock.sleep(0.02)
    return bool(condition())


def put(redis_url: str, message: bytes, number: int = 0) -> None:
    from app.jobs.bell import huey  # noqa: PLC0415

    with Redis.from_url(redis_url) as line:  # Huey sets eight bytes of its own before each message
        line.zadd(huey.storage.queue_key, {number.to_bytes(8) + message: 0})


def test_a_ring_is_heard(rung: list[Lane]) -> None:
    from app.jobs import bell  # noqa: PLC0415

    assert bell.send(Lane.STEADY)
    assert until(lambda: Lane.STEADY in rung)


def test_what_stands_on_the_queue_is_json_and_names_a_lane_only(app: APIFlask, redis_url: str) -> None:
    from app.jobs import bell  # noqa: PLC0415

    bell.huey.storage.flush_all()
    bell.send(Lane.PROMPT)
    with Redis.from_url(redis_url) as line:
        [message] = line.zrange(bell.huey.storage.queue_key, 0, -1)
    found = json.loads(message[8:])  # Huey sets eight bytes of its own before each message
    assert found["args"] == ["prompt"]
    assert not {"business", "payload", "email"} & set(found)
    bell.huey.storage.flush_all()


def test_forged_and_garbled_messages_do_no_harm(rung: list[Lane], redis_url: str) -> None:
    from app.jobs import bell  # noqa: PLC0415

    for number, message in enumerate([*FORGERIES, pickle.dumps(Exploding())]):
        put(redis_url, message, number)
    put(redis_url, b"")
    assert until(lambda: bell.huey.pending_count() == 0)
    bell.send(Lane.LIGHT)
    assert until(lambda: Lane.LIGHT in rung)
    assert not exploded.is_set()
    assert set(rung) <= {Lane.LIGHT, Lane.PROMPT}


def test_a_reader_of_pickles_would_have_been_harmed() -> None:
    pickle.loads(pickle.dumps(Exploding()))  # noqa: S301  # the very thing that must not happen
    assert exploded.is_set()
    exploded.clear()


def test_a_message_survives_the_way_there_and_back() -> None:
    from app.jobs.bell import JsonSerializer  # noqa: PLC0415

    way = JsonSerializer()
    there = Message(id="x", name="ring", args=("prompt",), kwargs={}, priority=10, retries=0, retry_delay=0)
    back = way.deserialize(way.serialize(there))
    assert (back.id, back.name, back.args, back.priority) == ("x", "ring", ("prompt",), 10)


def test_while_redis_is_away_a_ring_is_lost_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.jobs import bell  # noqa: PLC0415

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(bell.huey.storage, "enqueue", refuse)
    began = clock.monotonic()
    assert not bell.send(Lane.PROMPT)
    assert clock.monotonic() - began < 0.5
