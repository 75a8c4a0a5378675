"""`kontor jobs …`: how the queues stand, and putting them right, for all businesses together."""

from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import ColumnElement, func, select

from app.cli.output import Output, speaking
from app.jobs import bell, claims, queue, workers
from app.jobs.kinds import QUEUES
from app.jobs.models import Job, JobState
from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.db import db, end_reading
from app.kernel.tenancy import across_businesses, within

group = AppGroup("jobs", help="The queue: counts, trying again, sweeping up.")


@group.command("stats")
@speaking
def stats(out: Output) -> None:
    """How many jobs wait, run, failed and were done in each queue, and which workers beat."""
    made = {"queues": _counts(), "workers": [_shown(worker) for worker in workers.present_workers()]}
    out.result(made, _in_lines(made))


@group.command("retry")
@click.argument("job_ids", nargs=-1, metavar="[ID]…")
@click.option("--queue", "queue_name", type=click.Choice(QUEUES), help="All failed jobs of this queue.")
@click.option("--all", "everything", is_flag=True, help="All failed jobs.")
@speaking
def retry(out: Output, *, job_ids: tuple[str, ...], queue_name: str | None, everything: bool) -> None:
    """Put failed jobs back on the queue: those named, those of a queue, or all."""
    if sum((bool(job_ids), queue_name is not None, everything)) != 1:
        raise click.UsageError("Name the jobs, or a --queue, or say --all.")
    count = sum(map(_retry_one, job_ids)) if job_ids else _retry_failed(queue_name)
    out.result({"retried": count}, [f"{count} {'job' if count == 1 else 'jobs'} put back on the queue."])


@group.command("sweep")
@speaking
def sweep(out: Output) -> None:
    """Take back jobs whose worker is gone, and wake the workers for what is due; they do it every few seconds too."""
    with across_businesses():
        taken_back = claims.take_back_lost()
    due = claims.due_lanes()
    rung = [lane for lane in due if bell.send(lane)]
    made = {"takenBack": taken_back, "due": [str(lane) for lane in due], "woken": [str(lane) for lane in rung]}
    lines = [f"{taken_back} jobs taken back from workers that are gone."]
    if not due:
        lines.append("Nothing is due.")
    elif rung == due:
        lines.append(f"Workers were woken for: {', '.join(due)}.")
    else:
        lines.append("Redis is away, so nobody could be woken; a worker that runs looks by itself every few seconds.")
    out.result(made, lines)


def _counts() -> dict[str, dict[str, Any]]:
    now = clock.now()
    is_queued, is_due = Job.state == JobState.QUEUED, Job.run_at <= now
    figures: dict[str, ColumnElement[Any]] = {
        "queued": func.count().filter(is_queued, is_due),
        "running": func.count().filter(Job.state == JobState.RUNNING),
        "scheduled": func.count().filter(is_queued, ~is_due),
        "failed": func.count().filter(Job.state == JobState.FAILED),
        "done24h": func.count().filter(Job.state == JobState.DONE, Job.finished_at > now - timedelta(hours=24)),
        "oldest": func.min(Job.run_at).filter(is_queued, is_due),
    }
    with across_businesses():
        labelled = (figure.label(name) for name, figure in figures.items())
        rows = db.session.execute(select(Job.queue, *labelled).group_by(Job.queue)).mappings().all()
    end_reading()
    found: dict[str, dict[str, Any]] = {
        name: dict.fromkeys(figures, 0) | {"oldestQueuedSeconds": None}
        for name in (*QUEUES, *(r["queue"] for r in rows))
    }
    for row in rows:
        since = row["oldest"]
        found[row["queue"]] |= {name: row[name] for name in figures}
        found[row["queue"]]["oldestQueuedSeconds"] = round((now - since).total_seconds()) if since else None
    for counts in found.values():
        del counts["oldest"]
    return found


def _shown(worker: workers.Worker) -> dict[str, Any]:
    return {
        "name": worker.name,
        "threads": worker.threads,
        "busy": worker.busy,
        "memoryMb": worker.memory_mb,
        "startedAt": worker.started_at.isoformat(),
        "lastSeen": worker.last_seen.isoformat(),
        "alive": workers.is_alive(worker),
    }


def _in_lines(made: dict[str, Any]) -> list[str]:
    names = ("queued", "running", "scheduled", "failed", "done24h")
    lines = [f"{'queue':12}" + "".join(f"{name:>11}" for name in names) + "   oldest waits"]
    for name, counts in made["queues"].items():
        waits = counts["oldestQueuedSeconds"]
        lines.append(
            f"{name:12}" + "".join(f"{counts[figure]:>11}" for figure in names) + f"{f'{waits} s' if waits else '':>15}"
        )
    lines.append("")
    for worker in made["workers"]:
        state = "beats" if worker["alive"] else "silent"
        lines.append(f"{worker['name']}: {state}, {worker['busy']} of {worker['threads']} threads busy")
    return lines if made["workers"] else [*lines, "No worker beats."]


def _retry_one(public_id: str) -> int:
    with across_businesses():
        job = db.session.scalar(select(Job).where(Job.public_id == public_id))
    end_reading()
    if job is None:
        raise click.ClickException(f"There is no job {public_id}.")
    with within(job.business_id) if job.business_id is not None else across_businesses():
        queue.retry(job.id)
    return 1


def _retry_failed(queue_name: str | None) -> int:
    conditions = [Job.queue == queue_name] if queue_name is not None else []
    with across_businesses():
        firms = db.session.scalars(select(Business.id).order_by(Business.id)).all()
        end_reading()
        count = queue.retry_all(Job.business_id.is_(None), *conditions)
    for firm in firms:
        with within(firm):
            count += queue.retry_all(*conditions)
    return count
