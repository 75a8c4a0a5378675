"""How the demo's cars went out and came back; the latest that came back has a scratch that nobody has seen to yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from app.bookings.field_models import FieldReport
from app.bookings.handover_models import Handover, Stage
from app.bookings.handovers import KINDS
from app.bookings.models import BookingState
from app.cli.demo.hires import Hire
from app.cli.demo.rows import write
from app.fleet.models import Car
from app.identity.models import User
from app.kernel.db import db

_A_DAY = 110
#: What is to be seen on some of the cars from before.
_OLD = {"id": "demo-old", "x": 50, "y": 96, "words": "Lakskade"}
_NEW = {"id": "demo-new", "x": 86, "y": 60, "words": "Ridse, ca. 10 cm"}


def write_handovers(hires: Iterable[Hire], login: User, chance: Random) -> None:
    """Both looks at each car whose hire is over, the first of one that is under way; readings end at the car's own."""
    by_car: dict[int, list[Hire]] = defaultdict(list)
    for hire in hires:
        if hire.about.row.state in (BookingState.IN_PROGRESS, BookingState.DONE):
            by_car[hire.car.id].append(hire)
    cars = {car.id: car for car in db.session.scalars(select(Car).where(Car.id.in_(by_car)))}
    looks: list[tuple[FieldReport, Handover]] = []
    for car_id, own in by_car.items():
        looks += _of_car(cars[car_id], sorted(own, key=lambda hire: hire.about.row.starts_at), login, chance)
    backs = [look for _report, look in looks if look.stage == Stage.BACK]
    if backs:
        last = max(backs, key=lambda look: look.at)
        last.marks, last.new_marks, last.claimed = [*last.marks, _NEW], [str(_NEW["id"])], True
    write(report for report, _look in looks)
    for report, look in looks:
        look.report_id = report.id
    write(look for _report, look in looks)


def _of_car(car: Car, own: Sequence[Hire], login: User, chance: Random) -> list[tuple[FieldReport, Handover]]:
    marks = [_OLD] if car.id % 2 else []
    driven = [_kilometres(hire) for hire in own]
    reading = car.odometer - sum(driven)
    found = []
    for hire, km in zip(own, driven, strict=True):
        row = hire.about.row
        found.append(_look(hire, Stage.OUT, row.starts_at + timedelta(minutes=4), reading, 100, marks, login))
        if row.state == BookingState.DONE:
            reading += km
            level = chance.choice((100, 100, 88, 75, 63))
            found.append(_look(hire, Stage.BACK, hire.about.over_at or row.ends_at, reading, level, marks, login))
    return found


def _kilometres(hire: Hire) -> int:
    row = hire.about.row
    days = (row.ends_at - row.starts_at) / timedelta(days=1)
    return round(days * _A_DAY) if row.state == BookingState.DONE else 0


def _look(
    hire: Hire, stage: Stage, at: datetime, odometer: int, level: int, marks: list[dict[str, Any]], login: User
) -> tuple[FieldReport, Handover]:
    row = hire.about.row
    report = FieldReport(
        booking_id=row.id, user_id=login.id, key=f"demo-{row.id}-{stage}", kind=KINDS[stage], words="",
        signed_by=row.contact_name, stage="", said_at=at, at=at,
    )  # fmt: skip
    look = Handover(
        booking_id=row.id, car_id=hire.car.id, stage=stage, odometer=odometer, level=level, marks=list(marks),
        new_marks=[], at=at,
    )  # fmt: skip
    return report, look
