"""Invites to many: a batch, and for each of its customers what became of them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Numeric, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.customers.models import Customer
from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned
from app.messaging.sms_models import Sms


class BatchState(StrEnum):
    """How far a batch is."""

    CHECKING = "checking"
    #: Looked through: a person sees who would get one, and says go.
    READY = "ready"
    SENDING = "sending"
    STOPPED = "stopped"
    DONE = "done"


#: The states in which the worker still has something to do with it.
MOVING = (BatchState.CHECKING, BatchState.SENDING)


class Outcome(StrEnum):
    """What became of one customer of a batch."""

    UNCHECKED = "unchecked"
    #: Gets one once somebody says go.
    READY = "ready"
    INVITED = "invited"
    NO_MOBILE = "no_mobile"
    OPTED_OUT = "opted_out"
    RECENT = "recent"
    TOO_LONG = "too_long"
    #: The month's invites were used up, or the subscription lapsed, before it was their turn.
    LIMIT = "limit"
    LAPSED = "lapsed"
    STOPPED = "stopped"


#: Nothing has become of these yet.
OPEN = (Outcome.UNCHECKED, Outcome.READY)


class InviteBatch(BusinessOwned, db.Model):
    """One text to many customers."""

    __tablename__ = "invite_batches"
    __extra_args__ = (
        CheckConstraint("state in ('checking', 'ready', 'sending', 'stopped', 'done')", name="state"),
        Index("ix_invite_batches_business_id_id", "business_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    state: Mapped[str] = mapped_column(String(10), default=BatchState.CHECKING)
    message: Mapped[str] = mapped_column(Text)
    #: How its customers were found: the words searched for and the tag; both empty means everybody.
    q: Mapped[str] = mapped_column(String(100), default="")
    tag: Mapped[str] = mapped_column(String(40), default="")
    also_recent: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    #: How many have been looked at, and how many parts those would be that can go.
    checked: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int] = mapped_column(default=0)
    part_price: Mapped[Decimal] = mapped_column(Numeric(10, 4), default=Decimal(0))
    made_by: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    @property
    def is_moving(self) -> bool:
        """Whether the worker has it in hand."""
        return self.state in MOVING


class InviteRecipient(BusinessOwned, db.Model):
    """One customer of a batch."""

    __tablename__ = "invite_recipients"
    __extra_args__ = (
        ForeignKeyConstraint(
            ["business_id", "batch_id"], ["invite_batches.business_id", "invite_batches.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        ForeignKeyConstraint(["business_id", "sms_id"], ["sms_messages.business_id", "sms_messages.id"]),
        Index("uq_invite_recipients_batch_id_customer_id", "batch_id", "customer_id", unique=True),
        Index("ix_invite_recipients_batch_id_outcome_id", "batch_id", "outcome", "id"),
        Index("ix_invite_recipients_sms_id", "sms_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(10), default=Outcome.UNCHECKED)
    parts: Mapped[int] = mapped_column(SmallInteger, default=0)
    sms_id: Mapped[int | None] = mapped_column(BigInteger)

    customer: Mapped[Customer] = relationship(foreign_keys=[customer_id], lazy="raise_on_sql")
    sms: Mapped[Sms | None] = relationship(foreign_keys=[sms_id], lazy="raise_on_sql")
