"""The addresses under which calendar programs read bookings."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class FeedKind(StrEnum):
    """Whose bookings it holds."""

    BUSINESS = "business"
    #: Those of a crew, a car or a driver.
    RESOURCE = "resource"
    #: A customer's own, or the jobs of somebody who drives or carries.
    USER = "user"


class Feed(BusinessOwned, db.Model):
    """A secret address. The secret is derived with a key that is not in the database; the row keeps only its hash."""

    __tablename__ = "calendar_feeds"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "resource_id"], ["resources.business_id", "resources.id"]),
        CheckConstraint(
            "(kind = 'business' and resource_id is null and user_id is null)"
            " or (kind = 'resource' and resource_id is not null and user_id is null)"
            " or (kind = 'user' and user_id is not null and resource_id is null)",
            name="kind",
        ),
        Index("uq_calendar_feeds_secret_hash", "secret_hash", unique=True),
        Index(
            "uq_calendar_feeds_whose",
            "business_id",
            "kind",
            db.text("coalesce(resource_id, 0)"),
            db.text("coalesce(user_id, 0)"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    kind: Mapped[str] = mapped_column(String(10))
    resource_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    #: Counts the secrets: each one kills the address before.
    generation: Mapped[int] = mapped_column(default=1)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
