"""Gives the first firm of a deployment's database jobs of this month, the month before and the year before, and a car.

`python -m tests.browser.years` writes the rows; `look_back(deployment)` runs it and says how many were cancelled late.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import update

from app.bookings.models import Booking
from app.bookings.periods import chosen
from app.fleet import claims
from app.fleet.models import ClaimKind
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.web.days import business_today, day_span
from tests.faults import rows
from tests.faults.processes import Deployment
from tests.make import make_car, make_crew
from tests.office.desk import make_job

#: How many jobs of this month, of the month before and of the year before were cancelled late.
LATE = (3, 2, 1)


def look_back(deployment: Deployment) -> None:
    """Write the rows."""
    rows.write(deployment, "tests.browser.years")


def main() -> None:
    """The first day of each period has them: it lies in it at whatever day this runs."""
    with rows.first_firm() as firm:
        with transaction():
            services = ["move", "cleaning", "car"]
            db.session.execute(update(Business).where(Business.id == firm.id).values(services=services))
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
