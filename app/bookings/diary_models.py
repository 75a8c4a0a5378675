"""What a firm says about its days and prices: days on which it is closed, and the rules that a price comes from."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Numeric, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class ClosedDays(BusinessOwned, db.Model):
    """Days on which nobody works, from `first` up to and including `last`."""

    __tablename__ = "closed_days"
    __extra_args__ = (
        CheckConstraint("last >= first", name="in_order"),
        Index("ix_closed_days_business_id_last", "business_id", "last"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(100), default="")


class CrewLimit(BusinessOwned, db.Model):
    """How many jobs of a kind may be under way at once, where that is fewer than there are crews."""

    __tablename__ = "crew_limits"
    __extra_args__ = (
        CheckConstraint("kind in ('move', 'cleaning')", name="kind"),
        CheckConstraint("at_once between 1 and 100", name="at_once"),
        Index("uq_crew_limits_business_id_kind", "business_id", "kind", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    at_once: Mapped[int]


class PriceRule(BusinessOwned, db.Model):
    """One part of a price: how much for it, by its name in `pricing`."""

    __tablename__ = "price_rules"
    __extra_args__ = (
        CheckConstraint("kind in ('move', 'cleaning')", name="kind"),
        CheckConstraint("amount >= 0", name="amount"),
        Index("uq_price_rules_business_id_kind_part", "business_id", "kind", "part", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    part: Mapped[str] = mapped_column(String(60))
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
