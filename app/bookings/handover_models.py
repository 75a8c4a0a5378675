"""How a car was when it was handed out and when it came back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings.field_models import FieldReport
from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class Stage(StrEnum):
    """The two ends of a hire."""

    OUT = "out"
    BACK = "back"


class Handover(BusinessOwned, db.Model):
    """One look at the car, as it was said and signed. What is said once more stands beside it; the latest counts."""

    __tablename__ = "handovers"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "booking_id"], ["bookings.business_id", "bookings.id"]),
        ForeignKeyConstraint(["business_id", "car_id"], ["cars.business_id", "cars.id"]),
        ForeignKeyConstraint(["business_id", "report_id"], ["field_reports.business_id", "field_reports.id"]),
        CheckConstraint("stage in ('out', 'back')", name="stage"),
        CheckConstraint("level between 0 and 100", name="level"),
        CheckConstraint("odometer >= 0", name="odometer"),
        Index("ix_handovers_business_id_booking_id", "business_id", "booking_id"),
        Index("ix_handovers_business_id_car_id", "business_id", "car_id", "id"),
        Index("ix_handovers_claims", "business_id", postgresql_where=db.text("claimed and settled_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    car_id: Mapped[int] = mapped_column(BigInteger)
    report_id: Mapped[int] = mapped_column(BigInteger)
    stage: Mapped[str] = mapped_column(String(4))
    odometer: Mapped[int]
    #: Of a full tank or battery, in hundredths.
    level: Mapped[int]
    #: All that is to be seen on the car since then: `id`, `x` and `y` in hundredths of the drawing, `words`.
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    #: Which of them are new with this look.
    new_marks: Mapped[list[str]] = mapped_column(JSONB, default=list)
    #: Whether it came back with something new: somebody has to see to that.
    claimed: Mapped[bool] = mapped_column(default=False)
    settled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    settled_words: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    report: Mapped[FieldReport] = relationship(foreign_keys=[report_id], lazy="joined", innerjoin=True)

    @property
    def fresh(self) -> list[dict[str, Any]]:
        """The marks that are new with this look."""
        return [mark for mark in self.marks if mark["id"] in self.new_marks]
