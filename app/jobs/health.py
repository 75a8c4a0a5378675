"""How the queue is: for /readyz and /metrics, and the red bar on every page of the office."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import queries, workers
from app.jobs.kinds import QUEUES
from app.jobs.models import Job, JobState, Worker
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db, end_reading
from app.kernel.gates import names_of_silent
from app.web import health
from app.web.doors import can

STRANGERS_KEPT_SECONDS = 10.0


@dataclass(frozen=True)
class Alarm:
    """What everybody in the office should know now; `silent_seconds` is None where no worker was ever heard."""

    kind: str
    silent_seconds: float | None = None
    waiting: int = 0
    names: tuple[str, ...] = ()
    words: str = ""
    queue: str = ""


@dataclass(frozen=True)
class Watch:
    """An outside service without which a queue waits, and the words that say so."""

    gate: str
    queue: str
    words: Any


_watched: dict[str, Watch] = {}


def watch(gate: str, queue: str, words: Any) -> None:
    """Say in the bar on top when that service (what its gate's name begins with) is left alone and the queue waits."""
    _watched[gate] = Watch(gate, queue, words)


def alarms() -> list[Alarm]:
    """What stands in the bar on top: nobody works, somebody works on another database, a provider does not answer."""
    if not can(Can.READ_QUEUE):
        return []
    found = []
    # One statement for both: every page of the office asks.
    heard, away = db.session.execute(
        select(select(func.max(Worker.last_seen)).scalar_subquery(), names_of_silent())
    ).one()
    silent = clock.now() - heard if heard is not None else None
    if silent is None or silent > workers.silent_after():
        seconds = silent.total_seconds() if silent is not None else None
        found.append(Alarm("silent", silent_seconds=seconds, waiting=queries.count_waiting()))
    if strangers := _strangers():
        found.append(Alarm("stranger", names=strangers))
    return found + _providers_away(away or [])


def _providers_away(silent: list[str]) -> list[Alarm]:
    """One for each service that does not answer, however many jobs wait for it; none where nothing waits."""
    found = []
    for one in [one for one in _watched.values() if any(name.startswith(one.gate) for name in silent)]:
        if waiting := queries.count_unfinished(one.queue):
            found.append(Alarm("provider", waiting=waiting, words=str(one.words), queue=one.queue))
    return found


class _Strangers:
    """What was seen on the notice-board a moment ago; a Redis that is away costs its time-out once in that time."""

    guard = threading.Lock()
    seen: tuple[str, ...] = ()
    good_until = 0.0


def _strangers() -> tuple[str, ...]:
    with _Strangers.guard:
        if clock.monotonic() >= _Strangers.good_until:
            _Strangers.seen = tuple(workers.strangers())
            _Strangers.good_until = clock.monotonic() + STRANGERS_KEPT_SECONDS
        return _Strangers.seen


def check_queue() -> dict[str, Any]:
    """Whether due jobs are taken; asked across businesses."""
    try:
        oldest = db.session.scalar(select(func.min(Job.run_at)).where(Job.state == JobState.QUEUED))
        end_reading()
    except SQLAlchemyError:
        db.session.rollback()
        return {"status": "fail"}
    age = max((clock.now() - oldest).total_seconds(), 0.0) if oldest is not None else 0.0
    status = "ok" if age < queries.TOO_OLD.total_seconds() else "warn"
    return {"status": status, "oldestQueuedSeconds": round(age)}


def check_worker() -> dict[str, Any]:
    """When a worker was last heard, and whether one sees another database."""
    try:
        heard = workers.heard_last()
        strangers = _strangers()
        end_reading()
    except SQLAlchemyError:
        db.session.rollback()
        return {"status": "fail", "lastSeen": None}
    is_well = heard is not None and clock.now() - heard <= workers.silent_after() and not strangers
    answer: dict[str, Any] = {"status": "ok" if is_well else "warn", "lastSeen": heard.isoformat() if heard else None}
    if strangers:
        answer["onAnotherDatabase"] = len(strangers)
    return answer


def figures() -> Iterable[Metric]:
    """Jobs by queue and state, their age, and the workers; of all businesses together."""
    now = clock.now()
    jobs = GaugeMetricFamily("kontor_jobs", "Jobs by queue and state", labels=("queue", "state"))
    for (queue, state), count in sorted(_counts(now).items()):
        jobs.add_metric([queue, state], count)
    yield jobs
    age = GaugeMetricFamily("kontor_jobs_oldest_seconds", "How long the oldest due job has waited", labels=("queue",))
    since = select(Job.queue, func.min(Job.run_at)).where(Job.state == JobState.QUEUED).group_by(Job.queue)
    oldest = dict(db.session.execute(since).all())
    for queue in QUEUES:
        waited = (now - oldest[queue]).total_seconds() if queue in oldest else 0.0
        age.add_metric([queue], max(waited, 0.0))
    yield age
    yield from _worker_figures()
    end_reading()


def _counts(now: Any) -> dict[tuple[str, str], int]:
    found = {(queue, state): 0 for queue in QUEUES for state in ("queued", "scheduled", "running", "failed", "done_1h")}
    looks = (
        ("queued", (Job.state == JobState.QUEUED, Job.run_at <= now)),
        ("scheduled", (Job.state == JobState.QUEUED, Job.run_at > now)),
        ("running", (Job.state == JobState.RUNNING,)),
        ("failed", (Job.state == JobState.FAILED, Job.seen.is_(False))),
        ("done_1h", (Job.state == JobState.DONE, Job.finished_at > now - timedelta(hours=1))),
    )
    for state, conditions in looks:
        for queue, count in db.session.execute(
            select(Job.queue, func.count()).where(*conditions).group_by(Job.queue)
        ).all():
            found[queue, state] = count
    return found


def _worker_figures() -> Iterator[Metric]:
    known = db.session.scalars(select(Worker)).all()
    alive = GaugeMetricFamily("kontor_workers_alive", "Workers that beat")
    alive.add_metric([], sum(workers.is_alive(worker) for worker in known))
    yield alive
    seen = GaugeMetricFamily("kontor_worker_last_seen_seconds", "Seconds since any worker was heard")
    heard = workers.heard_last()
    if heard is not None:
        seen.add_metric([], (clock.now() - heard).total_seconds())
    yield seen
    strangers = GaugeMetricFamily("kontor_workers_on_another_database", "Workers that see another database")
    strangers.add_metric([], len(_strangers()))
    yield strangers


def set_up(app: Flask) -> None:
    """Answer at /readyz and /metrics, and give the office's layout its bar."""
    health.add_check("queue", check_queue)
    health.add_check("worker", check_worker)
    health.add_figures("jobs", figures)
    app.jinja_env.globals["queue_alarms"] = alarms
