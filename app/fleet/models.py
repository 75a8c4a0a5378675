"""Resources and claims: the one table in which nothing overlaps. What is known of cars and drivers, and holds."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    Time,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.files.models import address_of
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
        # Two cars of one make are told apart by their plates; crews only by their names.
        Index(
            "uq_resources_business_id_kind_name",
            "business_id",
            "kind",
            "name",
            unique=True,
            postgresql_where=db.text("kind = 'crew'"),
        ),
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
        Index(
            "ix_claims_blocks", "business_id", "resource_id",
            postgresql_where=db.text("kind = 'block' and released_at is null"),
        ),
    )  # fmt: skip

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


CATEGORIES = ("city", "sedan", "estate", "suv", "van", "minibus")
TRANSMISSIONS = ("automatic", "manual")
FUELS = ("petrol", "diesel", "hybrid", "plug_in", "electric")


class Car(BusinessOwned, db.Model):
    """What is known of a car: how it is, what it costs, when it may be fetched. Its id is its resource's."""

    __tablename__ = "cars"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "id"], ["resources.business_id", "resources.id"]),
        CheckConstraint("seats between 1 and 60", name="seats"),
        CheckConstraint("buffer_minutes between 0 and 1440", name="buffer"),
        CheckConstraint("price_day > 0", name="price_day"),
        Index("ix_cars_business_id_plate", "business_id", "plate"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    category: Mapped[str] = mapped_column(String(20))
    seats: Mapped[int] = mapped_column(default=5)
    transmission: Mapped[str] = mapped_column(String(20), default="automatic")
    fuel: Mapped[str] = mapped_column(String(20), default="petrol")
    plate: Mapped[str] = mapped_column(String(20))
    #: The class of licence that its driver needs.
    licence: Mapped[str] = mapped_column(String(5), default="B")
    odometer: Mapped[int] = mapped_column(default=0)
    price_hour: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_day: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    price_weekend: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_week: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    #: A day of its driver; empty for a car that is let without one only.
    price_driver: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    #: Between two rentals, for washing and filling up.
    buffer_minutes: Mapped[int] = mapped_column(default=30)
    notice_minutes: Mapped[int] = mapped_column(default=0)
    shortest_minutes: Mapped[int] = mapped_column(default=60)
    #: When it can be fetched and brought back; empty for any time.
    opens: Mapped[time | None] = mapped_column(Time)
    closes: Mapped[time | None] = mapped_column(Time)
    #: The file that is its first photo; empty while it has none.
    cover: Mapped[str] = mapped_column(String(20), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}

    resource: Mapped[Resource] = relationship(foreign_keys=[id], lazy="joined", innerjoin=True)

    @property
    def public_id(self) -> str:
        """What stands for it outside."""
        return self.resource.public_id

    @property
    def name(self) -> str:
        """Make and model."""
        return self.resource.name

    @property
    def cover_url(self) -> str:
        """Where its first photo is shown; empty while it has none."""
        return address_of(self.cover) if self.cover else ""

    @property
    def buffer(self) -> timedelta:
        """The time it needs after a rental."""
        return timedelta(minutes=self.buffer_minutes)


class Driver(BusinessOwned, db.Model):
    """What is known of somebody who drives: which licences, when on shift. The id is the resource's."""

    __tablename__ = "drivers"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "id"], ["resources.business_id", "resources.id"]),
        CheckConstraint("channel in ('sms', 'whatsapp')", name="channel"),
        Index("ix_drivers_business_id_user_id", "business_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Whose log-in shows these jobs.
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    licences: Mapped[list[str]] = mapped_column(ARRAY(String(5)), default=lambda: ["B"])
    phone: Mapped[str] = mapped_column(String(40), default="")
    #: How they hear of their jobs, at that number.
    channel: Mapped[str] = mapped_column(String(10), default="sms", server_default="sms")
    home_area: Mapped[str] = mapped_column(String(200), default="")
    #: From when to when, Monday to Sunday (`["08:00", "17:00"]`), null for a day off.
    shifts: Mapped[list[list[str] | None]] = mapped_column(JSONB, default=list)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}

    resource: Mapped[Resource] = relationship(foreign_keys=[id], lazy="joined", innerjoin=True)

    @property
    def public_id(self) -> str:
        """What stands for the driver outside."""
        return self.resource.public_id

    @property
    def name(self) -> str:
        """What the driver is called."""
        return self.resource.name


class HoldEnd(StrEnum):
    """What became of a hold."""

    CONFIRMED = "confirmed"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


class Hold(BusinessOwned, db.Model):
    """A car kept for somebody for some minutes; its claims keep the time, also after it became a booking."""

    __tablename__ = "holds"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "car_id"], ["cars.business_id", "cars.id"]),
        ForeignKeyConstraint(["business_id", "claim_id"], ["claims.business_id", "claims.id"]),
        ForeignKeyConstraint(["business_id", "buffer_claim_id"], ["claims.business_id", "claims.id"]),
        CheckConstraint("ended_how in ('', 'confirmed', 'given_up', 'expired')", name="ended_how"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_holds_business_id_client", "business_id", "client", postgresql_where=db.text("ended_at is null")),
        Index("ix_holds_business_id_created_at", "business_id", "created_at"),
        Index("ix_holds_expires_at", "expires_at", postgresql_where=db.text("ended_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    #: Whose it is: `user:3`, `visitor:…` or `address:…`.
    client: Mapped[str] = mapped_column(String(120))
    car_id: Mapped[int] = mapped_column(BigInteger)
    claim_id: Mapped[int] = mapped_column(BigInteger)
    buffer_claim_id: Mapped[int | None] = mapped_column(BigInteger)
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    with_driver: Mapped[bool] = mapped_column(default=False)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    currency: Mapped[str] = mapped_column(String(3))
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    extended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_how: Mapped[str] = mapped_column(String(10), default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    car: Mapped[Car] = relationship(foreign_keys=[car_id], lazy="joined", innerjoin=True)

    def is_live(self, at: datetime) -> bool:
        """Whether it still keeps the car; the very instant at which it ends is too late."""
        return self.ended_at is None and self.expires_at > at

    @property
    def claim_ids(self) -> list[int]:
        """The claims that are its time: the rental, and the buffer where there is one."""
        return [self.claim_id] if self.buffer_claim_id is None else [self.claim_id, self.buffer_claim_id]
