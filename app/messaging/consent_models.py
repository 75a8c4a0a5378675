"""Who wants no invites, and the proof of it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class NumberStanding(BusinessOwned, db.Model):
    """What may be sent to a number, as its owner wishes."""

    __tablename__ = "number_standings"
    __extra_args__ = (Index("uq_number_standings_business_id_number", "business_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    #: Since when no invites go there; None while they may.
    stopped_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: How we know: `sms` (they wrote STOP), `provider` (the network blocks us), `office`.
    source: Mapped[str] = mapped_column(String(20), default="")


class ConsentEntry(BusinessOwned, db.Model):
    """One yes or no, kept word for word; rows are only ever added."""

    __tablename__ = "consent_entries"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        Index("ix_consent_entries_business_id_number", "business_id", "number", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(String(10), default="sms")
    is_yes: Mapped[bool]
    #: What was said or agreed to, word for word.
    text: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20))
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
