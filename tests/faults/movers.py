"""Gives the first firm of a deployment's database a crew with jobs today and tomorrow, and a mover who can sign in.

`python -m tests.faults.movers` writes the rows; `give_jobs(deployment)` runs it.
"""

import subprocess
import sys
from datetime import timedelta

from flask import g
from sqlalchemy import select

from app.bookings import lifecycle
from app.bookings.models import Booking
from app.factory import create_app
from app.fleet import crews
from app.identity import members, passwords
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, lock, transaction
from app.kernel.tenancy import across_businesses, within
from app.web.days import business_today, day_span
from tests.faults.client import PASSWORD
from tests.faults.processes import ROOT, Deployment
from tests.make import make_booking, make_crew

MOVER = "ali@majorna.example"
#: Who waits for the crew today, in order, and tomorrow.
TODAY, TOMORROW = ("Anna Lindqvist", "Erik Holm"), "Tobias Rehn"


def give_jobs(deployment: Deployment) -> None:
    """Write the mover and the jobs."""
    command = [sys.executable, "-m", "tests.faults.movers"]
    ended = subprocess.run(command, cwd=ROOT, env=deployment.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


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
    app = create_app(process="worker")
    with app.app_context():
        with across_businesses():
            firm = g.business = db.session.scalars(select(Business).order_by(Business.id).limit(1)).one()
        with within(firm.id):
            order = MemberOrder(email=MOVER, name="Ali Hassan", role=Role.DRIVER)
            ali = members.let_in(order, password_hash=passwords.hashed(PASSWORD), tell=False)
            crew = make_crew("Crew 1")
            crews.set_members(crew.id, [ali.user.public_id])
            for name, hours in zip((*TODAY, TOMORROW), (8, 13, 33), strict=True):
                _give(name, hours, crew.id)


if __name__ == "__main__":
    main()
