"""Redis or Valkey: a doorbell and a notice-board. It may be empty or away at any time, and nothing is lost."""

import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Generic, TypeVar

from redis import Redis

from app.kernel import clock
from app.kernel.config import settings

Item = TypeVar("Item", bound=Hashable)


@cache
def client() -> "Redis":
    """The connection, with time-outs; calls raise RedisError or OSError while it is away."""
    return Redis.from_url(
        settings().redis_url or "redis://127.0.0.1:1/0",
        socket_connect_timeout=1,
        socket_timeout=1,
        health_check_interval=30,
        decode_responses=True,
    )


#: How long after a send the next ones gather, in seconds: a crowd's bells cost no more than one person's.
GATHERED = 0.02


class Ringer(Generic[Item]):
    """Does small sends in a thread of its own, so that nobody waits for them; equal ones that pile up become one."""

    def __init__(self, send: Callable[[Item], object]) -> None:
        self._send = send
        self._waiting: dict[Item, None] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, item: Item) -> None:
        """Send it soon; never raises, never waits."""
        with self._wake:
            self._waiting[item] = None
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting:
                    self._wake.wait()
                items, self._waiting = list(self._waiting), {}
            for item in items:
                self._send(item)
            clock.sleep(GATHERED)
