"""Workers that beat: a row in the database, and a note in Redis that says which database they see."""

import json
import os
import resource
import socket
from datetime import timedelta

from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.jobs.models import Installation, Worker
from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.valkey import client

_NOTE = "kontor:worker:"
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
        row = insert(Worker).values(name=name, threads=threads, busy=busy, memory_mb=megabytes, started_at=now, last_seen=now)
        db.session.execute(
            row.on_conflict_do_update(index_elements=["name"], set_={"busy": busy, "memory_mb": megabytes, "last_seen": now})
        )
        db.session.execute(delete(Worker).where(Worker.last_seen < now - FORGOTTEN_AFTER))
    try:
        client().set(_NOTE + name, json.dumps({"installation": installation()}), ex=120)
    except (RedisError, OSError):
        pass  # the row says enough; the note only finds workers on another database


def leave(name: str) -> None:
    """Say that this worker ended in good order."""
    with transaction():
        db.session.execute(delete(Worker).where(Worker.name == name))
    try:
        client().delete(_NOTE + name)
    except (RedisError, OSError):
        pass


def all_workers() -> list[Worker]:
    """The workers of this database, the latest heard first."""
    return list(db.session.scalars(select(Worker).order_by(Worker.last_seen.desc())))


def is_alive(worker: Worker) -> bool:
    """Whether it was heard lately enough."""
    return worker.last_seen > clock.now() - timedelta(seconds=settings().worker_silent_seconds)


def heard_last() -> Worker | None:
    """The worker heard last, or None."""
    return db.session.scalar(select(Worker).order_by(Worker.last_seen.desc()).limit(1))


def strangers() -> list[str]:
    """Workers on our Redis that see another database than ours; empty while Redis is away."""
    try:
        names = list(client().scan_iter(f"{_NOTE}*", count=200))
        notes = client().mget(names) if names else []
    except (RedisError, OSError):
        return []
    if not names:
        return []
    here = db.session.scalar(select(Installation.public_id))
    return [
        name.removeprefix(_NOTE)
        for name, note in zip(names, notes, strict=True)
        if note and json.loads(note)["installation"] != here
    ]
