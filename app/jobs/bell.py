"""The bell: a Huey message that holds a lane's name and may be lost, doubled or forged without harm."""

import json
from collections.abc import Callable
from typing import Any

from huey import PriorityRedisExpireHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from redis.exceptions import RedisError

from app.jobs.kinds import Lane
from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.valkey import Ringer

log = logs.logger(__name__)
_PRIORITY = {Lane.PROMPT: 10, Lane.LIGHT: 5, Lane.STEADY: 0}


class JsonSerializer(Serializer):
    """Huey messages as JSON; a pickle is never read from Redis."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data._asdict() if isinstance(data, Message) else data, default=str).encode()

    def _deserialize(self, data: bytes) -> Any:
        found = json.loads(data)
        known = {name: found.get(name) for name in ("id", "name", "priority", "kwargs")}
        return Message(**known, args=tuple(found.get("args") or ()), retries=0, retry_delay=0)


#: How long an interrupted worker (Ctrl-C) may still finish what is in hand.
INTERRUPTED_SECONDS = 3.0


class KontorConsumer(Consumer):
    """Huey's consumer, which waits only for threads of its own; what our threads have in hand is put in order here."""

    def stop(self, graceful: bool = False) -> None:
        """Stop taking; jobs in hand have the shut-down time, then they go back."""
        patience = float(self.shutdown_timeout or 0) if graceful else INTERRUPTED_SECONDS
        deadline = clock.monotonic() + patience
        super().stop(graceful)
        for finish in _finishers:
            finish(max(deadline - clock.monotonic(), 0.0))


class KontorHuey(PriorityRedisExpireHuey):
    """Huey that remembers its consumer, so that a drain sees when the worker is to stop."""

    consumer: Consumer | None = None

    def create_consumer(self, **options: Any) -> Consumer:
        """The consumer."""
        self.consumer = KontorConsumer(self, **options)
        return self.consumer

    @property
    def is_stopping(self) -> bool:
        """Whether the worker was told to stop."""
        return self.consumer is not None and bool(self.consumer.stop_flag.is_set())


huey = KontorHuey("kontor", serializer=JsonSerializer(), results=False, host="127.0.0.1", port=1)


def connect() -> None:
    """Hang the bell up where the settings say; before, it rings unheard."""
    huey.storage_kwargs = {
        "connection_pool": ConnectionPool.from_url(
            settings().redis_url or "redis://127.0.0.1:1/0",
            socket_connect_timeout=1,
            socket_timeout=5,
            health_check_interval=30,
        )
    }
    huey.storage = huey.create_storage()


_listeners: list[Callable[[Lane], None]] = []
_finishers: list[Callable[[float], None]] = []


def listen_with(drain: Callable[[Lane], None]) -> None:
    """Call `drain(lane)` when the bell of a lane rings; only the worker listens."""
    _listeners[:] = [drain]


def finish_with(finish: Callable[[float], None]) -> None:
    """Call `finish(seconds)` when the worker ends, with what is left of its time."""
    _finishers[:] = [finish]


@huey.task(name="ring", retries=0)
def ring_task(lane: str) -> None:
    """What a message says; anything that names no lane is dropped."""
    if lane in set(Lane) and _listeners:
        _listeners[0](Lane(lane))


def send(lane: Lane) -> bool:
    """Put one message on the queue; False while Redis is away (the sweep finds the jobs all the same)."""
    try:
        ring_task(str(lane), priority=_PRIORITY[lane])
        return True
    except (RedisError, OSError) as error:
        log.debug("bell not rung", lane=str(lane), error=type(error).__name__)
        return False


bell: Ringer[Lane] = Ringer(send)
