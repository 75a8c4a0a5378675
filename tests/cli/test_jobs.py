"""`kontor jobs …`: counts of all queues, trying again, sweeping up."""

import json
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from app.jobs.kinds import QUEUES
from app.jobs.models import Job
from app.jobs.queue import enqueue
from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, within
from app.messaging.jobs import SEND_EMAIL
from tests.make import make_business


def run(app: APIFlask, *arguments: str, code: int = 0) -> dict[str, Any]:
    ended = app.test_cli_runner().invoke(args=["jobs", *arguments, "--json"])
    assert ended.exit_code == code, ended.output
    return dict(json.loads(ended.stdout)) if code == 0 else {"said": ended.output}


def make_job(state: str = "queued", **more: Any) -> Job:
    with transaction():
        job_id = enqueue(SEND_EMAIL, email_id=1)
        changes = {"state": state, "finished_at": clock.now() if state in ("done", "failed") else None} | more
        db.session.execute(update(Job).where(Job.id == job_id).values(**changes))
    return db.session.scalars(select(Job).where(Job.id == job_id).execution_options(populate_existing=True)).one()


def states() -> list[str]:
    with across_businesses():
        return list(db.session.scalars(select(Job.state).order_by(Job.id)))


@pytest.fixture
def jobs(business: Business) -> Business:
    make_job(run_at=clock.now() - timedelta(seconds=90))
    make_job(run_at=clock.now() + timedelta(hours=1))
    make_job("done")
    make_job("failed")
    with within(make_business("other").id):
        make_job("failed")
    return business


def test_stats_count_the_jobs_of_all_businesses(jobs: Business, clean: APIFlask) -> None:
    found = run(clean, "stats")
    assert list(found["queues"]) == list(QUEUES)
    waited = found["queues"]["mail"].pop("oldestQueuedSeconds")
    assert 90 <= waited < 120
    assert found["queues"]["mail"] == {"queued": 1, "running": 0, "scheduled": 1, "failed": 2, "done24h": 1}
    assert found["workers"] == []
    assert "No worker beats." in clean.test_cli_runner().invoke(args=["jobs", "stats"]).output


def test_one_job_is_tried_again_by_its_id(jobs: Business, clean: APIFlask) -> None:
    job = make_job("failed")
    assert run(clean, "retry", job.public_id) == {"retried": 1}
    assert states().count("failed") == 2


def test_all_failed_jobs_of_a_queue_are_tried_again_in_every_business(jobs: Business, clean: APIFlask) -> None:
    assert run(clean, "retry", "--queue", "sms") == {"retried": 0}
    assert run(clean, "retry", "--queue", "mail") == {"retried": 2}
    assert "failed" not in states()
    assert run(clean, "retry", "--all") == {"retried": 0}


@pytest.mark.parametrize("arguments", [(), ("--all", "--queue", "mail"), ("--queue", "post")])
def test_what_to_try_again_must_be_said(clean: APIFlask, arguments: tuple[str, ...]) -> None:
    run(clean, "retry", *arguments, code=2)


def test_an_unknown_job_is_refused_in_words(jobs: Business, clean: APIFlask) -> None:
    assert "There is no job" in run(clean, "retry", "nothing", code=1)["said"]


def test_a_job_that_is_done_is_not_done_again(jobs: Business, clean: APIFlask) -> None:
    assert "Only failed" in run(clean, "retry", make_job("done").public_id, code=1)["said"]


def test_a_sweep_takes_back_lost_jobs_and_wakes_workers(jobs: Business, clean: APIFlask) -> None:
    make_job("running", claim_token="x" * 32, lease_until=clock.now() - timedelta(seconds=1))
    found = run(clean, "sweep")
    assert found == {"takenBack": 1, "due": ["prompt"], "woken": ["prompt"]}
    assert "running" not in states()


def test_a_sweep_without_redis_says_who_looks_instead(
    jobs: Business, clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.bell.send", lambda _lane: False)
    said = clean.test_cli_runner().invoke(args=["jobs", "sweep"]).output
    assert "Redis is away" in said
    assert settings().redis_url
