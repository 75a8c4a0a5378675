"""Bookings as rows, and the states they may move through."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.customers.models import Customer
from app.fleet.models import Car, Claim, Hold, Resource
from app.kernel import clock, ids
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class BookingState(StrEnum):
    """Where a booking stands."""

    RECEIVED = "received"
    CONFIRMED = "confirmed"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


_S = BookingState
#: Which moves are allowed; everything else answers 409.
MOVES: dict[BookingState, frozenset[BookingState]] = {
    _S.RECEIVED: frozenset({_S.CONFIRMED, _S.ASSIGNED, _S.CANCELLED, _S.EXPIRED}),
    _S.CONFIRMED: frozenset({_S.ASSIGNED, _S.IN_PROGRESS, _S.CANCELLED, _S.EXPIRED, _S.NO_SHOW}),
    _S.ASSIGNED: frozenset({_S.CONFIRMED, _S.IN_PROGRESS, _S.CANCELLED, _S.NO_SHOW}),
    _S.IN_PROGRESS: frozenset({_S.DONE, _S.NO_SHOW, _S.CANCELLED}),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.NO_SHOW: frozenset(),
}
#: What can be booked.
SERVICES = ("move", "cleaning", "car")
#: Nothing takes place, so nobody's time is taken.
CALLED_OFF = (_S.CANCELLED, _S.EXPIRED, _S.NO_SHOW)
OPEN = (_S.RECEIVED, _S.CONFIRMED, _S.ASSIGNED, _S.IN_PROGRESS)


class Booking(BusinessOwned, db.Model):
    """A move or a cleaning that somebody asked for."""

    __tablename__ = "bookings"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "customer_id"], ["customers.business_id", "customers.id"]),
        CheckConstraint(
            "state in ('received','confirmed','assigned','in_progress','done','cancelled','expired','no_show')",
            name="state",
        ),
        CheckConstraint("service in ('move', 'cleaning', 'car')", name="service"),
        CheckConstraint("channel in ('email', 'sms', 'whatsapp')", name="channel"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("uq_bookings_business_id_reference", "business_id", "reference", unique=True),
        # What the owner's numbers are counted from is carried along: no row need be read for them.
        Index(
            "ix_bookings_business_id_starts_at", "business_id", "starts_at", "id",
            postgresql_include=["service", "state", "cancelled_late", "price", "price_low", "ends_at"],
        ),
        Index(
            "ix_bookings_business_id_created_at", "business_id", "created_at", "id",
            postgresql_include=["state", "starts_at", "service"],
        ),
        Index("ix_bookings_business_id_state_starts_at", "business_id", "state", "starts_at"),
        # What is still to be done is a small part of all; the views that somebody waits for are counted from it alone.
        Index(
            "ix_bookings_open", "business_id", "starts_at", "id",
            postgresql_include=["state", "ends_at", "service", "mail_trouble", "created_at"],
            postgresql_where=text("state in ('received', 'confirmed', 'assigned', 'in_progress')"),
        ),
        Index("ix_bookings_business_id_customer_id", "business_id", "customer_id"),
        Index("ix_bookings_search", "search", postgresql_using="gin"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=ids.public_id)
    reference: Mapped[str] = mapped_column(String(9), default=ids.reference)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    #: The user who was signed in; a customer's account shows what it booked itself.
    booked_by: Mapped[int | None] = mapped_column(BigInteger)
    service: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default=BookingState.RECEIVED)
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    #: False when the customer named a day only; then the office sets the time.
    has_time: Mapped[bool] = mapped_column(default=True)
    #: Who to reach for this booking, as it was given with it.
    contact_name: Mapped[str] = mapped_column(String(200))
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    from_address: Mapped[str] = mapped_column(String(300))
    to_address: Mapped[str] = mapped_column(String(300), default="")
    size: Mapped[str] = mapped_column(String(200), default="")
    extras: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    notes: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    #: How its customer wants to hear of it beside the mails: `email` is by them alone.
    channel: Mapped[str] = mapped_column(String(10), default="email", server_default="email")
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    currency: Mapped[str] = mapped_column(String(3), default="SEK")
    #: What was said beside the size: `volume` in m³, `floor`, `lift`, `toFloor`, `toLift`, `distance` in metres.
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    #: The price as it was shown while it was asked for: from, to, and how it came about.
    price_low: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_high: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_basis: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: The manage link's hash; the link itself is derived with a key that is not in the database.
    manage_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: Folded words and pieces of three letters for forgiving search: name, reference, phone, addresses.
    search: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list)
    #: The latest trouble with its mail (`bounced`, `complained`, `failed`); empty when none needs a person.
    mail_trouble: Mapped[str] = mapped_column(String(12), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    cancelled_reason: Mapped[str] = mapped_column(String(300), default="")
    #: Whether it was cancelled after the time until which its customer may do so.
    cancelled_late: Mapped[bool] = mapped_column(default=False, server_default=false())
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}

    customer: Mapped[Customer] = relationship(foreign_keys=[customer_id], lazy="raise_on_sql")
    claims: Mapped[list["BookingClaim"]] = relationship(
        foreign_keys="BookingClaim.booking_id", lazy="raise_on_sql", viewonly=True
    )

    @property
    def marker(self) -> str:
        """What stands for it in facts, jobs and mails."""
        return f"booking:{self.id}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN

    def may_become(self, state: BookingState) -> bool:
        """Whether the table of states allows that move."""
        return state in MOVES[BookingState(self.state)]


class BookingClaim(BusinessOwned, db.Model):
    """Which claims on whose time a booking has: crew, car, driver, buffers."""

    __tablename__ = "booking_claims"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "booking_id"], ["bookings.business_id", "bookings.id"]),
        ForeignKeyConstraint(["business_id", "claim_id"], ["claims.business_id", "claims.id"]),
        Index("ix_booking_claims_business_id_booking_id", "business_id", "booking_id"),
        Index("uq_booking_claims_claim_id", "claim_id", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    claim_id: Mapped[int] = mapped_column(BigInteger)

    claim: Mapped[Claim] = relationship(foreign_keys=[claim_id], lazy="joined")


#: How long a driver who was asked has to answer.
ANSWER_WITHIN = timedelta(minutes=15)


class DriverState(StrEnum):
    """How far a rental is in getting its driver."""

    NONE = "none"
    WANTED = "wanted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    #: Nobody is left to ask: a dispatcher has to see to it.
    NOBODY = "nobody"


class Rental(BusinessOwned, db.Model):
    """What a booking of a car has beside the booking: its hold, its car, and how it got its driver."""

    __tablename__ = "rentals"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "booking_id"], ["bookings.business_id", "bookings.id"]),
        ForeignKeyConstraint(["business_id", "hold_id"], ["holds.business_id", "holds.id"]),
        ForeignKeyConstraint(["business_id", "car_id"], ["cars.business_id", "cars.id"]),
        ForeignKeyConstraint(["business_id", "driver_id"], ["resources.business_id", "resources.id"]),
        CheckConstraint("driver_state in ('none', 'wanted', 'offered', 'accepted', 'nobody')", name="driver_state"),
        Index("uq_rentals_booking_id", "booking_id", unique=True),
        Index("uq_rentals_hold_id", "hold_id", unique=True),
        Index("ix_rentals_business_id_driver_id", "business_id", "driver_id"),
        Index("ix_rentals_business_id_driver_state", "business_id", "driver_state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    booking_id: Mapped[int] = mapped_column(BigInteger)
    hold_id: Mapped[int] = mapped_column(BigInteger)
    car_id: Mapped[int] = mapped_column(BigInteger)
    driver_state: Mapped[str] = mapped_column(String(10), default=DriverState.NONE)
    #: The driver (a resource) who was asked or has said yes.
    driver_id: Mapped[int | None] = mapped_column(BigInteger)
    #: Counts the drivers asked, so that a late answer or a late reminder of an earlier one changes nothing.
    turn: Mapped[int] = mapped_column(default=0)
    answer_by: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: Who said no or did not answer; they are not asked again.
    passed: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    #: Why this driver: plain values that pages put into words.
    why: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    booking: Mapped[Booking] = relationship(foreign_keys=[booking_id], lazy="raise_on_sql")
    hold: Mapped[Hold] = relationship(foreign_keys=[hold_id], lazy="raise_on_sql")
    car: Mapped[Car] = relationship(foreign_keys=[car_id], lazy="raise_on_sql")
    driver: Mapped[Resource | None] = relationship(foreign_keys=[driver_id], lazy="raise_on_sql")
