"""Customers as rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class Customer(BusinessOwned, db.Model):
    """A person or firm that the business serves; found again by e-mail."""

    __tablename__ = "customers"
    __extra_args__ = (
        Index(
            "uq_customers_business_id_email", "business_id", db.text("lower(email)"), unique=True,
            postgresql_where=db.text("email <> ''"),
        ),
        Index("ix_customers_business_id_phone_number", "business_id", "phone_number"),
        Index("ix_customers_business_id_name_key", "business_id", "name_key", "id"),
        Index(
            "ix_customers_present", "business_id", "created_at", "id", postgresql_where=db.text("erased_at is null")
        ),
        Index("ix_customers_tags", "tags", postgresql_using="gin"),
        Index("ix_customers_tagged", "business_id", postgresql_where=db.text("cardinality(tags) > 0")),
        Index("ix_customers_search", "search", postgresql_using="gin"),
        Index("ix_customers_unsearchable", "id", postgresql_where=db.text("search = '{}'")),
        CheckConstraint("channel in ('email', 'sms', 'whatsapp')", name="channel"),
        CheckConstraint("email_trouble in ('', 'bounced', 'complained', 'suppressed')", name="email_trouble"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    name: Mapped[str] = mapped_column(String(200))
    #: What lists order by: folded in the business's language.
    name_key: Mapped[str] = mapped_column(String(400), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    #: The same number as `+46701234567`, or empty where it cannot be told.
    phone_number: Mapped[str] = mapped_column(String(20), default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    #: Why automatic mail to the address is stopped; empty while it works.
    email_trouble: Mapped[str] = mapped_column(String(12), default="")
    email_trouble_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    notes: Mapped[str] = mapped_column(Text, default="")
    #: Words the office sorts its customers by (`key at the neighbour's`, `autumn offer`).
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list, server_default="{}")
    #: When the customer said no to mails after a job.
    no_follow_up_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: How messages about bookings reach the customer, by the customer's own choice.
    channel: Mapped[str] = mapped_column(String(10), default="email", server_default="email")
    #: Folded words and pieces of three letters for forgiving search; empty until a job has made them.
    search: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list, server_default="{}")
    #: When the person was erased; what is left says no more than that there was somebody.
    erased_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}

    @property
    def marker(self) -> str:
        """What stands for it in facts, jobs and mails."""
        return f"customer:{self.id}"


class Merge(BusinessOwned, db.Model):
    """Two customers that became one, with all that is needed to part them again."""

    __tablename__ = "customer_merges"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        Index("ix_customer_merges_business_id_customer_id", "business_id", "customer_id"),
        Index("ix_customer_merges_other_id", "other_id"),
        Index("ix_customer_merges_other_public_id", "other_public_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    #: Who it is now.
    customer_id: Mapped[int] = mapped_column(BigInteger)
    #: Who became part of that customer: the row is gone, its ids are kept for the way back.
    other_id: Mapped[int] = mapped_column(BigInteger)
    other_public_id: Mapped[str] = mapped_column(String(20))
    other_name: Mapped[str] = mapped_column(String(200))
    #: The row that is gone, column by column.
    other: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: What the merge changed of the one that stayed: before and after.
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: Table → ids of the rows that moved along.
    moved: Mapped[dict[str, list[int]]] = mapped_column(JSONB, default=dict)
    #: Table → rows that could not move, because the one who stayed has one of the same (both in one batch of invites).
    removed: Mapped[dict[str, list[dict[str, Any]]]] = mapped_column(JSONB, default=dict)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)


class Erased(BusinessOwned, db.Model):
    """An address or a number of somebody who was erased, as a hash: nobody brings the person back by it."""

    __tablename__ = "erased_people"
    __extra_args__ = (Index("uq_erased_people_business_id_hash", "business_id", "hash", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: `email` or `phone`.
    kind: Mapped[str] = mapped_column(String(10))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
