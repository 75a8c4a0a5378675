"""Customers as rows."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
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
        Index("ix_customers_tags", "tags", postgresql_using="gin"),
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
    #: How messages about bookings reach the customer, by the customer's own choice.
    channel: Mapped[str] = mapped_column(String(10), default="email", server_default="email")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}
