"""Jobs, workers and periodic jobs as rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class JobState(StrEnum):
    """What became of a job. `queued` with a later `run_at` is shown as scheduled."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(BusinessOwned, db.Model):
    """A wish and what became of it; committed with what it is about."""

    __tablename__ = "jobs"
    may_be_shared = True
    __extra_args__ = (
        CheckConstraint("state in ('queued','running','done','failed','cancelled')", name="state"),
        # Fair turns need the oldest of each group at once; partial, so that done jobs cost nothing.
        Index(
            "ix_jobs_due",
            "lane",
            db.text("coalesce(business_id, 0)"),
            "queue",
            "run_at",
            "id",
            postgresql_where=db.text("state = 'queued'"),
        ),
        Index("ix_jobs_leases", "lease_until", postgresql_where=db.text("state = 'running'")),
        Index(
            "uq_jobs_unique_key", "kind", "unique_key", unique=True, postgresql_where=db.text("unique_key is not null")
        ),
        # What people look at; partial, so that a job which simply gets done never enters it.
        Index("ix_jobs_failed", "business_id", "finished_at", postgresql_where=db.text("state = 'failed'")),
        # Counts by queue are read from the index alone, and a list of a queue that has little to show stays quick.
        Index("ix_jobs_queue", "business_id", "queue", "state", "finished_at"),
        Index("ix_jobs_finished_at", "finished_at", postgresql_where=db.text("finished_at is not null")),
        Index("ix_jobs_about", "about", postgresql_using="gin", postgresql_where=db.text("about <> '{}'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    queue: Mapped[str] = mapped_column(String(20))
    lane: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(60))
    unique_key: Mapped[str | None] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    about: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    state: Mapped[str] = mapped_column(String(10), default=JobState.QUEUED)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    lost_leases: Mapped[int] = mapped_column(SmallInteger, default=0)
    run_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    lease_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    claim_token: Mapped[str | None] = mapped_column(String(32))
    worker: Mapped[str | None] = mapped_column(String(80))
    #: Why it did not work, for people; `machine_words` is what a machine said, without whole addresses and tokens.
    words: Mapped[str] = mapped_column(Text, default="")
    machine_words: Mapped[str] = mapped_column(Text, default="", server_default="")
    code: Mapped[str] = mapped_column(String(60), default="")
    #: A person has looked at the failure and closed it; `note` is what they said to it.
    seen: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    #: Since when passing errors are put up with; a person's retry starts it anew.
    patient_since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    @property
    def shown_state(self) -> str:
        """The state in the page's words: a queued job whose time has not come is scheduled."""
        return "scheduled" if self.state == JobState.QUEUED and self.run_at > clock.now() else self.state


class Worker(db.Model):
    """A worker process that beats."""

    __tablename__ = "workers"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    threads: Mapped[int] = mapped_column(SmallInteger)
    busy: Mapped[int] = mapped_column(SmallInteger, default=0)
    memory_mb: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    last_seen: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    #: When it ended in good order; empty while it beats, and when it was killed.
    left_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class PeriodicJob(db.Model):
    """When a periodic job ran last and runs next; whoever moves `next_run` forward is the one that asks for it.

    The worker declares them (`tasks/schedule.py`); what the pages need of a declaration is kept here.
    """

    __tablename__ = "periodic_jobs"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    every_seconds: Mapped[int]
    last_run: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    next_run: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class Installation(db.Model):
    """One row that names this database, so that a worker on another one is noticed."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), default=public_id)
