"""Gives the first firm of a deployment's database jobs of this month, the month before and the year before, and a car.

`python -m tests.browser.years` writes the rows; `look_back(deployment)` runs it and says how many were cancelled late.
"""

import subprocess
import sys
from datetime import date, datetime, timedelta

from flask import g
from sqlalchemy import select, update

from app.bookings.models import Booking
from app.bookings.periods import chosen
from app.factory import create_app
from app.fleet import claims
from app.fleet.models import ClaimKind
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, within
from app.web.days import business_today, day_span
from tests.faults.processes import ROOT, Deployment
from tests.make import make_car, make_crew
from tests.office.desk import make_job

#: How many jobs of this month, of the month before and of the year before were cancelled late.
LATE = (3, 2, 1)


def look_back(deployment: Deployment) -> None:
    """Write the rows."""
    command = [sys.executable, "-m", "tests.browser.years"]
    ended = subprocess.run(command, cwd=ROOT, env=deployment.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def main() -> None:
    """The first day of each period has them: it lies in it at whatever day this runs."""
    with create_app(process="worker").app_context():
        with across_businesses():
            firm = g.business = db.session.scalars(select(Business).order_by(Business.id).limit(1)).one()
            firm_services = update(Business).where(Business.id == firm.id).values(services=["move", "cleaning", "car"])
        with transaction():
            db.session.execute(firm_services)
        with within(firm.id):
            month = chosen("month", business_today())
            for place, period in enumerate((month.now, month.before, month.year)):
                for number in range(LATE[place]):
                    _late(period.first, f"Late {place} {number}")
            crew = make_crew("Crew 1")
            begins = day_span(month.now.first)[0]
            make_job(begins + timedelta(hours=8), crew, "done", hours=4, name="Siv Ek", email="siv@example.se")
            with transaction():
                db.session.execute(update(Booking).where(Booking.contact_name == "Siv Ek").values(price=4200))
            make_job(begins + timedelta(days=40), hours=4, name="Per Sandell", email="per@example.se")
            _car(begins)


def _late(day: date, name: str) -> None:
    job = make_job(day_span(day)[0] + timedelta(hours=9), name=name, state="cancelled")
    late = {"cancelled_late": True, "cancelled_reason": f"Found help: {name}"}
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == job.id).values(**late))


def _car(begins: datetime) -> None:
    """On the first of the month booked six hours, two of turnaround and four in the workshop: six of eighteen."""
    car = make_car("Volvo V90")
    for first, last, kind in ((0, 6, ClaimKind.BOOKING), (6, 8, ClaimKind.BUFFER), (14, 18, ClaimKind.BLOCK)):
        during = claims.period(begins + timedelta(hours=first), begins + timedelta(hours=last))
        claims.claim(car.id, during, kind)


if __name__ == "__main__":
    main()
