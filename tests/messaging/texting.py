"""Customers with telephones, for tests of invites; and noon, for nobody is invited at night."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.customers.models import Customer
from app.jobs.models import Job
from app.kernel import clock
from app.kernel.db import add, db, transaction
from app.messaging import invites
from app.messaging.plan_models import InviteMonth
from app.messaging.sms_models import Sms

STOCKHOLM = ZoneInfo("Europe/Stockholm")
_numbers = count(1)


def move_clock_to(at: datetime) -> None:
    """Let the program's clock show that instant."""
    clock.forward(seconds=(at - clock.now()).total_seconds())


def noon() -> None:
    """Let it be noon in Stockholm, in the middle of the coming month."""
    there = clock.now().astimezone(STOCKHOLM)
    day = (there.replace(day=28) + timedelta(days=7)).replace(day=12)
    move_clock_to(day.replace(hour=12, minute=0, second=0, microsecond=0))


def make_customer(name: str = "Anna Lindqvist", number: str | None = None, **more: object) -> Customer:
    """A customer with a mobile number of their own."""
    place = next(_numbers)
    phone = f"+4670{1_700_000 + place:07d}" if number is None else number
    with transaction():
        return add(
            Customer(
                name=name,
                name_key=name.lower(),
                email=f"text{place}@example.se",
                phone=phone,
                phone_number=phone,
                **more,
            )
        )


def an_invite(customer: Customer | None = None, message: str = "Time to move?") -> Sms:
    """An invite on its way."""
    return invites.invite((customer or make_customer()).id, message).sms


def now_of(sms_id: int) -> Sms:
    """The message as the database has it."""
    db.session.rollback()
    return db.session.scalars(select(Sms).where(Sms.id == sms_id).execution_options(populate_existing=True)).one()


def used() -> int:
    """How many invites all months count together."""
    db.session.rollback()
    return sum(db.session.scalars(select(InviteMonth.used)))


def jobs_of(sms_id: int) -> list[Job]:
    """The jobs about a message."""
    db.session.rollback()
    rows = select(Job).where(Job.about.contains([f"sms:{sms_id}"])).order_by(Job.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))
