"""Cars handed out and taken back: what was read and seen, what is new since, and who has to see to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.bookings import lifecycle
from app.bookings.events import CarHandedOut, CarTakenBack
from app.bookings.field_models import FieldReport, Kind
from app.bookings.handover_models import Handover, Stage
from app.bookings.handover_orders import HandoverOrder
from app.bookings.models import Booking, BookingState, Rental
from app.fleet import cars
from app.fleet.models import Car
from app.kernel import audit, clock, ids
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, NotFound

STAGES = {Kind.CAR_OUT: Stage.OUT, Kind.CAR_BACK: Stage.BACK}
KINDS = {stage: kind for kind, stage in STAGES.items()}
_S = BookingState
_MAY_GO_OUT = (_S.CONFIRMED, _S.ASSIGNED, _S.IN_PROGRESS)
_MAY_COME_BACK = (_S.IN_PROGRESS, _S.DONE)


class NotHandedOver(Conflict):
    """The booking is not where its car is handed out or comes back."""


@dataclass(frozen=True)
class Hire:
    """A booking's car with both looks at it, and what is known of it so far."""

    car: Car
    out: Handover | None
    back: Handover | None
    #: What is to be seen on the car by the last look, whoever's.
    known: list[dict[str, Any]]

    @property
    def kilometres(self) -> int | None:
        """How far it was driven."""
        return self.back.odometer - self.out.odometer if self.out and self.back else None

    @property
    def level_change(self) -> int | None:
        """By how many hundredths there is more (or less, below zero) in it than when it went out."""
        return self.back.level - self.out.level if self.out and self.back else None

    @property
    def next_stage(self) -> Stage:
        """What is to be said next."""
        return Stage.OUT if self.out is None else Stage.BACK


def take(report: FieldReport, booking: Booking, order: HandoverOrder) -> Handover:
    """Write a look at the car down, in the open transaction; NotHandedOver where it does not fit."""
    stage = STAGES[Kind(report.kind)]
    if booking.state not in (_MAY_GO_OUT if stage is Stage.OUT else _MAY_COME_BACK):
        raise NotHandedOver(
            _("Booking %(reference)s is not where this can be said of it.", reference=booking.reference)
        )
    car_id = db.session.scalar(select(Rental.car_id).where(Rental.booking_id == booking.id))
    if car_id is None:
        raise NotFound()
    car = lock(Car, car_id)
    known = [mark for mark in _known_marks([car_id]).get(car_id, []) if mark["id"] not in order.gone]
    fresh = [{"id": ids.public_id()[:8], "x": one.x, "y": one.y, "words": one.words} for one in order.marks]
    made = add(
        Handover(
            booking_id=booking.id, car_id=car_id, report_id=report.id, stage=stage, odometer=order.odometer,
            level=order.level, marks=known + fresh, new_marks=[mark["id"] for mark in fresh],
            claimed=stage is Stage.BACK and bool(fresh),
        )
    )  # fmt: skip
    _announce(made, booking, car)
    if car.odometer != order.odometer:
        cars.change_car(car_id, {"odometer": order.odometer})
    if stage is Stage.OUT and booking.state != _S.IN_PROGRESS:
        lifecycle.move(booking.id, _S.IN_PROGRESS)
    elif stage is Stage.BACK and booking.state != _S.DONE:
        lifecycle.move(booking.id, _S.DONE)
    return made


def hires_of(booking_ids: Sequence[int]) -> dict[int, Hire]:
    """The cars of those bookings with what was said of them, by booking."""
    if not booking_ids:
        return {}
    rows = select(Rental.booking_id, Car).join(Car, Car.id == Rental.car_id).where(Rental.booking_id.in_(booking_ids))
    found = db.session.execute(rows).all()
    looks = select(Handover).where(Handover.booking_id.in_(booking_ids)).order_by(Handover.id)
    latest = {(one.booking_id, one.stage): one for one in db.session.scalars(looks)}
    known = _known_marks([car.id for _booking_id, car in found])
    return {
        booking_id: Hire(
            car, latest.get((booking_id, Stage.OUT)), latest.get((booking_id, Stage.BACK)), known.get(car.id, [])
        )
        for booking_id, car in found
    }


def hire_of(booking_id: int) -> Hire | None:
    """The booking's car with both looks at it; None for a booking without one."""
    return hires_of([booking_id]).get(booking_id)


def claims() -> Sequence[tuple[Handover, Booking]]:
    """The cars that came back with something new which nobody has seen to, the oldest first."""
    rows = select(Handover, Booking).join(Booking, Booking.id == Handover.booking_id)
    rows = rows.where(Handover.claimed, Handover.settled_at.is_(None)).order_by(Handover.id)
    return [(row[0], row[1]) for row in db.session.execute(rows.limit(50))]


def settle(handover_id: int, words: str) -> None:
    """Somebody has seen to it; asked twice, the first words stay."""
    with transaction():
        found = lock(Handover, handover_id)
        if found.settled_at is None and found.claimed:
            found.settled_at, found.settled_words = clock.now(), words
            booking = lock(Booking, found.booking_id)
            audit.record("handover.settled", f"booking:{booking.reference}", after={"words": words})
            lifecycle.add_note(booking.id, _("The new marks were seen to: %(words)s", words=words or "–"))


def _known_marks(car_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What is to be seen on each car by the last look at it."""
    latest = select(func.max(Handover.id)).where(Handover.car_id.in_(car_ids)).group_by(Handover.car_id)
    found = db.session.execute(select(Handover.car_id, Handover.marks).where(Handover.id.in_(latest)))
    return {row[0]: list(row[1]) for row in found}


def _announce(made: Handover, booking: Booking, car: Car) -> None:
    what = {
        "odometer": made.odometer, "before": {"odometer": car.odometer}, "level": made.level,
        "marks": len(made.marks), "new": len(made.new_marks), "car": car.name, "plate": car.plate,
    }  # fmt: skip
    kind = CarHandedOut if made.stage == Stage.OUT else CarTakenBack
    kind.announce_of(booking, car.id, what)
    audit.record(kind.name, f"booking:{booking.reference}", after=what)
