"""What whoever does a job has said about it from the phone, one row for each word."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.files.models import StoredFile
from app.kernel import clock, ids
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class Kind(StrEnum):
    """What can be said."""

    ON_THE_WAY = "on_the_way"
    STARTED = "started"
    DONE = "done"
    CANNOT = "cannot"
    NOTE = "note"
    TICKED = "ticked"
    UNTICKED = "unticked"
    EXTRA = "extra"
    PHOTO = "photo"
    CAR_OUT = "car_out"
    CAR_BACK = "car_back"


class FieldReport(BusinessOwned, db.Model):
    """One thing said about a job. The phone gives it a key, so that it may be sent again and counts once."""

    __tablename__ = "field_reports"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "booking_id"], ["bookings.business_id", "bookings.id"]),
        ForeignKeyConstraint(["business_id", "file_id"], ["files.business_id", "files.id"]),
        CheckConstraint(
            "kind in ('on_the_way','started','done','cannot','note','ticked','unticked','extra','photo','car_out',"
            "'car_back')",
            name="kind",
        ),
        Index("uq_field_reports_user_id_key", "business_id", "user_id", "key", unique=True),
        Index("ix_field_reports_business_id_booking_id", "business_id", "booking_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=ids.public_id)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    #: The note, the reason, the item of the checklist, or what was done in addition.
    words: Mapped[str] = mapped_column(Text, default="")
    #: How long the additional work took.
    minutes: Mapped[int | None]
    #: Who agreed to it, and the name as it was drawn on the glass: a PNG.
    signed_by: Mapped[str] = mapped_column(String(200), default="")
    signature: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    #: A photo's picture, and of which look at the car it is: `out`, `back`, or empty for the job itself.
    file_id: Mapped[int | None] = mapped_column(BigInteger)
    stage: Mapped[str] = mapped_column(String(4), default="", server_default="")
    #: When it was said, by the phone's clock; `at` is when it arrived.
    said_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    file: Mapped[StoredFile | None] = relationship(foreign_keys=[file_id], lazy="joined")
