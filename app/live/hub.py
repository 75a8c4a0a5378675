"""One reader of events a process, however many browsers listen.

Redis says when to look; without it the table is looked at every second or two. Ids commit out of order, so gaps are
remembered for a minute and looked at again.
"""

import queue
import threading
from collections import OrderedDict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import Select, or_, select

from app.kernel import clock, logs
from app.kernel.db import db, end_reading
from app.kernel.events import Event, ring_with
from app.kernel.tenancy import across_businesses
from app.kernel.valkey import Ringer, client

log = logs.logger(__name__)
CHANNEL = "kontor:live"
MOST_WAITING = 200
MOST_GAPS = 2_000
GAP_SECONDS = 60.0
#: Ids commit out of order: whoever comes back hears again what happened so shortly before.
OVERLAP = timedelta(seconds=60)


@dataclass(frozen=True)
class Heard:
    """An event on its way to browsers."""

    id: int
    name: str
    business_id: int
    hears: frozenset[int]
    detail: dict[str, Any]
    at: datetime


@dataclass(eq=False)
class Listener:
    """One open stream: what it may hear and what waits for it."""

    business_id: int
    user_id: int
    hears_all: bool
    waiting: "queue.Queue[Heard]" = field(default_factory=lambda: queue.Queue(MOST_WAITING))
    #: More came than could wait: the stream is to end, so that the browser comes back and reads from the table.
    is_behind: bool = False

    def may_hear(self, event: Heard) -> bool:
        """Staff hear the business, drivers and customers what names them."""
        return event.business_id == self.business_id and (self.hears_all or self.user_id in event.hears)


def publish(_: str) -> None:
    """Tell the other processes that there is something to read."""
    try:
        client().publish(CHANNEL, "")
    except (RedisError, OSError):
        pass  # the readers look by themselves


_bell: Ringer[str] = Ringer(publish)


class Hub:
    """Reads new events and hands them to the listeners of this process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._listeners: set[Listener] = set()
        self._guard = threading.Lock()
        self._wanted = threading.Event()
        self._look = threading.Event()
        self._is_running = False
        self._last = 0
        self._gaps: OrderedDict[int, float] = OrderedDict()

    def join(self, listener: Listener) -> None:
        """Hear from now on; the first listener wakes the reader."""
        with self._guard:
            if not self._listeners:
                self._begin_with_the_present()
            self._listeners.add(listener)
            self._wanted.set()
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="live", daemon=True).start()
                threading.Thread(target=self._subscribe, name="live-bell", daemon=True).start()

    def leave(self, listener: Listener) -> None:
        """Hear no more."""
        with self._guard:
            self._listeners.discard(listener)

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    def _run(self) -> None:
        while True:
            self._sleep_while_alone()
            self._look.wait(1.5)
            self._look.clear()
            try:
                for event in self._read():
                    self._hand_out(event)
            except Exception as error:
                log.warning("live reader", error=type(error).__name__)
                clock.sleep(1)
            clock.sleep(0.05)  # a burst is one look

    def _sleep_while_alone(self) -> None:
        while not self._listeners:
            self._wanted.clear()
            if not self._listeners:  # somebody may have come between the look and the clearing
                self._wanted.wait(60)

    def _begin_with_the_present(self) -> None:
        """Read on from the newest event; what is under way just now may still appear among the latest ids."""
        with across_businesses():
            latest = db.session.scalars(select(Event.id).order_by(Event.id.desc()).limit(MOST_WAITING)).all()
            end_reading()
        newest = max(latest, default=0)
        oldest = max(min(latest, default=0), newest - MOST_GAPS)
        self._last = newest
        self._gaps = OrderedDict.fromkeys(sorted(set(range(oldest, newest)) - set(latest)), clock.monotonic())

    def _read(self) -> list[Heard]:
        gaps = list(self._gaps)
        with self.app.app_context(), across_businesses():
            rows = db.session.execute(
                select(Event.id, Event.name, Event.business_id, Event.hears, Event.detail, Event.at)
                .where(or_(Event.id > self._last, Event.id.in_(gaps)) if gaps else Event.id > self._last)
                .order_by(Event.id)
                .limit(1_000)
            ).all()
            end_reading()
        found = [Heard(row.id, row.name, row.business_id, frozenset(row.hears), row.detail, row.at) for row in rows]
        self._note(found)
        return found

    def _note(self, found: list[Heard]) -> None:
        now = clock.monotonic()
        for event in found:
            self._gaps.pop(event.id, None)
            if event.id > self._last:
                for missing in range(max(self._last + 1, event.id - MOST_GAPS), event.id):
                    self._gaps[missing] = now
                self._last = event.id
        while self._gaps and (len(self._gaps) > MOST_GAPS or next(iter(self._gaps.values())) < now - GAP_SECONDS):
            self._gaps.popitem(last=False)

    def _hand_out(self, event: Heard) -> None:
        with self._guard:
            for listener in self._listeners:
                if listener.may_hear(event):
                    try:
                        listener.waiting.put_nowait(event)
                    except queue.Full:
                        listener.is_behind = True

    def _subscribe(self) -> None:
        while True:
            self._sleep_while_alone()
            try:
                with closing(client().pubsub(ignore_subscribe_messages=True)) as bell:
                    bell.subscribe(CHANNEL)
                    while self._listeners:
                        if bell.get_message(timeout=1.0) is not None:
                            self._look.set()
            except (RedisError, OSError, ValueError):
                clock.sleep(2)


def missed_since(last_id: int, listener: Listener) -> list[Heard]:
    """What a returning listener missed, from a minute before its last id, so that late commits count.

    After a long absence only the latest: an event says what to look at anew, and pages look by themselves.
    """
    last_at = db.session.scalar(select(Event.at).where(Event.id == last_id))
    if last_at is None:
        return []
    return _latest(select(Event).where(Event.at > last_at - OVERLAP, Event.id != last_id), listener)


def _latest(missed: Select[Event], listener: Listener) -> list[Heard]:
    if not listener.hears_all:
        missed = missed.where(Event.hears.contains([listener.user_id]))
    rows = db.session.scalars(missed.order_by(Event.id.desc()).limit(MOST_WAITING)).all()
    return [
        Heard(row.id, row.name, row.business_id, frozenset(row.hears), row.detail, row.at) for row in reversed(rows)
    ]


def newest_event() -> int:
    """The business's newest event, for a page to say from where on its stream is to tell; 0 before there is one."""
    return db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or 0


def happened_after(event_id: int, listener: Listener) -> list[Heard]:
    """What happened since a page was rendered that knew of that event; of very much only the latest."""
    return _latest(select(Event).where(Event.id > event_id), listener)


def set_up(app: Flask) -> None:
    """One hub for this process; each commit that announced something rings it."""
    app.extensions["live"] = Hub(app)
    app.jinja_env.globals["newest_event"] = newest_event
    ring_with(lambda _business_id: _bell.ring(""))
