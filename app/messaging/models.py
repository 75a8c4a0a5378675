"""The e-mail log: each mail as it was sent, each attempt, each word of the provider."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.customers.models import Customer
from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class EmailState(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    HELD = "held"


#: How far along a state is; a late or repeated word of the provider never moves a mail backwards.
RANK = {
    EmailState.QUEUED: 0, EmailState.HELD: 0, EmailState.SENDING: 1, EmailState.FAILED: 2, EmailState.SENT: 2,
    EmailState.DELIVERED: 3, EmailState.OPENED: 4, EmailState.BOUNCED: 5, EmailState.COMPLAINED: 6,
}  # fmt: skip
#: The states that need a person.
TROUBLE = (EmailState.BOUNCED, EmailState.COMPLAINED, EmailState.FAILED)
#: What parts words for the database's function `mail_words`, by which mails are searched.
BETWEEN_WORDS = "@._-+,;:/()"


class EmailLog(BusinessOwned, db.Model):
    """One mail to one address. A resend is a row of its own that names the first."""

    __tablename__ = "email_logs"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        ForeignKeyConstraint(["business_id", "resend_of_id"], ["email_logs.business_id", "email_logs.id"]),
        CheckConstraint(
            "state in ('queued','sending','sent','delivered','opened','bounced','complained','failed','held')",
            name="state",
        ),
        # What mails are counted by is carried along.
        Index(
            "ix_email_logs_business_id_created_at", "business_id", "created_at", "id",
            postgresql_include=["kind", "state"],
        ),
        Index("ix_email_logs_business_id_state_created_at", "business_id", "state", "created_at"),
        Index("ix_email_logs_business_id_customer_id", "business_id", "customer_id"),
        Index("ix_email_logs_provider_id", "provider_id"),
        Index("ix_email_logs_about", "about", postgresql_using="gin"),
        Index(
            "ix_email_logs_words", db.text("mail_words(to_address, to_name, subject)"), postgresql_using="gin"
        ),
        Index("ix_email_logs_recent", "business_id", db.text("lower(to_address)"), "created_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    kind: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12), default=EmailState.QUEUED)
    to_address: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(String(200), default="")
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    about: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    language: Mapped[str] = mapped_column(String(5), default="en")
    #: What the templates are filled with, for kinds that need no other row.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    #: The content, fixed before the first send; None until an earlier step has made it.
    prepared_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    sender: Mapped[str] = mapped_column(String(320), default="")
    reply_to: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    text_body: Mapped[str] = mapped_column(Text, default="")
    html_body: Mapped[str] = mapped_column(Text, default="")
    #: Where the text and the photo came from, and why (`{"text": "built_in", "textReason": "no key"}`).
    made_with: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    provider: Mapped[str] = mapped_column(String(20), default="")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(60), default="")
    next_try_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    resend_of_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    sending_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: A failure or bounce that a person has dealt with.
    handled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    customer: Mapped[Customer | None] = relationship(foreign_keys=[customer_id], lazy="raise_on_sql")

    @property
    def key(self) -> str:
        """The idempotency key of every try."""
        return f"kontor/{self.public_id}"

    @property
    def may_go_out(self) -> bool:
        """Whether sending it is still to be done."""
        return self.state in (EmailState.QUEUED, EmailState.SENDING)

    def climb(self, state: EmailState) -> bool:
        """Move on to `state` if that is further along; False when it is not."""
        if RANK[state] <= RANK[EmailState(self.state)]:
            return False
        self.state = state
        return True


class EmailPart(BusinessOwned, db.Model):
    """A file that travels with a mail: the calendar entry, the photo."""

    __tablename__ = "email_parts"
    __extra_args__ = (
        ForeignKeyConstraint(
            ["business_id", "email_id"], ["email_logs.business_id", "email_logs.id"], ondelete="CASCADE"
        ),
        Index("ix_email_parts_business_id_email_id", "business_id", "email_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email_id: Mapped[int] = mapped_column(BigInteger)
    filename: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    content_id: Mapped[str | None] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class EmailAttempt(BusinessOwned, db.Model):
    """One try at sending; committed before the call, so that a lost answer is seen."""

    __tablename__ = "email_attempts"
    __extra_args__ = (
        ForeignKeyConstraint(
            ["business_id", "email_id"], ["email_logs.business_id", "email_logs.id"], ondelete="CASCADE"
        ),
        Index("ix_email_attempts_business_id_email_id", "business_id", "email_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(SmallInteger)
    provider: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    outcome: Mapped[str] = mapped_column(String(12), default="unknown")
    provider_id: Mapped[str | None] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(60), default="")


class WebhookCall(db.Model):
    """A call from a provider: kept raw for a while, known by its id, so that a repeat does nothing.

    It belongs to no business: whose it is, only the mail tells that it speaks of.
    """

    __tablename__ = "webhook_calls"
    __table_args__ = (
        Index("uq_webhook_calls_provider_call_id", "provider", "call_id", unique=True),
        Index("ix_webhook_calls_waiting", "subject_id", postgresql_where=db.text("state = 'waiting'")),
        Index("ix_webhook_calls_subject_id", "subject_id"),
        Index("ix_webhook_calls_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    call_id: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(60), default="")
    #: The provider's id of the mail it speaks of.
    subject_id: Mapped[str] = mapped_column(String(200), default="")
    business_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("businesses.id"))
    #: `applied`, `waiting` (the mail is not known yet; tried again for a day), `ignored`.
    state: Mapped[str] = mapped_column(String(10), default="applied")
    body: Mapped[str] = mapped_column(Text, default="")
    happened_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
