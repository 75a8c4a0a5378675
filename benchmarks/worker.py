"""The program's worker with two kinds of jobs that do nearly nothing: `huey_consumer benchmarks.worker.huey`."""

from sqlalchemy import text

from app.jobs.kinds import JobKind, Lane, handles
from app.kernel.db import db, in_transaction, transaction
from tasks.worker import huey

LIGHT = JobKind("benchmarks.light", queue="etl", lane=Lane.LIGHT)
PROMPT = JobKind("benchmarks.prompt", queue="mail")
_DO = text("update benchmark_rows set done = done + 1 where id = :id")


@handles(LIGHT)
def light(row_id: int) -> None:
    """Update one row, in the transaction that finishes the job."""
    if not in_transaction():
        raise RuntimeError("a light job runs in its own transaction")
    db.session.execute(_DO, {"id": row_id})


@handles(PROMPT)
def prompt(row_id: int) -> None:
    """Update one row, as a job does that could also call somebody outside."""
    with transaction():
        db.session.execute(_DO, {"id": row_id})


__all__ = ["huey"]
