"""Gives the first firm of a deployment's database a crew with jobs today and tomorrow, and a mover who can sign in.

`python -m tests.faults.movers` writes the rows; `give_jobs(deployment)` runs it.
"""

from datetime import timedelta

from app.bookings import lifecycle
from app.bookings.models import Booking
from app.fleet import crews
from app.identity import members, passwords
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.db import lock, transaction
from app.web.days import business_today, day_span
from tests.faults import rows
from tests.faults.client import PASSWORD
from tests.faults.processes import Deployment
from tests.make import make_booking, make_crew

MOVER = "ali@majorna.example"
#: Who waits for the crew today, in order, and tomorrow.
TODAY, TOMORROW = ("Anna Lindqvist", "Erik Holm"), "Tobias Rehn"


def give_jobs(deployment: Deployment) -> None:
    """Write the mover and the jobs."""
    rows.write(deployment, "tests.faults.movers")


def _give(name: str, hours: float, crew_id: int) -> None:
    """A job some hours after the day has begun, whatever the time is now."""
    made = make_booking(name=name, email=f"{name.split()[0].lower()}@example.se", notes="Door code 4471")
    with transaction():
        booking = lock(Booking, made.id)
        booking.starts_at = day_span(business_today())[0] + timedelta(hours=hours)
        booking.ends_at = booking.starts_at + timedelta(hours=2)
    lifecycle.assign(made.id, crew_id)


def main() -> None:
    """Write the rows."""
    with rows.first_firm():
        order = MemberOrder(email=MOVER, name="Ali Hassan", role=Role.DRIVER)
        ali = members.let_in(order, password_hash=passwords.hashed(PASSWORD), tell=False)
        crew = make_crew("Crew 1")
        crews.set_members(crew.id, [ali.user.public_id])
        for name, hours in zip((*TODAY, TOMORROW), (8, 13, 33), strict=True):
            _give(name, hours, crew.id)


if __name__ == "__main__":
    main()
