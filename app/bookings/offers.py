"""What a business offers, and by which rules: how long it takes, until when its customers may change their minds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, Index, String, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.believed import Believed
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned, current_business_id

#: How long a job takes and until how many hours before it customers change or cancel it, while nobody has said.
USUAL_MINUTES = {"move": 300, "cleaning": 180, "car": 0}
USUAL_NOTICE_HOURS = {"move": 48, "cleaning": 24, "car": 24}


class Offer(BusinessOwned, db.Model):
    """One thing that a business offers, with its rules."""

    __tablename__ = "offers"
    __extra_args__ = (
        CheckConstraint("kind in ('move', 'cleaning', 'car')", name="kind"),
        CheckConstraint("minutes between 0 and 1440", name="minutes"),
        CheckConstraint("travel_minutes between 0 and 480", name="travel_minutes"),
        CheckConstraint("notice_hours between 0 and 1440", name="notice_hours"),
        Index("uq_offers_business_id_kind", "business_id", "kind", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    #: How long one takes when nothing better is known; 0 for what the customer says (a rental).
    minutes: Mapped[int]
    #: Between two jobs of one crew, for the way.
    travel_minutes: Mapped[int] = mapped_column(default=30)
    #: Customers change or cancel it themselves until so many hours before it begins.
    notice_hours: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}

    @property
    def length(self) -> timedelta:
        """How long one takes."""
        return timedelta(minutes=self.minutes)

    @property
    def notice(self) -> timedelta:
        """How long before it begins its customer may still change it."""
        return timedelta(hours=self.notice_hours)


def of(kind: str) -> Offer:
    """The rules for what is offered; the usual ones, not stored, while the business has not set its own."""
    found = db.session.scalar(select(Offer).where(Offer.kind == kind))
    return found or Offer(
        kind=kind, minutes=USUAL_MINUTES[kind], travel_minutes=30, notice_hours=USUAL_NOTICE_HOURS[kind]
    )


@dataclass(frozen=True)
class Rules:
    """How long one takes, and the way behind it, in minutes; plain values for each request."""

    minutes: int
    travel_minutes: int

    @property
    def length(self) -> timedelta:
        """How long one takes."""
        return timedelta(minutes=self.minutes)

    @property
    def travel(self) -> timedelta:
        """How long the way behind it takes."""
        return timedelta(minutes=self.travel_minutes)


_believed: Believed[dict[str, Rules]] = Believed()


def changeable_until(kind: str, starts_at: datetime) -> datetime:
    """Until when the customers of what begins then change or cancel it themselves."""
    return starts_at - of(kind).notice


def rules(kind: str) -> Rules:
    """The same for each request, believed for some seconds: bookings come by the thousand, rules hardly ever change."""
    return _believed.get(current_business_id(), _read)[kind]


def forget_rules() -> None:
    """Read the rules anew; called when some were changed here."""
    _believed.forget()


def _read() -> dict[str, Rules]:
    stored = {row.kind: row for row in db.session.scalars(select(Offer))}
    found = {}
    for kind, minutes in USUAL_MINUTES.items():
        row = stored.get(kind)
        found[kind] = Rules(row.minutes or minutes, row.travel_minutes) if row else Rules(minutes, 30)
    return found
