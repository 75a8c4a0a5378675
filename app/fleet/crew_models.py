"""Who is in which crew: users of the business, each by a row."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class CrewMember(BusinessOwned, db.Model):
    """A user whose phone shows the jobs of a crew."""

    __tablename__ = "crew_members"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "resource_id"], ["resources.business_id", "resources.id"]),
        Index("uq_crew_members_resource_id_user_id", "business_id", "resource_id", "user_id", unique=True),
        Index("ix_crew_members_business_id_user_id", "business_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    resource_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
