"""The SMS log: each message as it was sent, each attempt, each answer of a customer."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Index, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.customers.models import Customer
from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class SmsState(StrEnum):
    """What became of a message."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    HELD = "held"


#: How far along a state is. Words of the provider come in any order; the furthest of them stands in the end.
RANK = {
    SmsState.QUEUED: 0, SmsState.HELD: 0, SmsState.SENDING: 1, SmsState.SENT: 2, SmsState.FAILED: 3,
    SmsState.UNDELIVERED: 4, SmsState.DELIVERED: 5,
}  # fmt: skip
#: The states that need a person.
TROUBLE = (SmsState.FAILED, SmsState.UNDELIVERED)
#: The kind that counts against the plan, waits for the morning, and goes to nobody who said stop.
INVITE = "invite"
#: Nobody knows whether the provider has it.
IN_DOUBT = "in_doubt"


class Sms(BusinessOwned, db.Model):
    """One message to one number. A resend is a row of its own that names the first."""

    __tablename__ = "sms_messages"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        ForeignKeyConstraint(["business_id", "resend_of_id"], ["sms_messages.business_id", "sms_messages.id"]),
        CheckConstraint("state in ('queued','sending','sent','delivered','undelivered','failed','held')", name="state"),
        CheckConstraint("channel in ('sms','whatsapp')", name="channel"),
        Index("ix_sms_messages_business_id_created_at", "business_id", "created_at", "id"),
        Index("ix_sms_messages_business_id_state_created_at", "business_id", "state", "created_at"),
        Index("ix_sms_messages_business_id_customer_id", "business_id", "customer_id", "id"),
        Index("ix_sms_messages_provider_id", "provider_id"),
        Index("ix_sms_messages_to_number", "to_number", "id"),
        Index("uq_sms_messages_once", "business_id", "once", unique=True),
        Index("ix_sms_messages_about", "about", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    kind: Mapped[str] = mapped_column(String(60), default=INVITE)
    channel: Mapped[str] = mapped_column(String(10), default="sms")
    state: Mapped[str] = mapped_column(String(12), default=SmsState.QUEUED)
    to_number: Mapped[str] = mapped_column(String(20))
    to_name: Mapped[str] = mapped_column(String(200), default="")
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    about: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    language: Mapped[str] = mapped_column(String(5), default="en")
    #: What it tells of, where that is told once; the second message of that name is not written.
    once: Mapped[str | None] = mapped_column(String(120))
    #: The content, fixed when it was asked for.
    body: Mapped[str] = mapped_column(Text)
    parts: Mapped[int] = mapped_column(SmallInteger, default=1)

    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    provider: Mapped[str] = mapped_column(String(20), default="")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(60), default="")
    next_try_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: The month in whose count it stands; None when it does not count (any more).
    counted_month: Mapped[date | None] = mapped_column(Date)
    #: How many tries the local provider is to refuse, for playing trouble where there is no provider.
    plays_trouble: Mapped[int] = mapped_column(SmallInteger, default=0)
    resend_of_id: Mapped[int | None] = mapped_column(BigInteger)

    #: The name of its short link (`/i/<code>`); None where the text has none.
    link_code: Mapped[str | None] = mapped_column(String(12), unique=True)
    visits: Mapped[int] = mapped_column(default=0)
    first_visit_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    sending_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: A failure that a person has dealt with.
    handled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    customer: Mapped[Customer | None] = relationship(foreign_keys=[customer_id], lazy="raise_on_sql")

    @property
    def is_invite(self) -> bool:
        """Whether it asks somebody to book; the others tell of a booking that somebody made."""
        return self.kind == INVITE

    @property
    def may_go_out(self) -> bool:
        """Whether sending it is still to be done."""
        return self.state in (SmsState.QUEUED, SmsState.SENDING)

    @property
    def is_in_doubt(self) -> bool:
        """Whether a person must say if it went out."""
        return self.state == SmsState.FAILED and self.code == IN_DOUBT

    def climb(self, state: SmsState) -> bool:
        """Move on to `state` if that is further along; False when it is not. Any word of the provider ends a doubt."""
        if RANK[state] <= RANK[SmsState(self.state)] and not (self.is_in_doubt and state == SmsState.SENT):
            return False
        self.state = state
        return True


class SmsAttempt(BusinessOwned, db.Model):
    """One try at sending; committed before the call, so that a lost answer is seen."""

    __tablename__ = "sms_attempts"
    __extra_args__ = (
        ForeignKeyConstraint(
            ["business_id", "sms_id"], ["sms_messages.business_id", "sms_messages.id"], ondelete="CASCADE"
        ),
        Index("ix_sms_attempts_business_id_sms_id", "business_id", "sms_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sms_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(SmallInteger)
    provider: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: `unknown` (no answer: it is looked up before anything is sent again), `sent`, `refused`, `lost` (not there).
    outcome: Mapped[str] = mapped_column(String(12), default="unknown")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(60), default="")


class SmsReceived(BusinessOwned, db.Model):
    """What a customer wrote back."""

    __tablename__ = "sms_received"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        Index("ix_sms_received_business_id_at", "business_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(10), default="sms")
    from_number: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    #: `stop`, `start`, `help`, or empty for free text.
    meaning: Mapped[str] = mapped_column(String(10), default="")
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
