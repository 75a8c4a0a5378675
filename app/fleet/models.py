"""Resources and claims: the one table in which nothing overlaps."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String, func
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class ResourceKind(StrEnum):
    """What can be claimed."""

    CREW = "crew"
    CAR = "car"
    DRIVER = "driver"


class Resource(BusinessOwned, db.Model):
    """A crew, a car or a driver."""

    __tablename__ = "resources"
    __extra_args__ = (
        CheckConstraint("kind in ('crew', 'car', 'driver')", name="kind"),
        Index("uq_resources_business_id_kind_name", "business_id", "kind", "name", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    #: Who is in the crew, or the plate of the car; a label.
    label: Mapped[str] = mapped_column(String(200), default="")
    retired_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)


class ClaimKind(StrEnum):
    """Why the time is taken."""

    HOLD = "hold"
    BOOKING = "booking"
    BUFFER = "buffer"
    BLOCK = "block"


class Claim(BusinessOwned, db.Model):
    """A resource's time, taken. Two live claims never overlap on one resource: the database refuses it.

    A claim knows no booking; bookings keep the link to theirs.
    """

    __tablename__ = "claims"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "resource_id"], ["resources.business_id", "resources.id"]),
        CheckConstraint("kind in ('hold', 'booking', 'buffer', 'block')", name="kind"),
        CheckConstraint("not isempty(during)", name="during_not_empty"),
        CheckConstraint("not lower_inf(during) and not upper_inf(during)", name="during_finite"),
        # int8range stands in for the plain id: the extension btree_gist is not everywhere.
        ExcludeConstraint(
            (func.int8range(db.text("resource_id"), db.text("resource_id"), db.text("'[]'")), "&&"),
            ("during", "&&"),
            name="ex_claims_no_overlap",
            using="gist",
            where=db.text("released_at is null"),
        ),
        Index("ix_claims_during", "during", postgresql_using="gist"),
        Index("ix_claims_business_id_resource_id", "business_id", "resource_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    resource_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(10))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    #: A hold's end; empty for what stays.
    expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    released_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    resource: Mapped[Resource] = relationship(foreign_keys=[resource_id], lazy="joined")
