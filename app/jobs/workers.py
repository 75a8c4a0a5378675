"""Workers that beat: a row in the database, and a note in Redis that says which database they see."""

import json
import os
import resource
import socket
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.jobs.models import Installation, Worker
from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.valkey import client

_NAMES = "kontor:workers"
_NOTE = "kontor:worker:"
NOTE_SECONDS = 120
#: How often pages ask whether somebody works.
ASKED_EVERY = timedelta(seconds=5)
FORGOTTEN_AFTER = timedelta(hours=1)


def worker_name() -> str:
    """Host and process, so that any number of workers can be told apart."""
    return f"{socket.gethostname()[:50]}-{os.getpid()}"


def installation() -> str:
    """What this database is called; made at the first asking."""
    with transaction():
        db.session.execute(insert(Installation).values(id=1).on_conflict_do_nothing())
        return str(db.session.scalar(select(Installation.public_id)))


def beat(name: str, *, threads: int, busy: int) -> None:
    """Say that this worker lives."""
    now = clock.now()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with transaction():
        row = insert(Worker).values(
            name=name, threads=threads, busy=busy, memory_mb=megabytes, started_at=now, last_seen=now
        )
        seen = {"threads": threads, "busy": busy, "memory_mb": megabytes, "last_seen": now, "left_at": None}
        db.session.execute(row.on_conflict_do_update(index_elements=["name"], set_=seen))
        db.session.execute(delete(Worker).where(Worker.last_seen < now - FORGOTTEN_AFTER, Worker.name != name))
    try:
        client().set(_NOTE + name, json.dumps({"installation": installation()}), ex=NOTE_SECONDS)
        client().sadd(_NAMES, name)
    except (RedisError, OSError):
        pass  # the row says enough; the note only finds workers on another database


def leave(name: str) -> None:
    """Say that this worker ended in good order."""
    with transaction():
        db.session.execute(update(Worker).where(Worker.name == name).values(left_at=clock.now(), busy=0))
    try:
        client().delete(_NOTE + name)
        client().srem(_NAMES, name)
    except (RedisError, OSError):
        pass


def present_workers() -> list[Worker]:
    """The workers of this database that beat, or that fell silent without a word; the oldest first."""
    return list(
        db.session.scalars(select(Worker).where(Worker.left_at.is_(None)).order_by(Worker.started_at, Worker.name))
    )


def silent_after() -> timedelta:
    """How long nothing may be heard: so much sooner than said that a page which asks now and then is in time too."""
    return timedelta(seconds=settings().worker_silent_seconds) - ASKED_EVERY


def is_alive(worker: Worker) -> bool:
    """Whether it was heard lately enough."""
    return worker.left_at is None and worker.last_seen > clock.now() - silent_after()


def heard_last() -> datetime | None:
    """When any worker was heard last; None when there never was one."""
    return db.session.scalar(select(Worker.last_seen).order_by(Worker.last_seen.desc()).limit(1))


def strangers() -> list[str]:
    """Workers on our Redis that see another database than ours; empty while Redis is away."""
    try:
        names = sorted(str(name) for name in client().smembers(_NAMES))[:100]
        notes = client().mget([_NOTE + name for name in names]) if names else []
        gone = [name for name, note in zip(names, notes, strict=True) if note is None]
        if gone:
            client().srem(_NAMES, *gone)
    except (RedisError, OSError, ValueError):  # a name that is no text was not written by us
        return []
    seen = {name: _installation_in(str(note)) for name, note in zip(names, notes, strict=True) if note}
    if not any(seen.values()):
        return []
    here = db.session.scalar(select(Installation.public_id))
    return [name for name, installed in seen.items() if installed and installed != here]


def _installation_in(note: str) -> str:
    try:
        found = json.loads(note)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("installation") or "") if isinstance(found, dict) else ""
