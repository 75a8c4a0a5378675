"""What went out to other systems, and whether it may, as rows. What was said is not kept but read when it is sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class PushState(StrEnum):
    """What became of a push."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"


class Target(StrEnum):
    """Who is told."""

    WEBHOOK = "webhook"
    HUBSPOT = "hubspot"


class Push(BusinessOwned, db.Model):
    """One piece of news for one system; the same event id on every try."""

    __tablename__ = "crm_pushes"
    __extra_args__ = (
        CheckConstraint("state in ('queued', 'sent', 'failed', 'held')", name="state"),
        CheckConstraint("target in ('webhook', 'hubspot')", name="target"),
        Index("ix_crm_pushes_business_id_id_desc", "business_id", db.text("id DESC")),
        Index("ix_crm_pushes_business_id_state_id", "business_id", "state", "id"),
        Index("ix_crm_pushes_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    target: Mapped[str] = mapped_column(String(10))
    #: `booking.created`, `customer.changed`.
    event: Mapped[str] = mapped_column(String(60))
    #: What the other side knows a repeat by.
    event_id: Mapped[str] = mapped_column(String(40))
    #: `booking:12` or `customer:3`.
    subject: Mapped[str] = mapped_column(String(60))
    subject_public_id: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default=PushState.QUEUED)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: The status of the last answer; None when there was none.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(60), default="")
    #: What the other system calls it.
    outside_id: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    tried_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class Pause(BusinessOwned, db.Model):
    """Whether the business keeps its news back for now."""

    __tablename__ = "crm_pauses"
    __extra_args__ = (Index("uq_crm_pauses_business_id", "business_id", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    paused_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    paused_by: Mapped[str] = mapped_column(String(200), default="")
