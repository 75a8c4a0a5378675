"""Plans as rows: what a business may send a month, and what it has sent."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Numeric, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class Plan(db.Model):
    """What can be subscribed to; the same for the whole deployment."""

    __tablename__ = "plans"
    __table_args__ = (CheckConstraint("monthly_invites >= 0", name="monthly_invites"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    monthly_invites: Mapped[int]
    #: What one part of a message costs the business, in the business's currency.
    part_price: Mapped[Decimal] = mapped_column(Numeric(10, 4))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}


class Subscription(BusinessOwned, db.Model):
    """The plan that a business is on; a business without a row is on the smallest one."""

    __tablename__ = "subscriptions"
    __extra_args__ = (Index("uq_subscriptions_business_id", "business_id", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    plan_code: Mapped[str] = mapped_column(String(40), ForeignKey("plans.code"))
    #: When it lapses; None while it runs on.
    ends_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    def has_lapsed(self, at: datetime) -> bool:
        """Whether nothing may be sent any more."""
        return self.ends_at is not None and self.ends_at <= at


class InviteMonth(BusinessOwned, db.Model):
    """How many invites a business has used in a calendar month of its own zone."""

    __tablename__ = "invite_months"
    __extra_args__ = (
        Index("uq_invite_months_business_id_month", "business_id", "month", unique=True),
        CheckConstraint("used >= 0", name="used"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: The first day of the month.
    month: Mapped[date] = mapped_column(Date)
    used: Mapped[int] = mapped_column(default=0)
    #: How many of those once counted were given back.
    given_back: Mapped[int] = mapped_column(default=0)
